import type { Violation } from "../../schema/verdict.ts";
import type { PlannedRule } from "../plan/mod.ts";
import type { RecordState } from "../record_state.ts";
import { buildViolation, mergeByField } from "./build_violation.ts";
import { patchOfChanges } from "./patch_of_changes.ts";
import { type FixRun, runFixes } from "./run_fixes.ts";
import type { Change } from "./run_steps.ts";

/**
 * Fixes that must not be applied, because a fix has just written the record, or because they end where they began:
 * each rule that would change the record as it is becomes a violation that names the rules that chase each other.
 *
 * @param state the record as it was delivered
 * @param run what the fix rules made of a copy of it
 */
export function chaseViolations(
  rules: readonly PlannedRule[],
  state: RecordState,
  run: FixRun,
  allDelivered: boolean,
): Violation[] {
  const acting = new Set(run.changes.map((change) => change.ruleId));
  const keys = rules.filter((rule) => acting.has(rule.id)).map((rule) => rule.key);
  return rules.flatMap((rule) => {
    if (!acting.has(rule.id)) return [];
    const own = mergeByField(runFixes([rule], state.copy(), allDelivered).changes);
    if (own.length === 0) return [];
    return [buildViolation(rule, state, {
      fields: own.map((change) => change.field),
      message: chaseMessage(keys, own),
      // With one rule alone somebody can let it have its way; of several, none is right.
      suggestedFix: keys.length > 1 ? null : patchOfChanges(own),
    })];
  });
}

function chaseMessage(keys: readonly string[], changes: readonly Change[]): string {
  const rules = keys.map((key) => `"${key}"`).join(", ");
  const fields = changes.map((change) => `"${change.field}"`).join(", ");
  return keys.length > 1
    ? `The fix rules ${rules} chase each other: nothing was changed. Each would change again what another has set (${fields}).`
    : `The fix rule ${rules} would change ${fields} once more after a fix: nothing was changed.`;
}
