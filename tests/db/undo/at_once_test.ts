import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  createWorld,
  people,
  refused,
  untilBlocked,
  type World,
} from "../support/mod.ts";
import { call, commitAll, sameNames, stageCells } from "../imports/support.ts";
import { everything, undo } from "./support.ts";

const deletable = `create policy deletable on shop.orders for delete to authenticated using (true);
  create policy deletable on shop.customers for delete to authenticated using (true)`;

/** An import of one new and one known customer. */
async function imported(world: World): Promise<string> {
  await addCustomers(world.sql, { id: "old", name: "before" });
  await world.sql.unsafe(`${deletable};
    create policy addable on shop.customers for insert to authenticated with check (true)`).simple();
  const columns = ["id", "name"];
  const cells = [["old", "x"], ["new", "x"]];
  const options = { mode: "upsert", mapping: sameNames(columns) };
  const { import_id } = await stageCells(world, "steward", columns, cells, options, "customer");
  await commitAll(world, "steward", import_id);
  return import_id;
}

Deno.test("two who undo the same at once do it once: the other finds nothing left", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql.unsafe(deletable).simple();
  await addOrders(sql, ...["1", "2", "3"].map((id) => ({ id, note: "before" })));
  const before = await everything(world);
  await world.as("member", async (own) => {
    await own`update shop.orders set note = 'after' where id = '1'`;
    await own`delete from shop.orders where id = '2'`;
    await own`insert into shop.orders (id, org_id) values ('4', 'acme')`;
  });
  const scope = { actor: people.member, from: "2020-01-01" };
  const callers = ["steward", "admin", "steward"] as const;
  const atOnce = async (scope: unknown) =>
    (await Promise.all(callers.map((caller) => undo(world, scope, caller)))).map(({ counts }) =>
      counts.records
    )
      .sort();
  assertEquals(await atOnce({ ...scope, record_key: "2" }), [0, 0, 1], "what is gone cannot be held");
  assertEquals(await atOnce(scope), [0, 0, 2]);
  assertEquals(await everything(world), before);
  const [written] = await sql`
    select count(*)::int as n from governance.audit_events where cause_kind = 'undo'`;
  assertEquals(written!["n"], 3);
});

Deno.test("an import that is undone in both ways at once is undone once", async () => {
  await using world = await createWorld();
  const import_id = await imported(world);
  await Promise.allSettled([
    call(world, "steward", "undo_import", { p_import_id: import_id }),
    undo(world, { import: import_id }, "admin"),
  ]);
  const [left] = await world.sql`select
    (select jsonb_object_agg(id, name) from shop.customers) as names, (select status from governance.imports) as status,
    (select count(*)::int from governance.audit_events where cause_kind in ('undo', 'import_undo')) as written`;
  assertEquals({ ...left }, { names: { old: "before" }, status: "undone", written: 2 });
});

Deno.test("undo_import sees what somebody writes at the same time, and takes nothing of others along", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const import_id = await imported(world);
  const take = () => call(world, "steward", "undo_import", { p_import_id: import_id });
  const reasons = async (work: Promise<unknown>) => {
    const { detail } = await refused(work);
    return (detail as { conflicts: { record_key: string; reason: string }[] }).conflicts
      .map(({ record_key, reason }) => [record_key, reason]);
  };
  const writer = world.database.connect();
  const written = Promise.withResolvers<void>();
  const writing = writer.begin(async (own) => {
    await own`update shop.customers set name = 'mine' where id = 'new'`;
    written.resolve();
    await untilBlocked(own);
  });
  await written.promise;
  const stale = reasons(take());
  await writing;
  assertEquals(await stale, [["new", "The record was changed since."]]);
  await sql`update shop.customers set name = 'x' where id = 'new'`;
  await sql`delete from governance.audit_events where record_key = 'new' and operation = 'update'`;
  await sql.unsafe(`
    create table shop.notes (id serial primary key, customer_id text references shop.customers on delete cascade);
    insert into shop.notes (customer_id) values ('new')`).simple();
  const referenced = "Records of others refer to it, and would be lost or changed with it.";
  assertEquals(await reasons(take()), [["new", referenced]]);
  assertEquals((await sql`select from shop.notes`).length, 1);
});
