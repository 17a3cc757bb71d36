import type { RuleGroup, RuleNode } from "../../schema/rule_group.ts";
import type { Test } from "../operators/mod.ts";
import { all, any, not } from "../truth.ts";
import { planMatch } from "../matches/mod.ts";
import { planComparison } from "./plan_comparison.ts";
import type { RuleScope } from "./rule_scope.ts";

/** Compiles a group into one three-valued test. Faults go to the scope. */
export function planGroup(group: RuleGroup, scope: RuleScope, at: string): Test {
  const tests = group.rules.map((node, index) => planNode(node, scope, `${at}/rules/${index}`));
  const combine = group.combinator === "and" ? all : any;
  return group.not === true ? (view) => not(combine(tests, view)) : (view) => combine(tests, view);
}

function planNode(node: RuleNode, scope: RuleScope, at: string): Test {
  if ("rules" in node) return planGroup(node, scope, at);
  if (!("match" in node)) return planComparison(node, scope.at(at));
  const key = `${scope.ruleId}${at}`;
  scope.matches.push({ key, relation: node.field });
  return planMatch(node, key);
}
