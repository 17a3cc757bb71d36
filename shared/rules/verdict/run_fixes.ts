import type { PlannedRule } from "../plan/mod.ts";
import type { RecordState } from "../record_state.ts";
import { whyUnavailable } from "./availability.ts";
import { wantsFix } from "./is_violated.ts";
import { type Change, runSteps } from "./run_steps.ts";

/** Rules may build on each other's work, but not for ever. */
const MAX_ROUNDS = 3;

/** What the fix rules made of a record in memory. */
export interface FixRun {
  readonly state: RecordState;
  /** Every change, in the order in which they happened. */
  readonly changes: readonly Change[];
}

/** Runs the fix rules on a record in memory until nothing changes, three rounds at most. */
export function runFixes(rules: readonly PlannedRule[], state: RecordState, allDelivered: boolean): FixRun {
  const changes: Change[] = [];
  /** How many changes there were when a rule last began to run. */
  const ranAt = new Map<PlannedRule, number>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = changes.length;
    for (const rule of rules) {
      const last = ranAt.get(rule);
      // Rules are pure: one whose fields are as they were says what it said.
      if (last !== undefined && !changes.slice(last).some(({ field }) => rule.reads.includes(field))) {
        continue;
      }
      ranAt.set(rule, changes.length);
      if (whyUnavailable(rule, state.record, state, allDelivered) !== null || !wantsFix(rule, state)) {
        continue;
      }
      changes.push(...runSteps(rule, state, "applied"));
    }
    if (changes.length === before) break;
  }
  return { state, changes };
}
