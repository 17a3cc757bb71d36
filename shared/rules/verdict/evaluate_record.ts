import type { ClaimedRecord } from "../../schema/claim.ts";
import type { Verdict, Violation } from "../../schema/verdict.ts";
import { type OrganizationPlan, type PlannedRule, type RulePlan, withoutRules } from "../plan/mod.ts";
import { type BatchContext, RecordState } from "../record_state.ts";
import { isAllDelivered, whyUnavailable } from "./availability.ts";
import { buildViolation, suggestFix } from "./build_violation.ts";
import { chaseViolations } from "./chase.ts";
import { composeFixes } from "./compose_fixes.ts";
import { isViolated, wantsFix } from "./is_violated.ts";
import { runFixes } from "./run_fixes.ts";
import { runSteps } from "./run_steps.ts";

/**
 * Says everything that the rules say of one record: the fix rules run first, in memory; the others judge the record as
 * it then is.
 *
 * @throws {EvaluationBrokeError} when a delivered value is not what its class says
 */
export function evaluateRecord(plan: RulePlan, record: ClaimedRecord, context: BatchContext): Verdict {
  const { key, token, event_id, queue_ids } = record;
  const verdict: Verdict = {
    key,
    token,
    event_id,
    queue_ids,
    violations: [],
    unevaluated: [],
    fixes: [],
    shadow: [],
    if_unfixed: null,
  };
  if (!record.exists) return verdict;
  const rules = withoutRules(plan.forOrganization(record.org_id, record.swept), record.waived);
  const allDelivered = isAllDelivered(rules.reads, record);
  const delivered = new RecordState(record, context);
  const state = applyFixes(rules, delivered, allDelivered, verdict);
  const said = new Set(verdict.violations.map((violation) => violation.rule_id));
  const judged = judgeAll(rules, state, allDelivered, said);
  verdict.violations.push(...judged.violations);
  verdict.unevaluated.push(...judged.unevaluated);
  verdict.shadow.push(...judged.shadow);
  if (verdict.fixes.length > 0) {
    // Should the database refuse the corrections, the record stays as it was delivered: this is what then holds.
    const { violations, unevaluated } = judgeAll(
      rules,
      delivered,
      allDelivered,
      new Set(fixRuleIds(verdict)),
    );
    verdict.if_unfixed = { violations, unevaluated };
  }
  return verdict;
}

function fixRuleIds(verdict: Verdict): string[] {
  return verdict.fixes.map(({ rule_id }) => rule_id);
}

/** What every rule but those that have spoken already says of a record as it is. */
function judgeAll(
  rules: OrganizationPlan,
  state: RecordState,
  allDelivered: boolean,
  said: ReadonlySet<string>,
): Pick<Verdict, "violations" | "unevaluated" | "shadow"> {
  const violations: Verdict["violations"] = [];
  const shadow: Verdict["shadow"] = [];
  const unevaluated: Verdict["unevaluated"] = rules.faults.map(({ rule_id, reason }) => ({
    rule_id,
    reason,
  }));
  for (const rule of [...rules.fixes, ...rules.judgements, ...rules.shadows]) {
    if (said.has(rule.id)) continue;
    const reason = whyUnavailable(rule, state.record, state, allDelivered);
    if (reason !== null) unevaluated.push({ rule_id: rule.id, reason });
    else if (rule.isShadow) shadow.push(...wouldAct(rule, state) ? [{ rule_id: rule.id }] : []);
    else violations.push(...judge(rule, state));
  }
  return { violations, unevaluated, shadow };
}

/** Runs the fix rules; the verdict gets their patches, or the violations of those that must not be applied. */
function applyFixes(
  rules: OrganizationPlan,
  delivered: RecordState,
  allDelivered: boolean,
  verdict: Verdict,
): RecordState {
  if (rules.fixes.length === 0) return delivered;
  const run = runFixes(rules.fixes, delivered.copy(), allDelivered);
  const fixes = delivered.record.verify_only ? [] : composeFixes(run.changes);
  if (fixes.length === 0) {
    if (run.changes.length > 0) {
      verdict.violations.push(...chaseViolations(rules.fixes, delivered, run, allDelivered));
    }
    return delivered;
  }
  verdict.fixes.push(...fixes.map(({ rule_id, patch }) => ({ rule_id, patch: [...patch] })));
  return run.state;
}

function judge(rule: PlannedRule, state: RecordState): Violation[] {
  if (rule.enforcement === "fix") {
    // What a fix rule may not apply by itself, it suggests.
    const suggestedFix = wantsFix(rule, state) ? suggestFix(rule, state, "suggested") : null;
    if (suggestedFix === null) return [];
    return [
      buildViolation(rule, state, { fields: rule.stepFields, message: rule.message(state), suggestedFix }),
    ];
  }
  if (!isViolated(rule, state)) return [];
  return [buildViolation(rule, state, {
    fields: rule.conditionFields,
    message: rule.message(state),
    suggestedFix: suggestFix(rule, state, "every"),
  })];
}

/** Whether a shadow rule would open an issue, refuse the write, or change the record. */
function wouldAct(rule: PlannedRule, state: RecordState): boolean {
  if (rule.enforcement !== "fix") return isViolated(rule, state);
  return wantsFix(rule, state) && runSteps(rule, state.copy(), "every").length > 0;
}
