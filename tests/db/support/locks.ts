import type { Sql, TransactionSql } from "postgres";
import type { World } from "./world.ts";

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

/** While `first` is open, `second` begins and is blocked; then `first` goes on to its end, and `second` after it. */
export async function interleave(
  world: World,
  first: (own: TransactionSql) => Promise<unknown>,
  second: () => PromiseLike<unknown>,
  goOn: (own: TransactionSql) => Promise<unknown>,
): Promise<void> {
  let waiting: PromiseLike<unknown> | undefined;
  await world.sql.begin(async (own) => {
    await first(own);
    waiting = Promise.resolve(second()).catch((error) => error);
    await untilBlocked(world.database.connect());
    await goOn(own);
  });
  const ended = await waiting;
  if (ended instanceof Error) throw ended;
}
