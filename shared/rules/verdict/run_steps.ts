import type { FieldValue } from "../../schema/json_patch.ts";
import type { FieldClass } from "../../schema/rule.ts";
import { CLASSES } from "../classes/mod.ts";
import type { PlannedRule } from "../plan/mod.ts";
import type { RecordState } from "../record_state.ts";

/** One field that a rule's step gave another value. */
export interface Change {
  readonly ruleId: string;
  readonly field: string;
  readonly from: FieldValue;
  readonly to: FieldValue;
}

/** Which steps of a rule run. */
export type StepSelection = "applied" | "suggested" | "every";

/** Runs a rule's steps on a record in memory, each on what the one before left, and tells what changed. */
export function runSteps(rule: PlannedRule, state: RecordState, selection: StepSelection): readonly Change[] {
  const changes: Change[] = [];
  for (const step of rule.steps) {
    if (selection !== "every" && step.suggestsOnly !== (selection === "suggested")) continue;
    const from = state.value(step.field);
    if (from === undefined) continue;
    const outcome = step.run(state);
    if (outcome === null || isSame(step.fieldClass, from, outcome.value)) continue;
    if (isUndone(state, rule.id, step.field, from)) continue;
    state.set(step.field, outcome.value);
    changes.push({ ruleId: rule.id, field: step.field, from, to: outcome.value });
  }
  return changes;
}

/** Whether somebody undid this rule's fix of this value: it is not done again. */
function isUndone(state: RecordState, ruleId: string, field: string, from: FieldValue): boolean {
  return state.record.undone.some((undo) =>
    undo.rule_id === ruleId && undo.field === field && undo.from === from
  );
}

function isSame(fieldClass: FieldClass, left: FieldValue, right: FieldValue): boolean {
  if (left === right) return true;
  if (left === null || right === null) return false;
  return CLASSES[fieldClass].compare(left, right) === 0;
}
