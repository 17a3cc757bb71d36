import { type Fault, RuleNotValidError } from "../../errors.ts";
import type { DeliveredRule, FieldClasses } from "../../schema/rule.ts";
import { KINDS } from "../kinds/mod.ts";
import { planCondition } from "./plan_condition.ts";
import { planMessage } from "./plan_message.ts";
import type { PlannedRule } from "./planned_rule.ts";
import { planSteps } from "./plan_steps.ts";
import { RuleScope } from "./rule_scope.ts";

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
  const planned = KINDS[rule.kind].plan(rule, judgement, classes);
  const steps = planSteps(rule.fix, correction);
  const faults = [...filter.faults, ...judgement.faults, ...correction.faults, ...shapeFaults(rule)];
  if (faults.length > 0) throw new RuleNotValidError(faults);
  const isFix = rule.enforcement === "fix";
  return {
    id: rule.id,
    key: rule.rule_key,
    enforcement: rule.enforcement,
    isShadow: rule.status === "shadow",
    demandedRelation: planned.demandedRelation ?? null,
    appliesWhen,
    condition: planned.condition,
    // What an issue rule's steps lack takes only the suggestion away; a fix rule is nothing but its steps.
    reads: [...new Set([...filter.reads, ...judgement.reads, ...(isFix ? correction.reads : [])])],
    questions: [...filter.questions, ...judgement.questions],
    stepQuestions: isFix ? correction.questions : [],
    moments: [...filter.moments, ...judgement.moments],
    matches: [...filter.matches, ...judgement.matches],
    conditionFields: [...judgement.reads, ...new Set(judgement.matches.map(({ relation }) => relation))],
    steps,
    stepFields: [...correction.reads],
    message: planned.message ?? planMessage(rule.message, classes),
  };
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
