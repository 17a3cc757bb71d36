import { assertEquals } from "@std/assert";
import { addOrders, createWorld, refused, type World } from "../support/mod.ts";
import { act, edit, requests, savePolicy } from "../twophase/support.ts";
import { undo } from "../undo/support.ts";
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

/** What the import of above did: a part of "a" waits, all of "b" was written, "c" is new; and all that "d" asks for waits. */
async function importedWhole(world: World): Promise<string> {
  await world.sql.unsafe("create policy deletable on shop.orders for delete to authenticated using (true)");
  await addOrders(world.sql, { id: "a", amount: "5" }, { id: "b", amount: "5" }, { id: "d", amount: "5" });
  await savePolicy(world.sql);
  const cells = [["a", "7", "new"], ["b", "5", "new"], ["c", "9", "new"], ["d", "8", null]];
  const options = { mapping: sameNames(columns), mode: "upsert" };
  const { import_id } = await stageCells(world, "member", columns, cells, options);
  await commitAll(world, "member", import_id);
  return import_id;
}

const taken = async (world: World, import_id: string) => ({
  orders: (await world.sql`select id, amount, note from shop.orders order by id`).map((row) =>
    Object.values(row)
  ),
  requests: (await requests(world.sql)).map(({ status }) => status),
  import:
    (await world.sql`select status from governance.imports where import_id = ${import_id}`)[0]!["status"],
  waiting: (await rowsOf(world.sql, import_id)).filter(({ state }) => state !== "undone").length,
});
const gone = {
  orders: [["a", "5.00", null], ["b", "5.00", null], ["d", "5.00", null]],
  requests: ["withdrawn"],
  import: "undone",
  waiting: 0,
};

Deno.test("what of an import waits for approval is withdrawn with it, visibly, and cannot be committed afterwards", async () => {
  await using world = await createWorld();
  const import_id = await importedWhole(world);
  const [request] = await requests(world.sql);
  const [cause] = await world.sql`select cause_kind, cause_id from governance.change_requests`;
  assertEquals({ ...cause }, { cause_kind: "import", cause_id: import_id });
  const undone = await call(world, "steward", "undo_import", { p_import_id: import_id });
  assertEquals([undone.withdrawn, undone.conflicts], [1, []]);
  assertEquals(await taken(world, import_id), gone);
  const [decision] = await world.sql`
    select decision, reason, details, decided_by is not null as is_told from governance.change_request_decisions order by id desc limit 1`;
  assertEquals({ ...decision }, {
    decision: "withdrawn",
    reason: "the import that asked for it was undone",
    details: { import_id },
    is_told: true,
  });
  const [told] = await world.sql`select message from governance.notifications where kind = 'change_decided'`;
  assertEquals(told!["message"], "Your change was withdrawn: the import that asked for it was undone");
  const late = await refused(() => act(world, "admin", "approve", request!.id, { commit: true }));
  assertEquals(late.state, "PT409");
});

Deno.test("governance.undo of an import withdraws what waits, too; requests that others opened stay", async () => {
  await using world = await createWorld();
  const import_id = await importedWhole(world);
  await edit(world, "colleague", "b", { amount: "77" });
  await undo(world, { import: import_id });
  assertEquals(await taken(world, import_id), { ...gone, requests: ["withdrawn", "proposed"] });
});

Deno.test("what of an import was approved before it is undone stands", async () => {
  await using world = await createWorld();
  const import_id = await importedWhole(world);
  const [request] = await requests(world.sql);
  await act(world, "admin", "approve", request!.id, { commit: true });
  const undone = await call(world, "steward", "undo_import", {
    p_import_id: import_id,
    p_skip_conflicts: true,
  });
  assertEquals(undone.withdrawn, 0);
  assertEquals((await taken(world, import_id)).requests, ["committed"]);
  const [order] = await world.sql`select amount from shop.orders where id = 'd'`;
  assertEquals(order!["amount"], "8.00");
});
