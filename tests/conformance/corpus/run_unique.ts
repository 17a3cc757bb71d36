import type { Sql } from "postgres";
import { EXECUTIONS } from "../trial/executions.ts";
import { RecordBuilder } from "../trial/record_builder.ts";
import { insertRows, saveRules, type TrialRow, type TrialRule, withRecords } from "../trial/round.ts";
import { agree, describe, type Outcome, Verdicts } from "../trial/verdicts.ts";
import type { UniqueCase } from "./corpus.ts";
import { Failures } from "./known_differences.ts";

/** What is expected of a record as one of several that are there, and as one that is written after the others. */
interface Expectation {
  readonly id: string;
  readonly ruleKey: string;
  readonly row: TrialRow;
  readonly stored: Outcome;
  readonly written: Outcome["kind"];
  readonly groupSize: number;
}

/** Judges unique rules: as records that are there together, and as records of which one after the other is written. */
export async function runUnique(sql: Sql, cases: ReadonlyMap<string, UniqueCase>): Promise<Failures> {
  const failures = new Failures();
  const builder = new RecordBuilder();
  const rules: TrialRule[] = [];
  const expected: Expectation[] = [];
  for (const [id, each] of cases) expectUnique(id, each, builder, rules, expected);
  await withRecords(sql, builder.rows, async (transaction) => {
    await saveRules(transaction, rules);
    const verdicts = await EXECUTIONS.typescript(transaction);
    for (const { id, ruleKey, row, stored } of expected) {
      const found = verdicts.of(ruleKey, row["id"]!);
      if (!agree(found, stored)) {
        note(failures, "typescript", id, `${describe(found)} instead of ${describe(stored)}`, row);
      }
    }
    if (
      [...verdicts.pairs()].length !== expected.filter(({ stored }) => stored.kind === "violation").length
    ) {
      failures.note("typescript", "all", "A rule judges records of which it does not speak.");
    }
  });
  await withRecords(sql, { ...builder.rows, subjects: [] }, async (transaction) => {
    await saveRules(transaction, rules);
    for (const { id, ruleKey, row, stored, written, groupSize } of expected) {
      const verdicts = new Verdicts();
      await transaction.savepoint((savepoint) => insertRows(savepoint, "subjects", [row])).catch((error) => {
        if (error.code !== "PT422") throw error;
        for (const { rule_key, record_key, message } of JSON.parse(error.detail).violations) {
          verdicts.note(rule_key, record_key, { kind: "violation", message });
        }
      });
      const found = verdicts.of(ruleKey, row["id"]!);
      // Of a larger group the number grows while it is written.
      const isSame = found.kind === written && (written === "pass" || groupSize > 2 || agree(found, stored));
      if (!isSame) note(failures, "write", id, `${describe(found)} instead of ${written}`, row);
    }
  });
  return failures;
}

function expectUnique(
  id: string,
  each: UniqueCase,
  builder: RecordBuilder,
  rules: TrialRule[],
  expected: Expectation[],
): void {
  const ruleKey = `unique-${rules.length}`;
  const own = { combinator: "and", rules: [{ field: "tag", operator: "=", value: ruleKey }] };
  const message = each.message ?? "{group_size} have the same key.";
  rules.push({
    rule_key: ruleKey,
    kind: "unique",
    enforcement: "block",
    condition: each.condition,
    message,
    applies_when: each.applies_when === undefined
      ? own
      : { combinator: "and", rules: [...own.rules, each.applies_when] },
  });
  let said = 0;
  for (const group of each.groups) {
    group.forEach((record, position) => {
      builder.add({ ...record, tag: ruleKey });
      const violation: Outcome = {
        kind: "violation",
        message: each.says?.[said] ?? message.replaceAll("{group_size}", String(group.length)),
      };
      if (group.length > 1) said++;
      expected.push({
        id,
        ruleKey,
        row: builder.rows.subjects.at(-1)!,
        stored: group.length > 1 ? violation : { kind: "pass" },
        written: position > 0 ? "violation" : "pass",
        groupSize: group.length,
      });
    });
  }
}

function note(failures: Failures, execution: string, id: string, detail: string, row: TrialRow): void {
  failures.note(execution, id, `${detail}: ${JSON.stringify(row)}`);
}
