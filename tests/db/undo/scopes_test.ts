import { assert, assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  claimed,
  createWorld,
  evaluate,
  people,
  quiet,
  replace,
  saveRule,
  type World,
} from "../support/mod.ts";
import { call, commitAll, sameNames, stageCells } from "../imports/support.ts";
import { act, edit, order, propose, savePolicy } from "../twophase/support.ts";
import { preview, undo } from "./support.ts";

/** A rule that corrects the names of customers, once evaluators see them. */
function trimNames(world: World): Promise<string> {
  return saveRule(world.sql, {
    rule_key: "name-is-tidy",
    entity_type: "customer",
    enforcement: "fix",
    condition: null,
    message: "x",
    fix: [{ step: "normalize", field: "name", using: "trim" }],
    timing: "async",
  });
}

/** Two customers whose names a rule has corrected, the second one's twice. */
async function withFixes(world: World): Promise<{ rule: string; batch: string }> {
  const rule = await trimNames(world);
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", name: " a " }, { id: "2", name: " b " });
  await evaluate(world, ({ key }) => ({
    fixes: key === "1" ? [{ rule_id: rule, patch: replace("name", " a ", "a") }] : [
      { rule_id: rule, patch: replace("name", " b ", "b") },
      { rule_id: rule, patch: replace("name", "b", "B") },
    ],
  }));
  const [fix] = await world.sql`select batch_id from governance.fixes limit 1`;
  return { rule, batch: fix!["batch_id"] };
}

const names = async ({ sql }: World) =>
  (await sql`select name from shop.customers order by id`).map(({ name }) => name);
const reverted = async ({ sql }: World) =>
  (await sql`select reverted_at is not null as is_reverted from governance.fixes order by record_key, place`)
    .map((
      { is_reverted },
    ) => is_reverted);

Deno.test("by a version of a rule: its fixes are taken back and not applied again; undone, they stand again", async () => {
  await using world = await createWorld();
  await withFixes(world);
  const scope = { rule_key: "name-is-tidy", rule_version: 1 };
  assertEquals((await preview(world, scope)).records.map(({ fields }) => fields), [
    { name: { from: "a", to: " a " } },
    { name: { from: "B", to: " b " } },
  ]);
  assertEquals(await reverted(world), [false, false, false]);
  const { undo_id } = await undo(world, scope);
  assertEquals([await names(world), await reverted(world)], [[" a ", " b "], [true, true, true]]);
  const batch = await claimed(world);
  assertEquals(batch.records.find(({ key }) => key === "1")!.undone.length, 1);
  await undo(world, { undo: undo_id });
  assertEquals([await names(world), await reverted(world)], [["a", "B"], [false, false, false]]);
});

Deno.test("by one fix of several, and by a batch", async () => {
  await using world = await createWorld();
  const { batch } = await withFixes(world);
  const [last] = await world
    .sql`select id from governance.fixes where record_key = '2' order by place desc limit 1`;
  await undo(world, { fix: last!["id"] });
  assertEquals([await names(world), await reverted(world)], [["a", "b"], [false, false, true]]);
  await undo(world, { batch });
  assertEquals([await names(world), await reverted(world)], [[" a ", " b "], [true, true, true]]);
});

Deno.test("a fix in the write itself is taken back by its rule, and the write does not make it again", async () => {
  await using world = await createWorld();
  await saveRule(world.sql, {
    rule_key: "email-is-lower",
    entity_type: "customer",
    enforcement: "fix",
    condition: null,
    message: "x",
    fix: [{ step: "normalize", field: "email", using: "lower" }],
    timing: "write",
  });
  await addCustomers(world.sql, { id: "1", email: "ANN@x.org" });
  const email = async () => (await world.sql`select email from shop.customers`)[0]!["email"];
  assertEquals(await email(), "ann@x.org");
  await undo(world, { rule_key: "email-is-lower" });
  assertEquals(await email(), "ANN@x.org");
});

Deno.test("what a rule corrected after somebody is taken back with it, and is no conflict", async () => {
  await using world = await createWorld();
  const rule = await trimNames(world);
  await addCustomers(world.sql, { id: "1", name: "a" });
  await quiet(world.sql);
  await world.as("member", (own) => own`update shop.customers set name = ' b '`);
  await evaluate(world, () => ({ fixes: [{ rule_id: rule, patch: replace("name", " b ", "b") }] }));
  assertEquals((await undo(world, { actor: people.member, from: "2020-01-01" })).counts.updated, 1);
  assertEquals(await names(world), ["a"]);
});

