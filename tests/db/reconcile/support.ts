import type { Sql } from "postgres";

/** Advances whatever waits until nothing does, as `reconcile` does; returns the number of chunks. */
export async function advanceAll(sql: Sql, most = 500): Promise<number> {
  for (let chunks = 0; chunks < most; chunks++) {
    const [row] = await sql`select governance.advance_reconciliation() as advanced`;
    if (row!.advanced === null) return chunks;
  }
  throw new Error(`Not done after ${most} chunks.`);
}

/** The open breaks, most telling columns first. */
export async function openBreaks(sql: Sql): Promise<Record<string, unknown>[]> {
  const rows = await sql`
    select break_class, record_key, message, expected::text, actual::text, difference::text
    from governance.breaks where status = 'open' order by break_class, record_key, message`;
  return rows.map((row) => ({ ...row }));
}

/** Makes every record look as if nobody had touched it for a day: nothing is in flight. */
export async function settle(sql: Sql): Promise<void> {
  await sql`update governance.audit_events set occurred_at = occurred_at - interval '1 day'`;
}
