import type { Sql } from "postgres";
import type { TrialRule } from "../trial/round.ts";
import { makeRound, runRound } from "./fuzz_round.ts";
import { shrink } from "./shrink.ts";

/** What a run of the fuzzer came to. */
export interface FuzzReport {
  readonly pairs: number;
  readonly rounds: number;
  /** The smallest cases, one a rule that executions disagree on; empty when all agree. */
  readonly cases: readonly string[];
}

/** Runs rounds until so many pairs of a rule and a record were judged by every execution, or until one disagrees. */
export async function fuzz(
  sql: Sql,
  { runs, seed, progress }: {
    readonly runs: number;
    readonly seed: number;
    readonly progress?: (pairs: number) => void;
  },
): Promise<FuzzReport> {
  let pairs = 0;
  for (let round = 0;; round++) {
    const made = makeRound(seed + round * 1000);
    const rules = [...made.rules].map(([rule_key, { value }]): TrialRule => ({ ...value, rule_key }));
    const { pairs: judged, disagreements } = await runRound(sql, rules, made.rows);
    pairs += judged;
    progress?.(pairs);
    if (disagreements.length > 0) {
      const perRule = new Map(disagreements.map((each) => [each.rule.rule_key, each]));
      const cases: string[] = [];
      for (const each of [...perRule.values()].slice(0, 3)) {
        cases.push(await shrink(sql, each, made.rules.get(each.rule.rule_key)!, made.rows));
      }
      return { pairs, rounds: round + 1, cases };
    }
    if (pairs >= runs) return { pairs, rounds: round + 1, cases: [] };
  }
}
