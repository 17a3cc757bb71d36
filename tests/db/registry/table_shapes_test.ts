import { assertEquals } from "@std/assert";
import {
  addOrders,
  and,
  apply,
  claimed,
  createWorld,
  evaluate,
  is,
  issues,
  quiet,
  refused,
  saveBlock,
  saveRule,
  settle,
  verdict,
  violation,
} from "../support/mod.ts";

/** Tables as other people make them: the statement, the columns that name its organization, a record and its key. */
const shapes: Record<string, { create: string; register: string; insert: string; key: string; org: string }> =
  {
    "a composite key": {
      create: "create table shop.shape (a int, b text, org_id text not null, note text, primary key (b, a))",
      register: "select governance.register_entity('shape', 'shop.shape')",
      insert: "insert into shop.shape (a, b, org_id) values (7, 'x \"y\"', 'acme')",
      key: '["x \\"y\\"", "7"]',
      org: "acme",
    },
    "a text key": {
      create: "create table shop.shape (code varchar(20) primary key, org_id text not null, note text)",
      register: "select governance.register_entity('shape', 'shop.shape')",
      insert: "insert into shop.shape (code, org_id) values ('Zürich/1', 'acme')",
      key: "Zürich/1",
      org: "acme",
    },
    "an identity key": {
      create:
        "create table shop.shape (id bigint generated always as identity primary key, org_id text not null, note text)",
      register: "select governance.register_entity('shape', 'shop.shape')",
      insert: "insert into shop.shape (org_id) values ('acme')",
      key: "1",
      org: "acme",
    },
    "a date key": {
      create: "create table shop.shape (day date primary key, org_id text not null, note text)",
      register: "select governance.register_entity('shape', 'shop.shape')",
      insert: "insert into shop.shape (day, org_id) values ('2026-11-23', 'acme')",
      key: "2026-11-23",
      org: "acme",
    },
    "no organization column": {
      create: "create table shop.shape (id uuid primary key, note text)",
      register: "select governance.register_entity('shape', 'shop.shape', p_org_id => 'globex')",
      insert: "insert into shop.shape (id) values ('00000000-0000-4000-8000-000000000001')",
      key: "00000000-0000-4000-8000-000000000001",
      org: "globex",
    },
    "quoted and reserved names": {
      create:
        `create table shop."User ""s""" ("primary" text primary key, "Order Org" uuid not null, note text)`,
      register: `select governance.register_organization('00000000-0000-4000-8000-00000000000a', 'A');
      select governance.register_entity('shape', 'shop."User ""s"""', p_org_column => 'Order Org')`,
      insert:
        `insert into shop."User ""s""" ("primary", "Order Org") values ('1', '00000000-0000-4000-8000-00000000000a')`,
      key: "1",
      org: "00000000-0000-4000-8000-00000000000a",
    },
    "partitions": {
      create:
        `create table shop.shape (id int primary key, org_id text not null, note text) partition by range (id);
      create table shop.shape_low partition of shop.shape for values from (0) to (100)`,
      register: "select governance.register_entity('shape', 'shop.shape')",
      insert: "insert into shop.shape (id, org_id) values (5, 'acme')",
      key: "5",
      org: "acme",
    },
  };

