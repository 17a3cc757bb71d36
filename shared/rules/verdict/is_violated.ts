import type { PlannedRule } from "../plan/mod.ts";
import type { RecordView } from "../record_view.ts";

/** Whether the rule speaks of the record: `applies_when` is true, or absent. */
export function applies(rule: PlannedRule, view: RecordView): boolean {
  return rule.appliesWhen === null || rule.appliesWhen(view) === true;
}

/** Whether the rule speaks of the record and its condition is false; unknown passes. */
export function isViolated(rule: PlannedRule, view: RecordView): boolean {
  return applies(rule, view) && rule.condition !== null && rule.condition(view) === false;
}

/** Whether a fix rule's steps are to run: its condition is false, or it has none. */
export function wantsFix(rule: PlannedRule, view: RecordView): boolean {
  return applies(rule, view) && (rule.condition === null || rule.condition(view) === false);
}
