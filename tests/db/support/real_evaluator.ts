import type { Sql, TransactionSql } from "postgres";
import { planRules, type RulePlan } from "../../../shared/rules/mod.ts";
import { claimedBatchSchema, type Lookups, lookupsSchema } from "../../../shared/schema/claim.ts";
import { evaluateBatch, type LookedUpValue } from "../../../supabase/functions/_shared/evaluate_batch.ts";
import { apply, type Batch, claim } from "./evaluator.ts";
import type { World } from "./world.ts";

/** Judges a claimed batch by its own rules, as `evaluate` does. */
export async function judge(world: World, batch: Batch, plan?: RulePlan) {
  const parsed = claimedBatchSchema.parse(batch);
  const used = plan ?? planRules(parsed.rules ?? [], parsed.classes ?? new Map());
  const { verdicts, broken } = await evaluateBatch(used, parsed, {
    lookUp: (values) => lookUpIn(world.sql, values),
  });
  if (broken.length > 0) throw new Error(`Could not be evaluated: ${JSON.stringify(broken)}`);
  return verdicts;
}

/** What the reference sets say of values, asked as `evaluate` asks. */
export async function lookUpIn(
  sql: Sql | TransactionSql,
  values: readonly LookedUpValue[],
): Promise<Lookups> {
  const [row] = await sql`select governance.look_up_values(${sql.json(values as never)}) as found`;
  return lookupsSchema.parse(row!["found"]);
}

/** Evaluates by the real rules until nothing waits; returns the records judged, in order, as `entity:key`. */
export async function evaluateAll(world: World): Promise<string[]> {
  const judged: string[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const batch = await claim(world);
    if (batch === null) return judged;
    judged.push(...batch.records.map(({ key }) => `${batch.entity_type}:${key}`).sort());
    await apply(world, batch, [...await judge(world, batch)]);
  }
  throw new Error("The queue does not become empty.");
}

/** Which issues are open, as `rule:record`. */
export async function openIssues(world: World): Promise<string[]> {
  const rows = await world.sql`
    select rule_key || ':' || record_key as issue from governance.data_quality_issues where status = 'open' order by 1`;
  return rows.map(({ issue }) => issue);
}
