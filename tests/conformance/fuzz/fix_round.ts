import type { Sql, TransactionSql } from "postgres";
import fc from "fast-check";
import { planRules } from "../../../shared/rules/mod.ts";
import { evaluateBatch } from "../../../supabase/functions/_shared/evaluate_batch.ts";
import { quoteName, WRITTEN } from "../trial/columns.ts";
import { claimBatch, lookUp } from "../trial/executions.ts";
import {
  insertRows,
  saveRules,
  type TrialRow,
  type TrialRows,
  type TrialRule,
  withoutRefused,
  withRecords,
} from "../trial/round.ts";
import { anyFixRule, needsAscii } from "./fix_rules.ts";
import { asciiOf, fixableText } from "./fix_texts.ts";
import { makeRows, type Round, type RoundReport } from "./fuzz_round.ts";
import { sample } from "./sample.ts";

/** How large a round is: every rule has records of its own. */
const RULES = 40;
const RECORDS_EACH = 60;

/** Organizations of several countries: postal codes are written as a country writes them. */
const organization = fc.constantFrom("acme", "globex", "britain", "nippon", "polder", "maple", "nowhere");
const TEXTS = WRITTEN.filter(({ name, fieldClass }) => fieldClass === "text" && name !== "tag");
const WIDTH: Readonly<Record<string, number>> = { vc: 60, ch: 8 };

const texts = fc.record({
  org_id: organization,
  ...Object.fromEntries(TEXTS.map(({ name }) => [
    name,
    fixableText.map((value) => [...value].slice(0, WIDTH[name] ?? 150).join("")),
  ])),
}, { requiredKeys: [] }) as fc.Arbitrary<TrialRow>;

/** Makes the fix rules and records of one round. */
export function makeFixRound(seed: number): Round {
  const rules = sample(anyFixRule, RULES, seed);
  const rows = makeRows(seed, RULES * RECORDS_EACH);
  const overwritten = sample(texts, rows.subjects.length, seed + 4);
  const subjects = rows.subjects.map((row, index): TrialRow => {
    const made: TrialRow = { ...row, ...overwritten[index]!.value, tag: `fuzz-${index % RULES}` };
    if (!needsAscii(rules[index % RULES]!.value)) return made;
    return {
      ...made,
      ...Object.fromEntries(TEXTS.map(({ name }) => [name, asciiOf(made[name] ?? null)])),
    };
  });
  return {
    rules: new Map(rules.map((rule, index) => [`fuzz-${index}`, rule])),
    rows: { ...rows, subjects },
  };
}

/** What a run left: the stored record, and the patches of each rule by which it came about. */
type Left = ReadonlyMap<string, string>;

/** Fixes each record by the rules that its tag names: by evaluate after the write, and in the write. */
export async function runFixRound(
  sql: Sql,
  rules: readonly TrialRule[],
  rows: TrialRows,
): Promise<RoundReport> {
  const fixes = rules.map(({ companions = [], ...rule }): TrialRule => ({
    ...rule,
    applies_when: ofTag(rule.rule_key, rule),
    companions: companions.map((each) => ({ ...each, applies_when: ofTag(rule.rule_key, each) })),
  }));
  const { asynchronous, accepted } = await withRecords(sql, rows, async (transaction) => {
    const accepted = await withoutRefused(transaction, fixes);
    await saveRules(transaction, accepted.map((rule) => ({ ...rule, timing: "async" })));
    await evaluate(transaction);
    return { accepted, asynchronous: await whatIsLeft(transaction) };
  });
  const inWrite = await withRecords(sql, { ...rows, subjects: [] }, async (transaction) => {
    // A value that its column refuses shall refuse the fix, as it does in evaluate, and not the write.
    await transaction`update governance.entities set on_failure = 'open' where entity_type = 'subject'`;
    await saveRules(transaction, accepted.map((rule) => ({ ...rule, timing: "write" })));
    await insertRows(transaction, "subjects", rows.subjects);
    return await whatIsLeft(transaction);
  });
  const byKey = new Map(rules.map((rule) => [rule.rule_key, rule]));
  const runs = new Set(accepted.map(({ rule_key }) => rule_key));
  const judged = rows.subjects.filter(({ tag }) => runs.has(tag!));
  const disagreements = judged.flatMap(({ id, tag }) => {
    const said = { async: asynchronous.get(id!)!, write: inWrite.get(id!)! };
    return said.async === said.write ? [] : [{ rule: byKey.get(tag!)!, recordKey: id!, said }];
  });
  return { pairs: judged.length, disagreements };
}

function ofTag(ruleKey: string, { applies_when }: Pick<TrialRule, "applies_when">) {
  const own = { field: "tag", operator: "=", value: ruleKey };
  return { combinator: "and", rules: applies_when === undefined ? [own] : [own, applies_when] };
}

async function evaluate(sql: TransactionSql): Promise<void> {
  const batch = await claimBatch(sql);
  if (batch === null) throw new Error("Nothing waits to be evaluated.");
  const plan = planRules(batch.rules ?? [], batch.classes ?? new Map());
  const { verdicts, broken } = await evaluateBatch(plan, batch, {
    lookUp: (values) => lookUp(sql, values),
  });
  if (broken.length > 0) throw new Error(`The evaluation broke: ${JSON.stringify(broken.slice(0, 3))}`);
  await sql`select governance.apply_verdicts(${batch.lease_id}, ${batch.entity_type}, ${batch.rules_version},
    ${sql.json(verdicts as never)})`;
}

/** Values as their columns write them: a patch may say 0.5 where the column says 0.5000. */
async function whatIsLeft(sql: TransactionSql): Promise<Left> {
  const literal = (name: string) => `'${name.replaceAll("'", "''")}'`;
  const written = WRITTEN.filter(({ fieldClass }) => fieldClass !== "other");
  const stored = written.map(({ name }) => `(${literal(name)}, s.${quoteName(name)}::text)`).join(", ");
  const casts = written.map(({ name, type }) =>
    `when ${literal(`/${name}`)} then (o ->> 'value')::${type}::text`
  ).join(" ");
  const rows = await sql.unsafe(
    `select s.id, v.stored, p.patches
     from trial.subjects s
     cross join lateral (select jsonb_object_agg(n, x) as stored from (values ${stored}) a(n, x)) v
     left join lateral (
       select jsonb_agg(jsonb_build_array(f.rule_key, f.patch) order by f.place) as patches from (
         select f.rule_key, f.place, jsonb_agg(jsonb_build_array(o ->> 'op', o ->> 'path', case o ->> 'path' ${casts} end)
           order by o ->> 'path' collate "C", o ->> 'op' desc) as patch
         from governance.fixes f cross join lateral jsonb_array_elements(f.patch) o
         where f.entity_type = 'subject' and f.record_key = s.id group by f.rule_key, f.place) f) p on true`,
  );
  return new Map(rows.map(({ id, stored, patches }) => [id, JSON.stringify({ patches, stored })]));
}
