import { assertEquals } from "@std/assert";
import { call, commitAll, sameNames, stageCells } from "../imports/support.ts";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  is,
  people,
  refused,
  saveRule,
  type World,
} from "../support/mod.ts";
import { everything, undo } from "./support.ts";

const member = { actor: people.member, from: "2020-01-01T00:00:00Z" };
const deletable = `create policy deletable on shop.orders for delete to authenticated using (true);
  create policy deletable on shop.customers for delete to authenticated using (true);
  create policy addable on shop.customers for insert to authenticated with check (true)`;

const orders = async ({ sql }: World) =>
  (await sql`select id, customer_id, note from shop.orders order by id`).map((row) => Object.values(row));

Deno.test("what a foreign key holds to a record that goes is not lost with it, though something else is refused", async () => {
  await using world = await createWorld();
  await world.sql.unsafe(deletable).simple();
  await addCustomers(world.sql, { id: "1" });
  await addOrders(world.sql, { id: "k", customer_id: "1", note: "x" }, { id: "x", note: "a" });
  await world.as("member", async (own) => {
    await own`insert into shop.customers (id, org_id, is_hidden) values ('9', 'acme', false)`;
    await own`update shop.orders set customer_id = '9' where id = 'k'`;
    await own`update shop.orders set note = 'b' where id = 'x'`;
  });
  await saveRule(world.sql, {
    rule_key: "no-a",
    enforcement: "block",
    condition: and(is("note", "!=", "a")),
    message: "No a.",
  });
  const { counts } = await undo(world, member, "steward", "skip");
  assertEquals(counts, { records: 3, updated: 1, inserted: 0, deleted: 1, conflicts: 1 });
  assertEquals(await orders(world), [["k", "1", "x"], ["x", null, "b"]]);
});

Deno.test("a record goes only together with what was to be taken away from it", async () => {
  await using world = await createWorld();
  await world.sql.unsafe(deletable).simple();
  await addCustomers(world.sql, { id: "1" });
  await addOrders(world.sql, { id: "k", customer_id: "1", note: "a" });
  await world.as("member", async (own) => {
    await own`insert into shop.customers (id, org_id, is_hidden) values ('9', 'acme', false)`;
    await own`update shop.orders set customer_id = '9', note = 'b' where id = 'k'`;
  });
  // As something that fires no trigger does: audit does not know of it, so that the plan holds no conflict.
  await world.sql.unsafe(`alter table shop.orders disable trigger user; update shop.orders set note = 'c';
    alter table shop.orders enable trigger user`).simple();
  const { counts } = await undo(world, member, "steward", "skip");
  assertEquals(counts, { records: 2, updated: 0, inserted: 0, deleted: 0, conflicts: 2 });
  assertEquals(await orders(world), [["k", "9", "c"]]);
});

Deno.test("a record of which a trigger keeps a part is not said to have come back", async () => {
  await using world = await createWorld();
  await addCustomers(world.sql, { id: "1", name: "Ann", email: "ann@x.example" });
  await world.as("member", (own) => own`update shop.customers set name = 'B', email = 'b@x.example'`);
  await world.sql.unsafe(`
    create function shop.keep_email() returns trigger language plpgsql as $$ begin new.email := old.email; return new; end $$;
    create trigger keep_email before update on shop.customers for each row execute function shop.keep_email()`)
    .simple();
  const before = await everything(world);
  const { detail } = await refused(undo(world, member));
  assertEquals(detail.conflicts.map(({ reason }: { reason: string }) => reason), ["kept"]);
  assertEquals(await everything(world), before);
});

Deno.test("a policy that looks at other tables is not asked in the owner's place", async () => {
  await using world = await createWorld();
  await addCustomers(world.sql, { id: "1" }, { id: "2" });
  await addOrders(world.sql, { id: "k", customer_id: "1" });
  await world.sql.unsafe(`alter policy writable on shop.orders
    with check (exists (select from shop.customers c where c.id = customer_id))`);
  await world.as("member", (own) => own`update shop.orders set customer_id = '2'`);
  await world.sql`update shop.customers set is_hidden = true where id = '1'`;
  const { detail } = await refused(undo(world, { ...member, entity_type: "purchase" }));
  assertEquals(detail.conflicts.map(({ reason }: { reason: string }) => reason), ["not-allowed"]);
});

Deno.test("an erasure waits for an undo that brings values back, and erases them then", async () => {
  await using world = await createWorld();
  await world.sql.unsafe(deletable).simple();
  await addCustomers(world.sql, { id: "1", email: "ann@x.example" });
  await world.as("member", (own) => own`delete from shop.customers`);
  let erased: Promise<unknown> | undefined;
  await world.as("steward", async (own) => {
    await own`select governance.undo(${own.json(member)})`;
    erased = world.as(
      "admin",
      (other) => other`select governance.erase_record('customer', '1', '{email}', 'asked for')`,
    );
    // It has the time to pass by if nothing holds it.
    await Promise.race([erased, own`select pg_sleep(0.5)`]);
  });
  await erased;
  const [left] = await world.sql`select (select count(*)::int from governance.audit_events e
    where e.entity_type = 'customer' and concat(e.before, e.after) like '%ann@x%') as events`;
  assertEquals(left!["events"], 0);
});

Deno.test("an undo by fixes takes nothing else into account that it could not keep to", async () => {
  await using world = await createWorld();
  for (const other of [{ transaction: "1" }, { statement: 1 }, { source: "sql" }]) {
    assertEquals((await refused(undo(world, { rule_key: "x", ...other }))).state, "PT422");
  }
});

/** An import of two known customers by the steward. */
async function imported(world: World): Promise<string> {
  await world.sql.unsafe(deletable).simple();
  await addCustomers(world.sql, { id: "a", name: "before" }, { id: "b", name: "before" });
  const columns = ["id", "name"];
  const options = { mode: "upsert", mapping: sameNames(columns) };
  const { import_id } = await stageCells(
    world,
    "steward",
    columns,
    [["a", "x"], ["b", "x"]],
    options,
    "customer",
  );
  await commitAll(world, "steward", import_id);
  return import_id;
}

Deno.test("an import of which one record is taken back stays an import that was written", async () => {
  await using world = await createWorld();
  const import_id = await imported(world);
  await undo(world, { import: import_id, record_key: "a" });
  const [left] = await world.sql`select (select status from governance.imports) as status,
    (select array_agg(state order by row_number) from governance.import_rows) as rows`;
  assertEquals({ ...left }, { status: "committed", rows: ["undone", "written"] });
});

Deno.test("undo_import brings nothing back that was erased", async () => {
  await using world = await createWorld();
  const import_id = await imported(world);
  await world.as(
    "admin",
    (own) => own`select governance.erase_record('customer', 'a', '{name}', 'asked for')`,
  );
  const [erased] = await world.sql`select name from shop.customers where id = 'a'`;
  const undone = await call(world, "steward", "undo_import", {
    p_import_id: import_id,
    p_skip_conflicts: true,
  });
  assertEquals([undone.undone, undone.conflicts.length], [1, 1]);
  const names = await world.sql`select id, name from shop.customers order by id`;
  assertEquals(names.map(({ name }) => name), [erased!["name"], "before"]);
});
