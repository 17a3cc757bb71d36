import { assert, assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { addOrders, createWorld, people, queued, quiet, type World } from "../support/mod.ts";

async function audited(sql: Sql) {
  const rows =
    await sql`select * from governance.audit_events where operation <> 'gap' and entity_type <> 'organization' order by id`;
  return rows.map((row) => ({ ...row })) as Record<string, unknown>[];
}

async function forget({ sql }: World): Promise<void> {
  await quiet(sql);
  await sql`delete from governance.audit_events`;
}

Deno.test("an insert is captured with the whole record, an update with what changed, a delete with what was", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await forget(world);
  await addOrders(sql, { id: "1", amount: "12.50", note: "a" });
  await sql`update shop.orders set amount = 13, note = 'b'`;
  await sql`delete from shop.orders`;
  const [inserted, updated, deleted] = await audited(sql);
  assertEquals([inserted!.operation, inserted!.record_key, inserted!.org_id, inserted!.before], [
    "insert",
    "1",
    "acme",
    null,
  ]);
  assertEquals((inserted!.after as { amount: number }).amount, 12.5);
  assertEquals([updated!.before, updated!.after], [{ amount: 12.5, note: "a" }, { amount: 13, note: "b" }]);
  assertEquals([(deleted!.before as { note: string }).note, deleted!.after], ["b", null]);
  assertEquals(await queued(sql), ["1"]);
});

Deno.test("an event says who wrote, in which role and by which source", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await forget(world);
  await world.as("member", (own) => own`insert into shop.orders (id, org_id) values ('1', 'acme')`);
  await world.as("service_role", (own) => own`insert into shop.orders (id, org_id) values ('2', 'acme')`);
  await sql`insert into shop.orders (id, org_id) values ('3', 'acme')`;
  assertEquals((await audited(sql)).map(({ actor, db_role, source }) => [actor, db_role, source]), [
    [people.member, "authenticated", "person"],
    [null, "service_role", "sql"],
    [null, "postgres", "sql"],
  ]);
});

Deno.test("a source is believed when the caller is bound to it, and not when the session says so", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.source_systems (source_key, org_id, label, user_id, db_role) values
    ('sync:erp', 'acme', 'ERP', ${people.colleague}, null), ('import', null, 'Import', null, 'service_role')`;
  await forget(world);
  await world.as("colleague", (own) => own`insert into shop.orders (id, org_id) values ('1', 'acme')`);
  await world.as("service_role", (own) => own`insert into shop.orders (id, org_id) values ('2', 'acme')`);
  await world.as("member", async (own) => {
    await own`select set_config('governance.source', 'import', true), set_config('app.source', 'sync:erp', true),
      set_config('request.headers', '{"x-source": "sync:erp"}', true)`;
    await own`insert into shop.orders (id, org_id) values ('3', 'acme')`;
  });
  assertEquals((await audited(sql)).map(({ source }) => source), ["sync:erp", "import", "person"]);
});

Deno.test("the rows of one statement share a statement id, the statements of one transaction its id", async () => {
  await using world = await createWorld();
  await forget(world);
  await world.sql.begin(async (own) => {
    await own`insert into shop.orders (id, org_id) values ('1', 'acme'), ('2', 'acme')`;
    await own`update shop.orders set note = 'x' where id = '1'`;
  });
  const [first, second, third] = await audited(world.sql);
  assertEquals(first!.statement_id, second!.statement_id);
  assert(third!.statement_id !== first!.statement_id);
  assertEquals(third!.transaction_id, first!.transaction_id);
  assertEquals(first!.cause_kind, null);
});

Deno.test("an update of nothing but ignored fields, of nothing at all, or of no rows leaves no trace", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", note: "a" });
  await forget(world);
  await sql`update shop.orders set updated_at = now()`;
  await sql`update shop.orders set note = 'a'`;
  await sql`update shop.orders set note = 'b' where id = 'none'`;
  await sql`delete from shop.orders where id = 'none'`;
  await sql`insert into shop.orders select * from shop.orders where false`;
  assertEquals(await audited(sql), []);
  assertEquals(await queued(sql), []);
});

Deno.test("only the records that changed are captured, without their ignored fields", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", note: "a" }, { id: "2", note: "b" });
  await forget(world);
  await sql`update shop.orders set note = 'b', updated_at = now()`;
  assertEquals((await audited(sql)).map(({ record_key, after }) => [record_key, after]), [["1", {
    note: "b",
  }]]);
});

Deno.test("a changed key is a delete of the old record and an insert of the new one", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "old" });
  await forget(world);
  await sql`update shop.orders set id = 'new'`;
  const events = (await audited(sql)).map(({ operation, record_key }) => `${operation} ${record_key}`).sort();
  assertEquals(events, ["delete old", "insert new"]);
  assertEquals(await queued(sql), ["new", "old"]);
});

Deno.test("an upsert is captured as what it did", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", note: "a" });
  await forget(world);
  await sql`insert into shop.orders (id, org_id, note) values ('1', 'acme', 'b'), ('2', 'acme', 'c')
    on conflict (id) do update set note = excluded.note`;
  const events = (await audited(sql)).map(({ operation, record_key }) => `${operation} ${record_key}`).sort();
  assertEquals(events, ["insert 2", "update 1"]);
});

Deno.test("a write that is rolled back leaves neither event nor queue row", async () => {
  await using world = await createWorld();
  await forget(world);
  await world.sql.begin(async (own) => {
    await own`insert into shop.orders (id, org_id) values ('1', 'acme')`;
    throw new Error("on second thoughts");
  }).catch(() => {});
  assertEquals(await audited(world.sql), []);
  assertEquals(await queued(world.sql), []);
});

Deno.test("partitions are made for the months ahead, once, and the default takes what has none", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const months = async () =>
    (await sql`select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'governance.audit_events'::regclass order by 1`).map(({ name }) => name);
  const made = await months();
  assertEquals(made.length, 5, "this month, three ahead, and the default");
  assertEquals((await sql`select governance_private.make_audit_partitions() as made`)[0]!.made, 0);
  assertEquals((await sql`select governance_private.make_audit_partitions(5) as made`)[0]!.made, 2);
  await forget(world);
  for (const name of await months()) if (!name.endsWith("default")) await sql.unsafe(`drop table ${name}`);
  await addOrders(sql, { id: "1" });
  const [event] =
    await sql`select tableoid::regclass::text as name from governance.audit_events where record_key = '1'`;
  assertEquals(event!.name, "governance.audit_events_default");
  await sql`select governance_private.make_audit_partitions()`;
  await addOrders(sql, { id: "2" });
});
