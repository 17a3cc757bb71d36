import type { Sql, TransactionSql } from "postgres";
import type { World } from "./world.ts";

export interface ClaimedRecord {
  key: string;
  token: number;
  queue_ids: string[];
  event_id: string | null;
  org_id: string;
  exists: boolean;
  verify_only: boolean;
  default_country: string | null;
  fields: Record<string, string | boolean | null>;
  dangling: string[];
  undone: unknown[];
}

export interface Batch {
  lease_id: string;
  lease_seconds: number;
  entity_type: string;
  rules_version: string;
  rules: Record<string, unknown>[] | null;
  classes: Record<string, string> | null;
  lookups: Record<string, Record<string, Record<string, unknown>>>;
  records: ClaimedRecord[];
  more: boolean;
}

export interface Findings {
  violations?: unknown[];
  unevaluated?: unknown[];
  fixes?: unknown[];
}

type Counts = Record<string, number | boolean>;

/** Claims as `evaluate` does. */
export async function claim(
  world: World,
  limit = 100,
  known: Record<string, string> = {},
): Promise<Batch | null> {
  // A claim that spent its time on a sweep has nothing to give and rings again.
  for (let turn = 0; turn < 100; turn++) {
    const [row] = await world.as(
      "service_role",
      (sql) =>
        sql`select governance.claim_changes(${limit}, ${sql.json(known)}) as batch,
          exists (select from governance.runs where job = 'sweep' and status = 'running') as sweeping`,
    );
    if (row!.batch !== null || !row!.sweeping) return row!.batch;
  }
  throw new Error("The sweep does not end.");
}

/** Claims what must be there. */
export async function claimed(world: World, limit = 100): Promise<Batch> {
  const batch = await claim(world, limit);
  if (batch === null) throw new Error("There was nothing to claim.");
  return batch;
}

/** What an evaluator that found this says of a record. */
export function verdict(record: ClaimedRecord, found: Findings = {}) {
  const { key, token, event_id, queue_ids } = record;
  return { key, token, event_id, queue_ids, violations: [], unevaluated: [], fixes: [], ...found };
}

export async function apply(world: World, batch: Batch, verdicts: unknown[]): Promise<Counts> {
  return await world.as("service_role", (sql) => applyIn(sql, batch, verdicts));
}

/** In a transaction of the service's. */
export async function applyIn(sql: TransactionSql, batch: Batch, verdicts: unknown[]): Promise<Counts> {
  const [row] = await sql`select governance.apply_verdicts(
    ${batch.lease_id}, ${batch.entity_type}, ${batch.rules_version}, ${
    sql.json(verdicts as never)
  }) as counts`;
  return row!.counts;
}

/** One whole turn: claims, judges each record by `judge`, applies. Returns the counts. */
export async function evaluate(
  world: World,
  judge: (record: ClaimedRecord) => Findings = () => ({}),
): Promise<Counts> {
  const batch = await claimed(world);
  return await apply(world, batch, batch.records.map((record) => verdict(record, judge(record))));
}

/** Evaluates until nothing waits. */
export async function settle(
  world: World,
  judge: (record: ClaimedRecord) => Findings = () => ({}),
): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    const batch = await claim(world);
    if (batch === null) return;
    await apply(world, batch, batch.records.map((record) => verdict(record, judge(record))));
  }
  throw new Error("The queue does not become empty.");
}

export function violation(ruleId: string, more: Record<string, unknown> = {}) {
  return {
    rule_id: ruleId,
    rule_key: "",
    fields: ["amount"],
    message: "No amount.",
    observed: { amount: null },
    suggested_fix: null,
    ...more,
  };
}

/** A patch of one column, with its pre-image. */
export function replace(column: string, from: unknown, to: unknown) {
  return [{ op: "test", path: `/${column}`, value: from }, { op: "replace", path: `/${column}`, value: to }];
}

export async function issues(sql: Sql | TransactionSql) {
  const rows = await sql`select * from governance.data_quality_issues order by rule_key, record_key`;
  return rows.map((row) => ({ ...row })) as Record<string, unknown>[];
}

export async function queued(sql: Sql): Promise<string[]> {
  const rows = await sql`
    select distinct record_key from governance_private.change_queue where lease_id is null order by 1`;
  return rows.map(({ record_key }) => record_key);
}