for (const [name, { create, register, insert, key, org }] of Object.entries(shapes)) {
  Deno.test(`a table with ${name} is guarded, captured, evaluated, fixed and swept`, async () => {
    await using world = await createWorld();
    const { sql } = world;
    await sql.unsafe(create).simple();
    await sql.unsafe(register).simple();
    const id = await saveRule(sql, {
      rule_key: "shape-note",
      entity_type: "shape",
      condition: and(is("note", "notNull")),
      message: "No note.",
    });
    await settle(world);
    await sql.unsafe(insert);
    const batch = await claimed(world);
    assertEquals(batch.records.map((record) => [record.key, record.org_id, record.exists, record.fields]), [[
      key,
      org,
      true,
      { note: null },
    ]]);
    await apply(
      world,
      batch,
      batch.records.map((record) =>
        verdict(record, {
          violations: [violation(id)],
          fixes: [{
            rule_id: id,
            patch: [{ op: "test", path: "/note", value: null }, { op: "replace", path: "/note", value: "x" }],
          }],
        })
      ),
    );
    const [issue] = await issues(sql);
    assertEquals([issue!.record_key, issue!.org_id], [key, org]);
    const [fix] = await sql`select record_key from governance.fixes`;
    assertEquals(fix!.record_key, key);
    await settle(world);
    await sql`select governance_private.queue_sweep('shape', 'test', true)`;
    assertEquals((await claimed(world)).records.map((record) => [record.key, record.fields]), [[key, {
      note: "x",
    }]]);
    await saveBlock(sql, {
      rule_key: "shape-block",
      entity_type: "shape",
      condition: and(is("note", "=", "x")),
      message: "No.",
    });
    const refusal = await refused(
      sql.unsafe(
        `${create.includes("User") ? 'update shop."User ""s"""' : "update shop.shape"} set note = 'y'`,
      ),
    );
    assertEquals(refusal.detail.violations[0].record_key, key);
  });
}

Deno.test("a renamed table stays governed, a dropped one lets go of everything and stops nobody", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await sql`alter table shop.orders rename to sales`;
  await sql`insert into shop.sales (id, org_id, amount) values ('1', 'acme', 1)`;
  assertEquals((await claimed(world)).records.map(({ key }) => key), ["1"]);
  const [entity] = await sql`select table_name from governance.entities where entity_type = 'purchase'`;
  assertEquals(entity!.table_name, "sales");
  await sql`update shop.sales set note = 'waiting'`;
  await sql`drop table shop.sales`;
  await sql`insert into shop.customers (id, org_id) values ('1', 'acme')`;
  await world.as("viewer", (own) => own`select * from governance.data_quality_issues`);
  await settle(world);
  const left =
    await sql`select entity_type from governance.entities where entity_type in ('purchase', 'customer')`;
  assertEquals(left.map(({ entity_type }) => entity_type), ["customer"]);
  const [issue] = await issues(sql);
  assertEquals([issue!.rule_key, issue!.entity_type, issue!.status], [
    "system-entity-gone",
    "purchase",
    "open",
  ]);
});

Deno.test("issues of other entities stay readable when a governed table was dropped", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  await evaluate(world, () => ({ violations: [violation(id)] }));
  await sql`drop table shop.orders`;
  assertEquals(
    (await world.as("viewer", (own) => own`select * from governance.data_quality_issues`)).length,
    0,
  );
  assertEquals(
    (await world.as("steward", (own) => own`select * from governance.data_quality_issues`)).length,
    1,
  );
});

Deno.test("an entity whose key or organization column is gone is set aside with an issue, and the others go on", async () => {
  for (const column of ["org_id", "id"]) {
    await using world = await createWorld();
    const { sql } = world;
    await saveBlock(sql);
    await quiet(sql);
    await sql.unsafe(`alter table shop.orders rename column ${column} to renamed`);
    const names = column === "id" ? "renamed, org_id" : "id, renamed";
    await sql.unsafe(`insert into shop.orders (${names}, amount) values ('acme', 'acme', 1)`);
    await sql`insert into shop.customers (id, org_id) values ('c', 'acme')`;
    assertEquals((await claimed(world)).entity_type, "customer", column);
    const [issue] =
      await sql`select severity, status from governance.data_quality_issues where rule_key = 'system-entity-broken'`;
    assertEquals({ ...issue }, { severity: "critical", status: "open" });
    await refused(sql`select governance.resume('purchase')`);
    await sql.unsafe(`alter table shop.orders rename column renamed to ${column}`);
    await sql`select governance.resume('purchase')`;
    assertEquals((await claimed(world)).records.map(({ key }) => key), ["acme"]);
    assertEquals(
      (await sql`select status from governance.data_quality_issues where rule_key = 'system-entity-broken'`)[
        0
      ]!.status,
      "fixed",
    );
  }
});
