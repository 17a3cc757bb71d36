import type { Sql, TransactionSql } from "postgres";
import { type ExecutionName, EXECUTIONS } from "../trial/executions.ts";
import { RecordBuilder } from "../trial/record_builder.ts";
import { saveRules, type TrialRule, withoutRefused, withRecords } from "../trial/round.ts";
import { agree, describe, type Outcome, type Verdicts } from "../trial/verdicts.ts";
import { asGroup, type JudgedCase, type ParentRecord } from "./corpus.ts";
import { Failures } from "./known_differences.ts";

interface Expectation {
  readonly id: string;
  readonly ruleKey: string;
  readonly recordKey: string;
  readonly outcome: Outcome;
}

/** The cases by the number that their rules carry. */
type NumberedCases = readonly (readonly [id: string, each: JudgedCase])[];

/** Judges all cases at once: every rule on every record, of which each case looks at its own. */
export async function runJudged(sql: Sql, cases: ReadonlyMap<string, JudgedCase>): Promise<Failures> {
  const failures = new Failures();
  const builder = new RecordBuilder();
  const rules: TrialRule[] = [];
  const expected: Expectation[] = [];
  for (const [id, each] of cases) expectJudged(id, each, builder, rules, expected);
  await withRecords(sql, builder.rows, async (transaction) => {
    await expectRefusedInWrite(transaction, rules, [...cases], failures);
    await saveRules(transaction, rules);
    const said = await Promise.all(
      Object.entries(EXECUTIONS).map(async ([name, judge]) => [name, await judge(transaction)] as const),
    );
    for (const [execution, verdicts] of said) {
      for (const { id, ruleKey, recordKey, outcome } of expected) {
        if (!hasExecution(cases.get(id)!, execution)) continue;
        const found = verdicts.of(ruleKey, recordKey);
        const isSame = agree(found, outcome) &&
          (execution !== "typescript" || (found.kind === "unevaluated") === (outcome.kind === "unevaluated"));
        if (isSame) continue;
        const record = JSON.stringify(builder.rows.subjects.find((row) => row["id"] === recordKey));
        failures.note(
          execution,
          id,
          `${describe(found)} instead of ${describe(outcome)}: ${ruleKey} ${record}`,
        );
      }
    }
    compareAll(said, [...cases], builder, failures);
  });
  return failures;
}

/** The cases' rules judge each other's records as well: there nothing is expected but that all executions agree. */
function compareAll(
  said: readonly (readonly [string, Verdicts])[],
  cases: NumberedCases,
  builder: RecordBuilder,
  failures: Failures,
): void {
  const [first, ...others] = said;
  if (first === undefined) return;
  for (const [execution, verdicts] of others) {
    for (const pair of new Set([...first[1].pairs(), ...verdicts.pairs()])) {
      const [rule, record] = pair.split(" ") as [string, string];
      const [id, each] = caseOf(rule, cases);
      if (!hasExecution(each, execution)) continue;
      const [left, right] = [first[1].of(rule, record), verdicts.of(rule, record)];
      if (agree(left, right)) continue;
      const shown = JSON.stringify(builder.rows.subjects.find((row) => row["id"] === record));
      failures.note(execution, id, `${describe(right)}, ${first[0]} ${describe(left)}: ${rule} ${shown}`);
    }
  }
}

/** What a case leaves out, saving must refuse. */
async function expectRefusedInWrite(
  sql: TransactionSql,
  rules: readonly TrialRule[],
  cases: NumberedCases,
  failures: Failures,
): Promise<void> {
  const left = rules.filter(({ enforcement }) => enforcement !== "block");
  for (
    const { rule_key } of await withoutRefused(sql, left.map((rule) => ({ ...rule, enforcement: "block" })))
  ) {
    failures.note("write", caseOf(rule_key, cases)[0], "is left out there, and saving does not refuse it");
  }
}

function caseOf(ruleKey: string, cases: NumberedCases): NumberedCases[number] {
  return cases[Number(ruleKey.replace(/^.*-/, ""))]!;
}

function hasExecution(each: JudgedCase, execution: string): boolean {
  return each.executions.includes(execution as ExecutionName);
}

function expectJudged(
  id: string,
  each: JudgedCase,
  builder: RecordBuilder,
  rules: TrialRule[],
  expected: Expectation[],
): void {
  const index = rules.filter(({ rule_key }) => rule_key.startsWith("case-")).length;
  const ruleKey = `case-${index}`;
  const oppositeKey = `opposite-${index}`;
  const condition = asGroup(each.condition);
  const message = each.message ?? "It does not hold.";
  const shared = {
    message,
    kind: each.kind ?? "condition",
    enforcement: hasExecution(each, "write") ? "block" as const : "issue" as const,
    ...each.applies_when === undefined ? {} : { applies_when: each.applies_when },
  };
  rules.push({ ...shared, rule_key: ruleKey, condition });
  // The parameters of another kind have no opposite.
  const hasOpposite = shared.kind === "condition";
  if (hasOpposite) {
    rules.push({
      ...shared,
      rule_key: oppositeKey,
      message: "Its opposite does not hold.",
      condition: { combinator: "and", not: true, rules: [condition] },
    });
  }
  const pass: Outcome = { kind: "pass" };
  const unevaluated: Outcome = { kind: "unevaluated", message: "" };
  const opposite: Outcome = { kind: "violation", message: "Its opposite does not hold." };
  const expect = (records: readonly ParentRecord[], of: (index: number) => Outcome, ofOpposite: Outcome) => {
    records.forEach((record, position) => {
      const recordKey = builder.add(record);
      expected.push({ id, ruleKey, recordKey, outcome: of(position) });
      if (hasOpposite) expected.push({ id, ruleKey: oppositeKey, recordKey, outcome: ofOpposite });
    });
  };
  expect(each.pass, () => pass, opposite);
  expect(each.violation, (at) => ({ kind: "violation", message: each.says?.[at] ?? message }), pass);
  expect(each.unknown, () => pass, pass);
  expect(each.passes, () => pass, pass);
  expect(each.unevaluated, () => unevaluated, unevaluated);
}
