import type { Sql, TransactionSql } from "postgres";
import { planRules } from "../../../shared/rules/mod.ts";
import type { Patch } from "../../../shared/schema/json_patch.ts";
import { evaluateBatch } from "../../../supabase/functions/_shared/evaluate_batch.ts";
import { COLUMNS } from "../trial/columns.ts";
import { claimBatch, lookUp } from "../trial/executions.ts";
import { RecordBuilder } from "../trial/record_builder.ts";
import { insertRows, saveRules, type TrialRule, withoutRefused, withRecords } from "../trial/round.ts";
import { asGroup, type CaseRecord, type Corpus, type CorrectedCase, type NormalizerCase } from "./corpus.ts";
import { Failures } from "./known_differences.ts";

interface Correction {
  readonly id: string;
  readonly recordKey: string;
  readonly becomes: CaseRecord;
}

interface Trial {
  readonly builder: RecordBuilder;
  readonly rules: readonly TrialRule[];
  readonly corrections: readonly Correction[];
  readonly suggestions: ReadonlyMap<string, Correction>;
}

type FixCases = Pick<Corpus, "corrected" | "normalizers">;

/** All fixes at once, each on its own records. */
function buildTrial({ corrected, normalizers }: FixCases): Trial {
  const builder = new RecordBuilder();
  const rules: TrialRule[] = [];
  const corrections: Correction[] = [];
  const suggestions = new Map<string, Correction>();
  const all = new Map([
    ...corrected,
    ...[...normalizers].map(([id, each]) => [id, asCorrected(each)] as const),
  ]);
  for (const [id, each] of all) {
    const tag = `fix-${rules.length}`;
    const own = { combinator: "and", rules: [{ field: "tag", operator: "=", value: tag }] };
    rules.push({
      rule_key: tag,
      enforcement: each.enforcement ?? "fix",
      fix: each.fix,
      message: "A fix.",
      applies_when: each.applies_when === undefined
        ? own
        : { combinator: "and", rules: [...own.rules, each.applies_when] },
      ...each.condition === undefined ? {} : { condition: asGroup(each.condition) },
    });
    for (const { record, becomes } of each.corrects) {
      corrections.push({
        id,
        recordKey: builder.add({ ...record, tag }),
        becomes: { ...record, ...becomes },
      });
    }
    for (const { record, becomes } of each.suggests) {
      const recordKey = builder.add({ ...record, tag });
      corrections.push({ id, recordKey, becomes: record });
      suggestions.set(recordKey, { id, recordKey, becomes });
    }
  }
  return { builder, rules, corrections, suggestions };
}

/** Runs the fixes as evaluate does: claim, evaluate, apply, and once more. */
export async function runCorrected(sql: Sql, cases: FixCases): Promise<Failures> {
  const failures = new Failures();
  const { builder, rules, corrections, suggestions } = buildTrial(cases);
  await withRecords(sql, builder.rows, async (transaction) => {
    await saveRules(transaction, rules);
    const suggested = await evaluateOnce(transaction, failures);
    for (const { id, recordKey, becomes } of suggestions.values()) {
      const found = suggested.get(recordKey) ?? {};
      if (JSON.stringify(found) !== JSON.stringify(becomes)) {
        failures.note(
          "typescript",
          id,
          `suggests ${JSON.stringify(found)} instead of ${JSON.stringify(becomes)}`,
        );
      }
    }
    await compareStored(transaction, "typescript", corrections, failures);
    const before = failures.size;
    await evaluateOnce(transaction, failures);
    if (failures.size > before) return;
    await compareStored(transaction, "typescript", corrections, failures);
  });
  return failures;
}

