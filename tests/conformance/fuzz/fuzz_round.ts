import type { Sql } from "postgres";
import fc, { type Arbitrary, type Value } from "fast-check";
import { type Execution, EXECUTIONS, writeOneByOne } from "../trial/executions.ts";
import {
  saveRules,
  type TrialRow,
  type TrialRows,
  type TrialRule,
  withoutRefused,
  withRecords,
} from "../trial/round.ts";
import { agree, describe, Verdicts } from "../trial/verdicts.ts";
import { anyRow } from "./records.ts";
import { anyRule, anyUniqueRule } from "./rules.ts";
import { sample } from "./sample.ts";

/** How large a round is: every rule judges every record. */
const RULES = 50;
const RECORDS = 400;
const CHILDREN = 400;
/** Of unique rules every record is written by itself, which takes its time. */
const UNIQUE_RULES = 40;
const UNIQUE_RECORDS = 150;

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
export function makeRound(seed: number): Round {
  return { rules: makeRules(anyRule, RULES, seed), rows: makeRows(seed, RECORDS, CHILDREN) };
}

/** Makes unique rules and records, of which some are alike. */
export function makeUniqueRound(seed: number): Round {
  const rows = makeRows(seed, UNIQUE_RECORDS);
  return { rules: makeRules(anyUniqueRule, UNIQUE_RULES, seed), rows };
}

function makeRules(arbitrary: Arbitrary<Omit<TrialRule, "rule_key">>, count: number, seed: number) {
  return new Map(sample(arbitrary, count, seed).map((rule, index) => [`fuzz-${index}`, rule]));
}

/** Makes records that point to the same few others. */
export function makeRows(seed: number, records: number, children = 0): TrialRows {
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
  const subjects = rows("s", "parent_id", parents, records, 3);
  const owners = sample(fc.constantFrom(...subjects), children, seed + 5);
  // Most are of their subject's organization: a match counts no others.
  const born = rows("c", "grand_id", grands, children, 4).map((row, index) => {
    const { id, org_id } = owners[index]!.value;
    return { ...row, subject_id: id!, org_id: index % 5 === 0 ? row["org_id"]! : org_id! };
  });
  return { grands, parents, subjects, children: born };
}

/** Judges a round by every execution that each rule may have. Rules that saving refuses take no part. */
export function runRound(sql: Sql, rules: readonly TrialRule[], rows: TrialRows): Promise<RoundReport> {
  return judge(sql, rules, rows, EXECUTIONS);
}

const TWIN = "-issue";

/**
 * Judges unique rules, each as a block and as an issue: stored records in evaluate, and each record written where the
 * others are.
 */
export function runUniqueRound(sql: Sql, rules: readonly TrialRule[], rows: TrialRows): Promise<RoundReport> {
  let judged = new Verdicts();
  const executions: Record<string, Execution> = {
    typescript: async (transaction) => judged = await EXECUTIONS.typescript(transaction),
    issue: () => Promise.resolve(judged.ofTwins(TWIN)),
    write: writeOneByOne,
  };
  return judge(sql, rules, rows, executions, (rule) => [{
    ...rule,
    rule_key: rule.rule_key + TWIN,
    enforcement: "issue",
    timing: "async",
  }]);
}

async function judge(
  sql: Sql,
  rules: readonly TrialRule[],
  rows: TrialRows,
  executions: Readonly<Record<string, Execution>>,
  twinsOf: (rule: TrialRule) => readonly TrialRule[] = () => [],
): Promise<RoundReport> {
  return await withRecords(sql, rows, async (transaction) => {
    const accepted = await withoutRefused(transaction, rules);
    await saveRules(transaction, accepted.flatMap((rule) => [rule, ...twinsOf(rule)]));
    const said: (readonly [string, Verdicts])[] = [];
    for (const [name, judge] of Object.entries(executions)) said.push([name, await judge(transaction)]);
    const byKey = new Map(accepted.map((rule) => [rule.rule_key, rule]));
    const pairs = new Set(said.flatMap(([, verdicts]) => [...verdicts.pairs()]));
    const disagreements = [...pairs].flatMap((pair) => {
      const [ruleKey, recordKey] = pair.split(" ") as [string, string];
      const rule = byKey.get(ruleKey);
      if (rule === undefined) return [];
      const outcomes = said.filter(([name]) => name !== "write" || rule.enforcement === "block")
        .map(([name, verdicts]) => [name, verdicts.of(ruleKey, recordKey)] as const);
      const [first, ...others] = outcomes;
      if (others.every(([, outcome]) => agree(first![1], outcome))) return [];
      const described = outcomes.map(([name, outcome]) => [name, describe(outcome)]);
      return [{ rule, recordKey, said: Object.fromEntries(described) }];
    });
    return { pairs: accepted.length * rows.subjects.length, disagreements };
  });
}
