import type { Sql, TransactionSql } from "postgres";

/** Waits until a session of this database waits for a lock; fails after ten seconds. */
export async function untilBlocked(sql: Sql | TransactionSql): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    const blocked =
      await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    if (blocked.length > 0) return;
    await sql`select pg_sleep(0.01)`;
  }
  throw new Error("Nobody waits for a lock.");
}