/** Runs the fixes that may run in the write there: what is stored by the write alone, and after evaluate has seen it. */
export async function runCorrectedInWrite(sql: Sql, cases: FixCases): Promise<Failures> {
  const failures = new Failures();
  const { builder, rules, corrections } = buildTrial(cases);
  await withRecords(sql, { ...builder.rows, subjects: [] }, async (transaction) => {
    const fixes = rules.filter(({ enforcement }) => enforcement === "fix")
      .map((rule) => ({ ...rule, timing: "write" }));
    const able = await withoutRefused(transaction, fixes);
    const tags = new Set(able.map(({ rule_key }) => rule_key));
    await saveRules(transaction, able);
    await insertRows(transaction, "subjects", builder.rows.subjects);
    const rowOf = new Map(builder.rows.subjects.map((row) => [row["id"], row]));
    const own = corrections.filter(({ recordKey }) => tags.has(rowOf.get(recordKey)?.["tag"] ?? ""));
    // Text outside of ASCII may wait for evaluate.
    // deno-lint-ignore no-control-regex -- the characters of ASCII
    const isAscii = (value: unknown) => /^[\x00-\x7f]*$/.test(JSON.stringify(value));
    const certain = own.filter(({ recordKey, becomes }) => isAscii([rowOf.get(recordKey), becomes]));
    await compareStored(transaction, "write", certain, failures);
    await evaluateOnce(transaction, failures);
    await compareStored(transaction, "write and evaluate", own, failures);
  });
  return failures;
}

function asCorrected({ normalizer, rows, name }: NormalizerCase): CorrectedCase {
  return {
    name,
    fix: [{ step: "normalize", field: "t", using: normalizer }],
    corrects: rows.map(({ org, from, to }) => ({ record: { org, t: from }, becomes: { t: to } })),
    suggests: [],
  };
}

/** Evaluates all that waits and applies it; returns the suggested patches by record. */
async function evaluateOnce(
  sql: TransactionSql,
  failures: Failures,
): Promise<Map<string, Record<string, unknown>>> {
  const suggested = new Map<string, Record<string, unknown>>();
  const batch = await claimBatch(sql);
  if (batch === null) return suggested;
  const plan = planRules(batch.rules ?? [], batch.classes ?? new Map());
  const { verdicts, broken } = await evaluateBatch(plan, batch, { lookUp: (values) => lookUp(sql, values) });
  for (const { key, error } of broken) failures.note("typescript", key, `the evaluation broke: ${error}`);
  for (const { key, violations } of verdicts) {
    for (const { suggested_fix } of violations) suggested.set(key, valuesOf(suggested_fix ?? []));
  }
  await sql`select governance.apply_verdicts(${batch.lease_id}, ${batch.entity_type}, ${batch.rules_version},
    ${sql.json(verdicts as never)})`;
  return suggested;
}

function valuesOf(patch: Patch): Record<string, unknown> {
  return Object.fromEntries(
    patch.filter(({ op }) => op === "replace").map(({ path, value }) => [path.slice(1), value]),
  );
}

/** Compares what is stored with what the cases say, both read back as the evaluator gets them. */
async function compareStored(
  sql: TransactionSql,
  execution: string,
  corrections: readonly Correction[],
  failures: Failures,
): Promise<void> {
  const written = COLUMNS.filter(({ generated, name }) => generated === undefined && name !== "tag");
  const shown = (from: string, isText: boolean) =>
    written.map(({ name, type }) => {
      const column = isText
        ? `(${from} ->> ${literal(name)})::${type}`
        : `${from}."${name.replaceAll('"', '""')}"`;
      return `(${literal(name)}, (${column})::text)`;
    }).join(", ");
  const rows = await sql.unsafe(
    `select c.id, f.name, f.stored, f.expected
     from jsonb_to_recordset($1::jsonb) as c(id text, "recordKey" text, becomes jsonb)
     join trial.subjects s on s.id = c."recordKey"
     cross join lateral (
       select a.name, a.value as stored, b.value as expected
       from (values ${shown("s", false)}) a(name, value)
       join (values ${shown("c.becomes", true)}) b(name, value) using (name)) f
     where f.stored is distinct from f.expected`,
    [corrections as never],
  );
  for (const { id, name, stored, expected } of rows) {
    failures.note(
      execution,
      id,
      `${name} is ${JSON.stringify(stored)} instead of ${JSON.stringify(expected)}`,
    );
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
