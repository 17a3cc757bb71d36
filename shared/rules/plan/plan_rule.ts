import { type Fault, RuleNotValidError } from "../../errors.ts";
import type { DeliveredRule, FieldClasses } from "../../schema/rule.ts";
import { ruleGroupSchema } from "../../schema/rule_group.ts";
import type { Test } from "../operators/mod.ts";
import { planGroup } from "./plan_group.ts";
import { planMessage } from "./plan_message.ts";
import type { PlannedRule } from "./planned_rule.ts";
import { planSteps } from "./plan_steps.ts";
import { RuleScope } from "./rule_scope.ts";
import { zodFaults } from "./zod_faults.ts";

/**
 * Compiles one rule.
 *
 * @throws {RuleNotValidError} with every fault at once
 */
export function planRule(rule: DeliveredRule, classes: FieldClasses): PlannedRule {
  const filter = new RuleScope(classes, rule.id);
  const judgement = new RuleScope(classes, rule.id);
  const correction = new RuleScope(classes, rule.id);
  const appliesWhen = planCondition(rule.applies_when, filter, "/applies_when");
  const condition = planCondition(rule.condition, judgement, "/condition");
  const steps = planSteps(rule.fix, correction);
  const faults = [...filter.faults, ...judgement.faults, ...correction.faults, ...shapeFaults(rule)];
  if (faults.length > 0) throw new RuleNotValidError(faults);
  const isFix = rule.enforcement === "fix";
  return {
    id: rule.id,
    key: rule.rule_key,
    enforcement: rule.enforcement,
    isShadow: rule.status === "shadow",
    appliesWhen,
    condition,
    // What an issue rule's steps lack takes only the suggestion away; a fix rule is nothing but its steps.
    reads: [...new Set([...filter.reads, ...judgement.reads, ...(isFix ? correction.reads : [])])],
    questions: [...filter.questions, ...judgement.questions],
    stepQuestions: isFix ? correction.questions : [],
    moments: [...filter.moments, ...judgement.moments],
    matches: [...filter.matches, ...judgement.matches],
    conditionFields: [...judgement.reads, ...new Set(judgement.matches.map(({ relation }) => relation))],
    steps,
    stepFields: [...correction.reads],
    message: planMessage(rule.message, classes),
  };
}

function planCondition(group: unknown, scope: RuleScope, at: string): Test | null {
  if (group === null || group === undefined) return null;
  const parsed = ruleGroupSchema.safeParse(group);
  if (parsed.success) return planGroup(parsed.data, scope, at);
  scope.faults.push(...zodFaults(parsed.error, at));
  return null;
}

function shapeFaults(rule: DeliveredRule): Fault[] {
  const isAbsent = (value: unknown) => value === null || value === undefined;
  if (rule.enforcement === "fix") {
    return isAbsent(rule.fix) || (Array.isArray(rule.fix) && rule.fix.length === 0)
      ? [{ at: "/fix", message: "A fix rule needs a step." }]
      : [];
  }
  return isAbsent(rule.condition) ? [{ at: "/condition", message: "The rule needs a condition." }] : [];
}
