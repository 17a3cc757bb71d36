import type { Comparison, RuleGroup } from "../../schema/rule_group.ts";
import type { Test } from "../operators/mod.ts";
import { all, any, not } from "../truth.ts";
import { planComparison } from "./plan_comparison.ts";
import type { RuleScope } from "./rule_scope.ts";

/** Compiles a group into one three-valued test. Faults go to the scope. */
export function planGroup(group: RuleGroup, scope: RuleScope, at: string): Test {
  const tests = group.rules.map((node, index) => planNode(node, scope, `${at}/rules/${index}`));
  const combine = group.combinator === "and" ? all : any;
  return group.not === true ? (view) => not(combine(tests, view)) : (view) => combine(tests, view);
}

function planNode(node: RuleGroup | Comparison, scope: RuleScope, at: string): Test {
  return "rules" in node ? planGroup(node, scope, at) : planComparison(node, scope.at(at));
}
