import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sql } from "postgres";
import {
  addOrders,
  claimed,
  createWorld,
  evaluate,
  queued,
  quiet,
  refused,
  saveBlock,
  saveRule,
  violation,
} from "../support/mod.ts";

/** Everything of ours that hangs on an entity. */
async function traces(sql: Sql, entity: string, table: string): Promise<string[]> {
  const rows = await sql`
    select 'trigger ' || tgname as trace from pg_trigger where tgrelid = to_regclass(${table}) and tgname like '\\_%'
    union all select 'function ' || proname from pg_proc where proname like ${entity + "\\_%"}
      and pronamespace = 'governance_private'::regnamespace
    union all select 'mentioned in ' || proname from pg_proc
      where pronamespace = 'governance_private'::regnamespace and prosrc like ${`%${table}%`}
    union all select 'entity' from governance.entities where entity_type = ${entity}
    union all select 'relation ' || entity_type || '.' || relation from governance.relations
      where entity_type = ${entity} or to_entity = ${entity}
    union all select 'compiled' from governance_private.compiled_entities where entity_type = ${entity}
    union all select 'queued' from governance_private.change_queue where entity_type = ${entity}
    order by 1`;
  return rows.map(({ trace }) => trace);
}

Deno.test("registering twice is harmless", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  const before = await traces(sql, "purchase", "shop.orders");
  await sql`select governance.register_entity('purchase', 'shop.orders', null, 'owner_user_id')`;
  assertEquals(await traces(sql, "purchase", "shop.orders"), before);
  assertEquals((await refused(addOrders(sql, { id: "1" }))).detail.code, "blocked");
  assertEquals((await sql`select count(*)::int from governance.runs where status = 'queued'`)[0]!.count, 1);
});

Deno.test("unregistering leaves nothing of ours, and the table works on", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await saveBlock(sql, {
    rule_key: "blocks",
    condition: { combinator: "and", rules: [{ field: "note", operator: "notNull" }] },
  });
  await quiet(sql);
  await addOrders(sql, { id: "1", note: "x" });
  await evaluate(world, () => ({ violations: [violation(id)] }));
  await addOrders(sql, { id: "2", note: "x" });
  await sql`select governance.unregister_entity('purchase')`;
  assertEquals(await traces(sql, "purchase", "shop.orders"), []);
  await addOrders(sql, { id: "3" });
  const [issue] =
    await sql`select status, resolution from governance.data_quality_issues where rule_key = 'order-has-amount'`;
  assertEquals({ ...issue }, { status: "fixed", resolution: "not_applicable" });
  const [audit] =
    await sql`select count(*)::int from governance.audit_events where entity_type = 'purchase' and record_key <> ''`;
  assertEquals(audit!.count, 2);
  await sql`select governance.unregister_entity('purchase')`;
});

Deno.test("unregistering an entity leaves what is another's whose name begins like its own", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql.unsafe(`create table shop.more (id text primary key, org_id text not null);
    select governance.register_entity('purchase_100', 'shop.more');
    select governance.unregister_entity('purchase');`).simple();
  await quiet(sql);
  await sql`insert into shop.more values ('1', 'acme')`;
  assertEquals(await queued(sql), ["1"]);
});

Deno.test("an entity that comes back has its rules again", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await sql`select governance.unregister_entity('purchase')`;
  await addOrders(sql, { id: "1" });
  await sql`select governance.register_entity('purchase', 'shop.orders')`;
  await refused(addOrders(sql, { id: "2" }));
});

