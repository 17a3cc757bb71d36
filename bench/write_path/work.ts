import type { Sql } from "postgres";
import type { Variant } from "./tables.ts";

/** One statement of many rows; the milliseconds it took. */
export async function insertAll(sql: Sql, variant: Variant, rows: number): Promise<number> {
  return await timed(() =>
    sql.unsafe(`insert into bench.${variant} select * from bench.source where id <= ${rows}`)
  );
}

/** What clients did one row at a time, in milliseconds. */
export interface SingleTimes {
  readonly inserts: number;
  readonly updates: number;
}

/** Clients that write one row a transaction each, as fast as they are answered: first inserts, then updates of the same rows. */
export async function writeSingly(
  clients: readonly Sql[],
  variant: Variant,
  rowsEach: number,
): Promise<SingleTimes> {
  const insert = `insert into bench.${variant} select * from bench.source where id = $1`;
  const update = `update bench.${variant} set amount = amount + 1, status = 'open' where id = $1`;
  const all = (text: string) =>
    timed(() =>
      Promise.all(clients.map(async (client, index) => {
        for (let row = 1; row <= rowsEach; row++) {
          await client.unsafe(text, [index * rowsEach + row], { prepare: true });
        }
      }))
    );
  return { inserts: await all(insert), updates: await all(update) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
