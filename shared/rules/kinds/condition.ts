import { planCondition } from "../plan/plan_condition.ts";
import type { Kind } from "./kind.ts";

/** `condition`: a group of comparisons that must hold. */
export const conditionKind: Kind = {
  plan: (rule, scope) => ({ condition: planCondition(rule.condition, scope, "/condition") }),
};
