import type { Sql } from "postgres";
import type { Value } from "fast-check";
import { EXECUTIONS } from "../trial/executions.ts";
import {
  saveRules,
  type TrialRow,
  type TrialRows,
  type TrialRule,
  withoutRefused,
  withRecords,
} from "../trial/round.ts";
import { agree, describe } from "../trial/verdicts.ts";
import { anyRow } from "./records.ts";
import { anyRule } from "./rules.ts";
import { sample } from "./sample.ts";

/** How large a round is: every rule judges every record. */
export const RULES = 50;
export const RECORDS = 400;

/** A rule and a record on which two executions disagree. */
export interface Disagreement {
  readonly rule: TrialRule;
  readonly recordKey: string;
  /** What each execution says. */
  readonly said: Readonly<Record<string, string>>;
}

/** What became of a round. */
export interface RoundReport {
  readonly pairs: number;
  readonly disagreements: readonly Disagreement[];
}

export interface Round {
  readonly rules: ReadonlyMap<string, Value<Omit<TrialRule, "rule_key">>>;
  readonly rows: TrialRows;
}

/** Makes the rules and records of one round. */
export function makeRound(seed: number, records = RECORDS): Round {
  return {
    rules: new Map(sample(anyRule, RULES, seed).map((rule, index) => [`fuzz-${index}`, rule])),
    rows: makeRows(seed, records),
  };
}

/** Makes records that point to the same few others. */
export function makeRows(seed: number, records: number): TrialRows {
  const rows = (
    prefix: string,
    pointer: string | null,
    targets: readonly TrialRow[],
    count: number,
    at: number,
  ) =>
    sample(anyRow(pointer, targets.map((row) => row["id"]!)), count, seed + at)
      .map(({ value }, index): TrialRow => ({ ...value, id: `${prefix}${index}` }));
  const grands = rows("g", null, [], 8, 1);
  const parents = rows("p", "grand_id", grands, 16, 2);
  return { grands, parents, subjects: rows("s", "parent_id", parents, records, 3) };
}

/** Judges a round by every execution. Rules that saving refuses take no part. */
export async function runRound(
  sql: Sql,
  rules: readonly TrialRule[],
  rows: TrialRows,
): Promise<RoundReport> {
  return await withRecords(sql, rows, async (transaction) => {
    const accepted = await withoutRefused(transaction, rules);
    await saveRules(transaction, accepted);
    const said = await Promise.all(
      Object.entries(EXECUTIONS).map(async ([name, judge]) => [name, await judge(transaction)] as const),
    );
    const byKey = new Map(accepted.map((rule) => [rule.rule_key, rule]));
    const disagreements = [...new Set(said.flatMap(([, verdicts]) => [...verdicts.pairs()]))].flatMap(
      (pair) => {
        const [ruleKey, recordKey] = pair.split(" ") as [string, string];
        const rule = byKey.get(ruleKey);
        if (rule === undefined) return [];
        const outcomes = said.map(([name, verdicts]) => [name, verdicts.of(ruleKey, recordKey)] as const);
        const [first, ...others] = outcomes;
        if (others.every(([, outcome]) => agree(first![1], outcome))) return [];
        return [{
          rule,
          recordKey,
          said: Object.fromEntries(outcomes.map(([name, outcome]) => [name, describe(outcome)])),
        }];
      },
    );
    return { pairs: accepted.length * rows.subjects.length, disagreements };
  });
}
