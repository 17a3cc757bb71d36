import { assertEquals } from "@std/assert";
import { addOrders, createWorld, type World } from "../support/mod.ts";
import { requests, savePolicy } from "../twophase/support.ts";
import { call, commitAll, rowsOf, sameNames, stageCells } from "./support.ts";

const columns = ["id", "amount", "note"];

async function imported(world: World) {
  await addOrders(world.sql, { id: "a", amount: "5" }, { id: "b", amount: "5" });
  await savePolicy(world.sql);
  const cells = [["a", "7", "new"], ["b", "5", "new"], ["c", "9", "new"]];
  return await stageCells(world, "member", columns, cells, { mapping: sameNames(columns), mode: "upsert" });
}

Deno.test("an import says row by row what waits for approval, and writes the rest", async () => {
  await using world = await createWorld();
  const { import_id } = await imported(world);
  const done = await commitAll(world, "member", import_id);
  const [request] = await requests(world.sql);
  assertEquals([done.counts.states, done.counts.diverted], [{ written: 3 }, 1]);
  const diverted = { request_id: request!.id, fields: ["amount"] };
  assertEquals((await rowsOf(world.sql, import_id)).map((row) => row.diverted), [diverted, null, null]);
  const orders = await world.sql`select id, amount, note from shop.orders order by id`;
  assertEquals(orders.map(({ id, amount, note }) => [id, amount, note]), [
    ["a", "5.00", "new"],
    ["b", "5.00", "new"],
    ["c", "9.00", "new"],
  ]);
});

Deno.test("a dry run says what would wait, and opens no request", async () => {
  await using world = await createWorld();
  const { import_id, revision } = await imported(world);
  const judged = await call(world, "member", "judge_import_chunk", { p_import_id: import_id });
  const outcomes = judged.trial.outcomes as { n: number; diverted?: unknown }[];
  await world.sql`select governance.finish_import_judging(${import_id}, ${revision}, ${judged.judged_to}, ${
    world.sql.json(outcomes.map(({ n, diverted }) => ({ n, verdict: "written", diverted })) as never)
  })`;
  assertEquals((await rowsOf(world.sql, import_id)).map((row) => row.diverted), [
    { request_id: null, fields: ["amount"] },
    null,
    null,
  ]);
  assertEquals(await requests(world.sql), []);
});
