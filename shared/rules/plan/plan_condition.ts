import { ruleGroupSchema } from "../../schema/rule_group.ts";
import type { Test } from "../operators/mod.ts";
import { planGroup } from "./plan_group.ts";
import type { RuleScope } from "./rule_scope.ts";
import { zodFaults } from "./zod_faults.ts";

/** Compiles a group as a rule stores it; null where there is none. Faults go to the scope. */
export function planCondition(group: unknown, scope: RuleScope, at: string): Test | null {
  if (group === null || group === undefined) return null;
  const parsed = ruleGroupSchema.safeParse(group);
  if (parsed.success) return planGroup(parsed.data, scope, at);
  scope.faults.push(...zodFaults(parsed.error, at));
  return null;
}
