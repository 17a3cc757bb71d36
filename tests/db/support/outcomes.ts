import type { Sql } from "postgres";
import { planRules } from "../../../shared/rules/mod.ts";
import { claimedBatchSchema } from "../../../shared/schema/claim.ts";
import { evaluateBatch } from "../../../supabase/functions/_shared/evaluate_batch.ts";
import { apply, claim, verdict } from "./evaluator.ts";
import { lookUpIn } from "./real_evaluator.ts";
import { saveRule } from "./rules.ts";
import type { World } from "./world.ts";

/** What a condition comes to for a record: true, false, null for unknown, or why it was not evaluated. */
export type Outcome = boolean | null | string;

/** What a condition comes to for every record of an entity, by key: as SQL scans the table, and as `evaluate` judges. */
export async function outcomes(
  world: World,
  entity: string,
  condition: unknown,
): Promise<{ sql: Record<string, Outcome>; typescript: Record<string, Outcome> }> {
  return {
    sql: await scan(world.sql, entity, condition),
    typescript: await evaluated(world, entity, condition),
  };
}

/** By compiled SQL. */
export async function scan(sql: Sql, entity: string, condition: unknown): Promise<Record<string, Outcome>> {
  const [compiled] = await sql`
    select c.sql, c.faults, governance_private.entity_table(${entity}) as source,
      governance_private.path_joins(${entity}, c.paths) as joins, governance_private.key_expression(${entity}, 'r') as key
    from governance_private.compile_group(${entity}, ${sql.json(condition as never)}, '/condition') c`;
  if (compiled!.faults.length > 0) throw new Error(JSON.stringify(compiled!.faults));
  const rows = await sql.unsafe(
    `select ${compiled!.key} as key, ${compiled!.sql} as outcome from ${compiled!.source} r${
      compiled!.joins
    } order by 1`,
  );
  return Object.fromEntries(rows.map(({ key, outcome }) => [key, outcome]));
}

/** By two rules, of which the second asks the opposite. */
async function evaluated(
  world: World,
  entity: string,
  condition: unknown,
): Promise<Record<string, Outcome>> {
  const { sql } = world;
  await sql`delete from governance.data_quality_rules where rule_key in ('it-holds', 'it-fails')`;
  const parts = { entity_type: entity, message: "A message." };
  await saveRule(sql, { ...parts, rule_key: "it-holds", condition });
  await saveRule(sql, {
    ...parts,
    rule_key: "it-fails",
    condition: { combinator: "and", not: true, rules: [condition] },
  });
  await sql`select governance_private.queue_sweep(${entity}, 'every record to TypeScript', true)`;
  const found: Record<string, Outcome> = {};
  for (let batch = await claim(world, 500); batch !== null; batch = await claim(world, 500)) {
    const parsed = claimedBatchSchema.parse(batch);
    const plan = planRules(parsed.rules ?? [], parsed.classes ?? new Map());
    if (batch.entity_type === entity) {
      const { verdicts, broken } = await evaluateBatch(plan, parsed, {
        lookUp: (values) => lookUpIn(world.sql, values),
      });
      for (const { key, error } of broken) found[key] = error;
      for (const { key, violations, unevaluated } of verdicts) {
        const violated = violations.map(({ rule_key }) => rule_key);
        found[key] = unevaluated[0]?.reason ??
          (violated.includes("it-holds") ? false : violated.includes("it-fails") ? true : null);
      }
    }
    await apply(world, batch, batch.records.map((record) => verdict(record)));
  }
  return found;
}
