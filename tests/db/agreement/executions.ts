import type { Sql } from "postgres";
import postgres from "postgres";
import { evaluateAll, type World } from "../support/mod.ts";
import { type Step, take } from "./history.ts";

/** A violation as one execution names it: `rule:record`. */
export type Hit = string;

/** What the executions said of one step. */
export interface Said {
  /** The write that an active block refuses, by violation. */
  readonly refused: readonly Hit[];
  /** What the shadow block counted in the write. */
  readonly shadow: readonly Hit[];
  /** What the shadow issue rule counted when the change was evaluated. */
  readonly evaluated: readonly Hit[];
  /** Before the step: what could say nothing, `rule:record` without how the rule was saved. */
  readonly unreadable: readonly Hit[];
}

/** Takes a step: first with the shadow blocks active, which is rolled back, then as it is. */
export async function takeStep(world: World, step: Step): Promise<Said> {
  const before = await unreadable(world.sql);
  const refused = await tryBlocked(world.sql, step);
  await world.sql.begin((own) => take(own, step));
  const shadow = await takeShadowHits(world.sql);
  await evaluateAll(world);
  return { refused, shadow, evaluated: await takeShadowHits(world.sql), unreadable: before };
}

/** What the rules that follow the customer can say nothing of: its customer belongs to another organization. */
export async function unreadable(sql: Sql): Promise<Hit[]> {
  const orders = await sql`select id from shop.orders where customer_id = 'elsewhere'`;
  return ["named", "path"].flatMap((name) => orders.map(({ id }) => `${name}:${id}`));
}

/** Which violations refuse a step when every shadow block rule is active. */
async function tryBlocked(sql: Sql, step: Step): Promise<Hit[]> {
  const undone = new Error("undone");
  try {
    await sql.begin(async (own) => {
      await own`select governance_private.begin_rule_change('A trial.', true)`;
      await own`update governance.data_quality_rules set status = 'active' where status = 'shadow' and enforcement = 'block'`;
      await take(own, step);
      throw undone;
    });
  } catch (error) {
    if (error === undone) return [];
    if (!(error instanceof postgres.PostgresError) || error.code !== "PT422") throw error;
    const { violations } = JSON.parse(error.detail!) as {
      violations: { rule_key: string; record_key: string }[];
    };
    return violations.map(({ rule_key, record_key }) => `${rule_key}:${record_key}`).sort();
  }
  throw new Error("A trial was kept.");
}

/** Takes the samples away, so that their number is never limited, and holds them against the counts. */
async function takeShadowHits(sql: Sql): Promise<Hit[]> {
  const counted = await sql`
    select rule_key, source, actor, sum(hits)::int as hits from governance.shadow_tallies
    where id > (select coalesce(max(after), 0) from seen_tallies) group by 1, 2, 3 order by 1, 2, 3`;
  await sql`insert into seen_tallies select coalesce(max(id), 0) from governance.shadow_tallies`;
  const samples = await sql`delete from governance.shadow_hits returning rule_key, record_key, source, actor`;
  const sampled = new Map<string, number>();
  for (const { rule_key, source, actor } of samples) {
    const group = `${rule_key} ${source} ${actor}`;
    sampled.set(group, (sampled.get(group) ?? 0) + 1);
  }
  for (const { rule_key, source, actor, hits } of counted) {
    const group = `${rule_key} ${source} ${actor}`;
    if (sampled.get(group) !== hits) {
      throw new Error(`${group}: counted ${hits}, sampled ${sampled.get(group)}`);
    }
  }
  return samples.map(({ rule_key, record_key }) => `${rule_key}:${record_key}`).sort();
}

/** What a backtest says of a rule: the records that violate it now, and the writes that it would have objected to. */
export async function backtest(sql: Sql, id: string) {
  const [row] = await sql`select governance.backtest_rule(${sql.json({ id })}, 'acme', 1, 60000) as result`;
  const { rule_key, current, replay } = row!.result;
  const keys = await sql`select k from governance.backtest_keys(${sql.json({ id })}, 'acme') k`;
  return {
    current: current as { violations: number; waived: number; unevaluated: number },
    keys: keys.map(({ k }) => `${rule_key}:${k}`),
    replay: replay as null | {
      violations: number;
      by_source: { source: string; violations: number }[];
      by_actor: { actor: string | null; violations: number }[];
      samples: { record_key: string }[];
    },
    rule_key: rule_key as string,
  };
}

/** How often shadow blocks counted, by rule, source and actor. */
export async function shadowCounts(sql: Sql): Promise<Record<string, number>> {
  const rows = await sql`
    select rule_key, source, actor, sum(hits)::int as hits from governance.shadow_counts group by 1, 2, 3`;
  return Object.fromEntries(rows.map((row) => [`${row.rule_key} ${row.source} ${row.actor}`, row.hits]));
}

/** Sweeps by SQL alone. */
export async function sweep(world: World): Promise<void> {
  await world.sql`select governance_private.queue_sweep('purchase', 'test')`;
  await evaluateAll(world);
}

/** Leaves nothing of a history but the rules. */
export async function forget(world: World): Promise<void> {
  const { sql } = world;
  await sql`delete from shop.orders`;
  await sql`delete from shop.customers`;
  await evaluateAll(world);
  await sql`delete from governance.waivers`;
  await sql`delete from governance.data_quality_issues`;
  await sql`delete from governance.audit_events`;
  await sql`delete from governance.shadow_tallies`;
  await sql`delete from governance.shadow_hits`;
  await sql`delete from governance_private.shadow_marks`;
}
