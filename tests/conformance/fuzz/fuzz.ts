import type { Sql } from "postgres";
import type { TrialRule } from "../trial/round.ts";
import { anyFixRule } from "./fix_rules.ts";
import { makeFixRound, runFixRound } from "./fix_round.ts";
import { makeRound, makeUniqueRound, type Round, runRound, runUniqueRound } from "./fuzz_round.ts";
import { anyRule, anyUniqueRule } from "./rules.ts";
import { type RuleSort, shrink } from "./shrink.ts";

/** What a run of the fuzzer came to. */
export interface FuzzReport {
  readonly pairs: number;
  readonly rounds: number;
  /** The smallest cases, one a rule that executions disagree on; empty when all agree. */
  readonly cases: readonly string[];
}

interface FuzzOptions {
  readonly runs: number;
  readonly seed: number;
  readonly progress?: (pairs: number) => void;
}

type Sort = RuleSort & { make(seed: number): Round };

const VERDICTS: Sort = { arbitrary: anyRule, make: makeRound, run: runRound };
const UNIQUE: Sort = { arbitrary: anyUniqueRule, make: makeUniqueRound, run: runUniqueRound };
const FIXES: Sort = { arbitrary: anyFixRule, make: makeFixRound, run: runFixRound };

/** Runs rounds until so many pairs of a rule and a record were judged by every execution, or until one disagrees. */
export function fuzz(sql: Sql, options: FuzzOptions): Promise<FuzzReport> {
  return fuzzSort(sql, VERDICTS, options);
}

/** The same of unique rules. */
export function fuzzUnique(sql: Sql, options: FuzzOptions): Promise<FuzzReport> {
  return fuzzSort(sql, UNIQUE, options);
}

/** The same of fix rules: what evaluate makes of a record, and what the write does. */
export function fuzzFixes(sql: Sql, options: FuzzOptions): Promise<FuzzReport> {
  return fuzzSort(sql, FIXES, options);
}

async function fuzzSort(sql: Sql, sort: Sort, { runs, seed, progress }: FuzzOptions): Promise<FuzzReport> {
  let pairs = 0;
  for (let round = 0;; round++) {
    const made = sort.make(seed + round * 1000);
    const rules = [...made.rules].map(([rule_key, { value }]): TrialRule => ({ ...value, rule_key }));
    const { pairs: judged, disagreements } = await sort.run(sql, rules, made.rows);
    pairs += judged;
    progress?.(pairs);
    if (disagreements.length > 0) {
      const perRule = new Map(disagreements.map((each) => [each.rule.rule_key, each]));
      const cases: string[] = [];
      for (const each of [...perRule.values()].slice(0, 3)) {
        cases.push(await shrink(sql, each, made.rules.get(each.rule.rule_key)!, made.rows, sort));
      }
      return { pairs, rounds: round + 1, cases };
    }
    if (pairs >= runs) return { pairs, rounds: round + 1, cases: [] };
  }
}
