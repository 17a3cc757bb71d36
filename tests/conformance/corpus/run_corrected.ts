import type { Sql, TransactionSql } from "postgres";
import { planRules } from "../../../shared/rules/mod.ts";
import type { Patch } from "../../../shared/schema/json_patch.ts";
import { evaluateBatch } from "../../../supabase/functions/evaluate/evaluate_batch.ts";
import { COLUMNS } from "../trial/columns.ts";
import { claimBatch } from "../trial/executions.ts";
import { RecordBuilder } from "../trial/record_builder.ts";
import { saveRules, type TrialRule, withRecords } from "../trial/round.ts";
import { asGroup, type CaseRecord, type Corpus, type CorrectedCase, type NormalizerCase } from "./corpus.ts";
import { Failures } from "./known_differences.ts";

interface Correction {
  readonly id: string;
  readonly recordKey: string;
  readonly becomes: CaseRecord;
}

/** Runs all fixes at once, each on its own records: claim, evaluate, apply, and once more. */
export async function runCorrected(
  sql: Sql,
  { corrected, normalizers }: Pick<Corpus, "corrected" | "normalizers">,
): Promise<Failures> {
  const failures = new Failures();
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
    await compareStored(transaction, corrections, failures);
    const before = failures.size;
    await evaluateOnce(transaction, failures);
    if (failures.size > before) return;
    await compareStored(transaction, corrections, failures);
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
  const { verdicts, broken } = evaluateBatch(plan, batch);
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
      "typescript",
      id,
      `${name} is ${JSON.stringify(stored)} instead of ${JSON.stringify(expected)}`,
    );
  }
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
