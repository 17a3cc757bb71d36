import { planRules, type RulePlan } from "../../../shared/rules/mod.ts";
import { claimedBatchSchema } from "../../../shared/schema/claim.ts";
import { evaluateBatch } from "../../../supabase/functions/_shared/evaluate_batch.ts";
import { apply, type Batch, claim } from "./evaluator.ts";
import type { World } from "./world.ts";

/** Judges a claimed batch by its own rules, as `evaluate` does. */
export function judge(batch: Batch, plan?: RulePlan) {
  const parsed = claimedBatchSchema.parse(batch);
  const used = plan ?? planRules(parsed.rules ?? [], parsed.classes ?? new Map());
  const { verdicts, broken } = evaluateBatch(used, parsed);
  if (broken.length > 0) throw new Error(`Could not be evaluated: ${JSON.stringify(broken)}`);
  return verdicts;
}

/** Evaluates by the real rules until nothing waits; returns the records judged, in order, as `entity:key`. */
export async function evaluateAll(world: World): Promise<string[]> {
  const judged: string[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const batch = await claim(world);
    if (batch === null) return judged;
    judged.push(...batch.records.map(({ key }) => `${batch.entity_type}:${key}`).sort());
    await apply(world, batch, [...judge(batch)]);
  }
  throw new Error("The queue does not become empty.");
}

/** Which issues are open, as `rule:record`. */
export async function openIssues(world: World): Promise<string[]> {
  const rows = await world.sql`
    select rule_key || ':' || record_key as issue from governance.data_quality_issues where status = 'open' order by 1`;
  return rows.map(({ issue }) => issue);
}