Deno.test("by a change request, past the policy that asked for it, for those who may approve", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1", amount: "10.00", note: "a" });
  await savePolicy(world.sql, { approver_role: "admin" });
  const { request_id } = await propose(world, "member", "1", { amount: "99" });
  await act(world, "admin", "approve", request_id, { commit: true });
  assertEquals((await order(world.sql, "1"))["amount"], "99.00");
  await edit(world, "member", "1", { note: "beside it" });
  const scope = { change_request: request_id };
  assertEquals(
    (await preview(world, scope)).records[0]!.conflict!.reason,
    "policy",
    "a steward may not approve it",
  );
  assertEquals((await undo(world, scope, "admin")).counts.updated, 1);
  assertEquals(await order(world.sql, "1"), { amount: "10.00", status: null, note: "beside it" });
});

Deno.test("by an import: its new records go, what it changed comes back, and its rows say so", async () => {
  await using world = await createWorld();
  await world.sql.unsafe("create policy deletable on shop.orders for delete to authenticated using (true)");
  await addOrders(world.sql, { id: "old", amount: "1", note: "n" });
  const { import_id } = await stageCells(world, "steward", ["id", "amount"], [["old", "11"], ["new", "21"]], {
    mode: "upsert",
    mapping: sameNames(["id", "amount"]),
  });
  await commitAll(world, "steward", import_id);
  const state = async () => {
    const [row] = await world
      .sql`select status, (select array_agg(distinct state) from governance.import_rows) as states,
      (select jsonb_object_agg(id, amount) from shop.orders) as orders from governance.imports`;
    return { ...row };
  };
  const committed = { status: "committed", states: ["written"], orders: { old: 11, new: 21 } };
  assertEquals(await state(), committed);
  const { undo_id } = await undo(world, { import: import_id });
  assertEquals(await state(), { status: "undone", states: ["undone"], orders: { old: 1 } });
  const again = await undo(world, { undo: undo_id });
  assertEquals(await state(), committed);
  await undo(world, { undo: again.undo_id });
  assertEquals(await state(), { status: "undone", states: ["undone"], orders: { old: 1 } });
});

Deno.test("an import that undo_import took back is done again by its id, and its rows say so", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "old", amount: "1" });
  const columns = ["id", "amount"];
  const { import_id } = await stageCells(world, "steward", columns, [["old", "11"]], {
    mode: "upsert",
    mapping: sameNames(columns),
  });
  await commitAll(world, "steward", import_id);
  await call(world, "steward", "undo_import", { p_import_id: import_id });
  await undo(world, { undo: import_id });
  const [row] = await world.sql`
    select status, (select state from governance.import_rows) as state, (select amount from shop.orders) as amount from governance.imports`;
  assertEquals({ ...row }, { status: "committed", state: "written", amount: "11.00" });
});

Deno.test("by a transaction, a statement, a source, an entity and a record", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1", amount: "1", note: "a" }, { id: "2", amount: "1", note: "a" });
  await addCustomers(world.sql, { id: "1", name: "a" });
  const from = (await world.sql`select clock_timestamp()::text as now`)[0]!["now"];
  await world.as("member", async (own) => {
    await own`update shop.orders set amount = 2`;
    await own`update shop.orders set note = 'b'`;
    await own`update shop.customers set name = 'b'`;
  });
  const [event] = await world
    .sql`select statement_id::text, transaction_id, source from governance.audit_events
    where after ? 'note' and operation = 'update' limit 1`;
  const shown = async (scope: unknown) =>
    (await preview(world, scope)).records.map(({ entity_type, record_key, fields }) =>
      [entity_type, record_key, ...Object.keys(fields)].join(" ")
    );
  const all = ["customer 1 name", "purchase 1 note amount", "purchase 2 note amount"];
  assertEquals(await shown({ transaction: event!["transaction_id"] }), all);
  assertEquals(await shown({ source: event!["source"], from }), all);
  assertEquals(await shown({ statement: event!["statement_id"] }), ["purchase 1 note", "purchase 2 note"]);
  assertEquals(await shown({ from, entity_type: "customer" }), [all[0]!]);
  assertEquals(await shown({ from, entity_type: "purchase", record_key: "2" }), [all[2]!]);
  assertEquals(await shown({ actor: people.member, from, org_id: "acme" }), all);
  assert((await undo(world, { transaction: event!["transaction_id"] })).counts.updated === 3);
});
