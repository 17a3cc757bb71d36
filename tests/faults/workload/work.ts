import type { Sql } from "postgres";
import type { Plan } from "../plan.ts";
import type { Random } from "../random.ts";
import { GOVERNING, replicate } from "./governing.ts";
import { DECISIONS } from "./people.ts";
import { customer, order } from "./rows.ts";
import type { Writer } from "./writer.ts";
import { writeBlocked, WRITES } from "./writes.ts";

const OPERATIONS: Readonly<Record<string, (writer: Writer) => PromiseLike<unknown>>> = {
  ...WRITES,
  ...DECISIONS,
  ...GOVERNING,
};

const WEIGHTS: Readonly<Record<string, number>> = {
  "insert customers": 8,
  "insert orders": 10,
  "insert many orders": 2,
  "change one": 20,
  "change many orders": 3,
  "change many customers": 2,
  "delete": 5,
  "delete many": 1,
  "upsert orders": 5,
  "upsert customers": 4,
  "rename a key": 2,
  "move to the other organization": 1,
  "swap numbers": 2,
  "several in one transaction": 5,
  "savepoint around a blocked write": 4,
  "roll back": 3,
  "stay open for long": 1,
  "accept a suggestion": 4,
  "accept suggestions": 2,
  "undo a fix": 3,
  "undo a batch": 1,
  "ignore an issue": 2,
  "reopen an issue": 1,
  "pause and resume": 1,
  "break and repair": 1,
  "register again": 0.5,
  "sweep": 1,
  "change a rule": 1.5,
  "change a list": 1.5,
  "blocked insert": 5,
};

/** Something to begin with. */
export async function startingRows(sql: Sql, random: Random): Promise<void> {
  const customers = Array.from({ length: 30 }, (_, n) => customer(random, `c${n + 1}`));
  const orders = Array.from({ length: 60 }, (_, n) => ({
    ...order(random, `o${n + 1}`),
    customer_id: random.chance(0.3) ? null : `c${random.between(1, 30)}`,
    note: random.chance(0.5) ? null : `N-S${n}`,
  }));
  await sql`insert into shop.customers ${sql(customers)}`;
  await sql`insert into shop.orders ${sql(orders)}`;
}

/** All writers at once, each with its operations; in their midst, where the plan says so, Postgres is stopped at once. */
export async function work(
  writers: readonly Writer[],
  plan: Plan,
  crash: () => Promise<void>,
): Promise<void> {
  let done = 0;
  let crashed: Promise<void> | null = null;
  await Promise.all(writers.map(async (writer) => {
    for (let n = 0; n < plan.operations; n++) {
      await operate(writer, plan);
      if (++done === plan.crashAfter) crashed = crash();
    }
  }));
  await crashed;
}

async function operate(writer: Writer, plan: Plan): Promise<void> {
  if (plan.replicaWrites && writer.random.chance(0.04)) {
    await writer.attempt("replicate", () => replicate(writer));
    return;
  }
  const name = writer.random.weighted(WEIGHTS);
  if (name === "blocked insert") await writeBlocked(writer);
  else await writer.attempt(name, async () => void await OPERATIONS[name]!(writer), !(name in GOVERNING));
}
