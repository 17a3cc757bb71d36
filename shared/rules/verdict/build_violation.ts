import type { FieldValue, Patch } from "../../schema/json_patch.ts";
import type { Violation } from "../../schema/verdict.ts";
import type { PlannedRule } from "../plan/mod.ts";
import type { RecordState } from "../record_state.ts";
import type { RecordView } from "../record_view.ts";
import { patchOfChanges } from "./patch_of_changes.ts";
import { type Change, runSteps, type StepSelection } from "./run_steps.ts";

/** What the violation says beyond the rule itself. */
export interface ViolationDetails {
  readonly fields: readonly string[];
  readonly message: string;
  readonly suggestedFix: Patch | null;
}

/** A violation as it is sent, with what was observed in its fields. */
export function buildViolation(rule: PlannedRule, view: RecordView, details: ViolationDetails): Violation {
  const observed = details.fields.flatMap((field): [string, FieldValue][] => {
    const value = view.value(field);
    return value === undefined ? [] : [[field, value]];
  });
  return {
    rule_id: rule.id,
    rule_key: rule.key,
    fields: [...details.fields],
    message: details.message,
    // fromEntries defines own properties, whatever they are called.
    observed: Object.fromEntries(observed),
    suggested_fix: details.suggestedFix === null ? null : [...details.suggestedFix],
  };
}

/** The patch that a rule's steps would make of a record as it is; null when they change nothing. */
export function suggestFix(rule: PlannedRule, state: RecordState, selection: StepSelection): Patch | null {
  const changes = runSteps(rule, state.copy(), selection);
  return changes.length === 0 ? null : patchOfChanges(mergeByField(changes));
}

/** Several changes of a field as one. */
export function mergeByField(changes: readonly Change[]): readonly Change[] {
  const merged = new Map<string, Change>();
  for (const change of changes) {
    merged.set(change.field, { ...change, from: merged.get(change.field)?.from ?? change.from });
  }
  return [...merged.values()].filter(({ from, to }) => from !== to);
}
