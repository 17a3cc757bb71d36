import type { Sql } from "postgres";
import { queued } from "../support/mod.ts";

/** Sweeps an entity to the end by SQL alone; returns the records that are left to evaluate. */
export async function sweep(sql: Sql, entity = "purchase", everything = false): Promise<string[]> {
  await sql`select governance_private.queue_sweep(${entity}, 'test', ${everything})`;
  for (let step = 0; step < 200; step++) {
    const [row] = await sql`select governance_private.advance_sweep() as moved`;
    if (!row!.moved) return await queued(sql);
  }
  throw new Error("The sweep does not end.");
}