Deno.test("unregistering an entity suspends the rules of its neighbours that read it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.reference_sets (set_key, kind, entity_type, column_name, description)
    values ('customer_names', 'column', 'customer', 'name', 'Names of customers.')`;
  const reads = (rule_key: string, rule: unknown) =>
    saveRule(sql, { rule_key, condition: { combinator: "and", rules: [rule] } });
  await reads("by-path", { field: "customer.name", operator: "notNull" });
  await reads("by-set", { field: "note", operator: "inReference", value: "customer_names" });
  await reads("alone", { field: "note", operator: "notNull" });
  await sql`select governance.unregister_entity('customer')`;
  const rules = await sql`select rule_key, suspended_reason is not null as suspended
    from governance.data_quality_rules where entity_type = 'purchase' order by 1`;
  assertEquals(rules.map(({ rule_key, suspended }) => [rule_key, suspended]), [["alone", false], [
    "by-path",
    true,
  ], ["by-set", true]]);
  await quiet(sql);
  await addOrders(sql, { id: "1", note: "x" });
  assertEquals((await claimed(world)).rules!.map(({ rule_key }) => rule_key), ["alone"]);
});

Deno.test("an error names what is wrong with a registration, and nothing is registered", async (t) => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`create table shop.keyless (org_id text)`;
  await sql`create view shop.seen as select * from shop.orders`;
  await sql`create table shop.extra (id text primary key, org_id text)`;
  const register = (entity: string, table: string, more: Record<string, unknown> = {}) => {
    const given = {
      label: null,
      owner: null,
      org: "org_id",
      fixed: null,
      ignored: ["updated_at"],
      failure: "open",
      ...more,
    };
    return sql`select governance.register_entity(${entity}, ${table}, ${given.label}, ${given.owner}, ${given.org}, ${given.fixed},
      ${given.ignored as string[]}, ${given.failure})`;
  };
  const faults: [string, Parameters<typeof register>, string][] = [
    ["a table that does not exist", ["extra", "shop.nothing"], '"shop.nothing" does not exist'],
    ["a name without schema", ["extra", "extra"], '"extra" does not exist'],
    ["a table without primary key", ["extra", "shop.keyless"], "no primary key"],
    ["a view", ["extra", "shop.seen"], "no primary key"],
    ["a bad entity name", ["Extra!", "shop.extra"], '"Extra!" cannot name an entity'],
    ["a name that is too long", ["e".repeat(41), "shop.extra"], "cannot name an entity"],
    ["an unknown label column", ["extra", "shop.extra", { label: "title" }], 'no column "title"'],
    ["an unknown owner column", ["extra", "shop.extra", { owner: "rep" }], 'no column "rep"'],
    ["an unknown organization column", ["extra", "shop.extra", { org: "tenant" }], 'no column "tenant"'],
    ["an unknown ignored column", ["extra", "shop.extra", { ignored: ["touched"] }], 'no column "touched"'],
    ["no organization at all", ["extra", "shop.extra", { org: null }], "organization"],
    ["an unknown organization", ["extra", "shop.extra", { org: null, fixed: "atlantis" }], '"atlantis"'],
    ["another way to fail", ["extra", "shop.extra", { failure: "maybe" }], '"maybe"'],
    ["a table that is governed already", ["extra", "shop.orders"], '"purchase"'],
    ["an entity that is another table", ["purchase", "shop.extra"], "shop.orders"],
  ];
  for (const [name, given, words] of faults) {
    await t.step(name, async () => {
      const { state, detail, message } = await refused(register(...given));
      assertEquals([state, detail.code], ["PT422", "invalid-value"], message);
      assertStringIncludes(message, words);
    });
  }
  assertEquals(await traces(sql, "extra", "shop.extra"), []);
});

Deno.test("relations come from foreign keys, in both directions", async () => {
  await using world = await createWorld();
  const rows = await world
    .sql`select entity_type, relation, kind, from_columns, to_entity, to_columns from governance.relations
    where 'customer' in (entity_type, to_entity) order by kind desc`;
  assertEquals(rows.map((row) => ({ ...row })), [
    {
      entity_type: "purchase",
      relation: "customer",
      kind: "to_one",
      from_columns: ["customer_id"],
      to_entity: "customer",
      to_columns: ["id"],
    },
    {
      entity_type: "customer",
      relation: "orders",
      kind: "to_many",
      from_columns: ["id"],
      to_entity: "purchase",
      to_columns: ["customer_id"],
    },
  ]);
});

Deno.test("only instance administrators register, unregister, pause and resume", async (t) => {
  await using world = await createWorld();
  for (const caller of ["anon", "viewer", "member", "steward", "admin", "outsider"] as const) {
    for (
      const call of [
        "governance.register_entity('extra', 'shop.orders')",
        "governance.unregister_entity('purchase')",
        "governance.pause('purchase', 'because')",
        "governance.resume('purchase')",
        "governance.register_organization('mine', 'Mine')",
      ]
    ) {
      await t.step(`${caller}: ${call}`, async () => {
        const { state } = await refused(world.as(caller, (own) => own.unsafe(`select ${call}`)));
        assertEquals(state, "42501");
      });
    }
  }
  await world.as(
    "service_role",
    (own) => own`select governance.pause('purchase', 'x'), governance.resume('purchase')`,
  );
});

Deno.test("while paused no hook runs; audit shows the gap and resuming sweeps", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await quiet(sql);
  await sql`select governance.pause('purchase', 'a big import')`;
  await sql`select governance.pause('purchase', 'twice')`;
  await addOrders(sql, { id: "1" });
  await saveBlock(sql, {
    rule_key: "made-meanwhile",
    condition: { combinator: "and", rules: [{ field: "note", operator: "notNull" }] },
  });
  await addOrders(sql, { id: "2" });
  assertEquals(await queued(sql), []);
  const [entity] =
    await sql`select paused_at is not null as paused, pause_reason from governance.entities where entity_type = 'purchase'`;
  assertEquals({ ...entity }, { paused: true, pause_reason: "a big import" });
  await quiet(sql);
  await sql`select governance.resume('purchase')`;
  await refused(addOrders(sql, { id: "3" }));
  const gaps = await sql`select after from governance.audit_events where operation = 'gap' order by id`;
  assertEquals(gaps.map(({ after }) => [after.stage, after.reason]), [["pause", "a big import"], [
    "resume",
    null,
  ]]);
  assertEquals((await claimed(world)).records.map(({ key }) => key).sort(), ["1", "2"]);
});
