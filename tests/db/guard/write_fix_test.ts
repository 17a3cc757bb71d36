import { assertEquals, assertMatch } from "@std/assert";
import type { Sql } from "postgres";
import { addCustomers, and, createWorld, is, people, refused, saveRule } from "../support/mod.ts";

const email = [{ step: "normalize", field: "email", using: "email" }];

function saveWriteFix(sql: Sql, rule: Record<string, unknown> = {}): Promise<string> {
  return saveRule(sql, {
    rule_key: "email-is-normalised",
    entity_type: "customer",
    enforcement: "fix",
    timing: "write",
    condition: null,
    message: "The e-mail address is normalised.",
    fix: email,
    ...rule,
  });
}

async function fixes(sql: Sql) {
  const rows =
    await sql`select rule_key, record_key, patch, cause from governance.fixes order by applied_at, id`;
  return rows.map((row) => ({ ...row }));
}

const patch = (field: string, from: unknown, to: unknown) => [
  { op: "test", path: `/${field}`, value: from },
  { op: "replace", path: `/${field}`, value: to },
];

Deno.test("a write fix corrects the row before it is stored, and is recorded like any other", async () => {
  await using world = await createWorld();
  await saveWriteFix(world.sql);
  const [stored] = await world.sql`
    insert into shop.customers (id, org_id, email) values ('c1', 'acme', ' ANN@Example.com ') returning email`;
  assertEquals(stored!["email"], "ann@example.com");
  assertEquals(await fixes(world.sql), [{
    rule_key: "email-is-normalised",
    record_key: "c1",
    patch: patch("email", " ANN@Example.com ", "ann@example.com"),
    cause: "auto",
  }]);
  const events = await world
    .sql`select after ->> 'email' as email from governance.audit_events where record_key = 'c1'`;
  assertEquals(events.map(({ email }) => email), ["ann@example.com"], "one event, with what was stored");
});

Deno.test("block judges what the write fixes left", async () => {
  await using world = await createWorld();
  await saveWriteFix(world.sql, {
    rule_key: "state-is-a-code",
    fix: [{ step: "map", field: "state", using: "us_state_code" }],
  });
  await saveRule(world.sql, {
    rule_key: "state-is-short",
    entity_type: "customer",
    enforcement: "block",
    condition: and(is("state", "matches", "^[A-Z]{2}$")),
    message: "{state} is no code.",
  });
  await addCustomers(world.sql, { id: "c1", state: "calif." });
  const refusal = await refused(addCustomers(world.sql, { id: "c2", state: "Atlantis" }));
  assertMatch(refusal.message, /Atlantis is no code/);
  assertEquals((await fixes(world.sql)).map(({ record_key }) => record_key), ["c1"]);
});

Deno.test("what somebody takes back is not done again to the same value, and to another one it is", async () => {
  await using world = await createWorld();
  await saveWriteFix(world.sql);
  await addCustomers(world.sql, { id: "c1", email: "ANN@x.org" });
  await world.as("steward", async (sql) => {
    const [fix] = await sql`select id from governance.fixes`;
    await sql`select governance.undo_fix(${fix!.id})`;
  });
  const current = async () => (await world.sql`select email from shop.customers`)[0]!["email"];
  assertEquals(await current(), "ANN@x.org");
  await world.sql`update shop.customers set name = 'Ann'`;
  assertEquals(await current(), "ANN@x.org");
  await world.sql`update shop.customers set email = 'BOB@x.org'`;
  assertEquals(await current(), "bob@x.org");
});

Deno.test("an upsert records the corrections of rows that were stored and forgets those that were not", async () => {
  await using world = await createWorld();
  await saveWriteFix(world.sql);
  await addCustomers(world.sql, { id: "c1", email: "a@x.org" });
  await world.sql`
    insert into shop.customers (id, org_id, email) values ('c1', 'acme', 'B@x.org'), ('c2', 'acme', 'C@x.org')
    on conflict (id) do update set email = excluded.email`;
  await world.sql`
    insert into shop.customers (id, org_id, email) values ('c1', 'acme', 'D@x.org') on conflict do nothing`;
  const rows = await world.sql`select id, email from shop.customers order by id`;
  assertEquals(rows.map(({ id, email }) => [id, email]), [["c1", "b@x.org"], ["c2", "c@x.org"]]);
  assertEquals(
    (await fixes(world.sql)).map(({ record_key, patch }) => [record_key, patch[0].value]).toSorted(),
    [
      ["c1", "B@x.org"],
      ["c2", "C@x.org"],
    ],
  );
});

Deno.test("conditions, paths, copies and the organization's own row hold for write fixes too", async () => {
  await using world = await createWorld();
  const rule = {
    rule_key: "note-names-customer",
    entity_type: "purchase",
    applies_when: and(is("customer.state", "=", "gold")),
    condition: and(is("note", "isFilled")),
    fix: [{ step: "copy", field: "note", from: "customer.name" }, {
      step: "set",
      field: "status",
      value: "checked",
    }],
  };
  await saveWriteFix(world.sql, rule);
  await saveWriteFix(world.sql, {
    ...rule,
    org_id: "globex",
    fix: [{ step: "set", field: "note", value: "globex" }],
  });
  await addCustomers(
    world.sql,
    { id: "gold", name: "Ann", state: "gold" },
    { id: "tin", name: "Bob", state: "tin" },
    { id: "far", org_id: "globex", name: "Far", state: "gold" },
  );
  await world.sql`insert into shop.orders (id, org_id, customer_id, note) values
    ('o1', 'acme', 'gold', null), ('o2', 'acme', 'gold', 'kept'), ('o3', 'acme', 'tin', null), ('o4', 'acme', null, null),
    ('o5', 'acme', 'far', null), ('o6', 'globex', 'far', null)`;
  const rows = await world.sql`select id, note, status from shop.orders order by id`;
  assertEquals(rows.map(({ id, note, status }) => [id, note, status]), [
    ["o1", "Ann", "checked"],
    ["o2", "kept", null],
    ["o3", null, null],
    ["o4", null, null],
    ["o5", null, null],
    ["o6", "globex", null],
  ]);
});

Deno.test("a step without SQL form and a generated column are refused for the write, each by name", async () => {
  await using world = await createWorld();
  await world.sql`alter table shop.customers add column label text generated always as (upper(name)) stored`;
  const refusal = await refused(saveWriteFix(world.sql, {
    condition: and(is("label", "isFilled")),
    fix: [...email, { step: "normalize", field: "name", using: "title_case_name" }],
  }));
  assertEquals(refusal.state, "PT422");
  assertEquals(refusal.detail.faults.map(({ at }: { at: string }) => at), ["/fix/1", "/timing"]);
});

Deno.test("a rule that ends, a pause and unregistering take the hooks of the write with them", async () => {
  await using world = await createWorld();
  const id = await saveWriteFix(world.sql);
  const hooks = async () =>
    (await world.sql`select count(*)::int as n from pg_trigger
      where tgrelid = 'shop.customers'::regclass and tgname ~ '^_(100|450)' and tgenabled <> 'D'`)[0]!["n"];
  assertEquals(await hooks(), 4);
  await world.sql`select governance.pause('customer', 'repair')`;
  assertEquals(await hooks(), 0);
  await world.sql`select governance.resume('customer')`;
  assertEquals(await hooks(), 4);
  await world.sql`update governance.data_quality_rules set status = 'shadow' where id = ${id}`;
  await world.sql`select governance_private.drop_resting_hooks()`;
  assertEquals(await hooks(), 0);
  await world.sql`update governance.data_quality_rules set status = 'active' where id = ${id}`;
  await world.sql`select governance.unregister_entity('customer')`;
  const [left] = await world
    .sql`select count(*)::int as n from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'governance_private' and p.proname ~ '^customer_'`;
  assertEquals([await hooks(), left!["n"]], [0, 0]);
});

Deno.test("a write fix that breaks lets the write pass as it came, raises an issue and queues a sweep", async () => {
  await using world = await createWorld();
  await saveWriteFix(world.sql);
  await world.sql.unsafe(
    `create or replace function governance_private.normalize_email(p_value text, p_country text default null) returns text
    language plpgsql immutable set search_path = '' as $$ begin raise exception 'broken'; end $$`,
  ).simple();
  await addCustomers(world.sql, { id: "c1", email: "ANN@x.org", owner_user_id: people.member });
  const [row] = await world.sql`select email from shop.customers`;
  assertEquals(row!["email"], "ANN@x.org");
  await world.sql`select governance_private.drain()`;
  const issues = await world.sql`select rule_key from governance.data_quality_issues where status = 'open'`;
  assertEquals(issues.map(({ rule_key }) => rule_key), ["system-governance-failed"]);
});

Deno.test("a write that cannot record its corrections for a lock fails as any write does, and is no failure of ours", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveWriteFix(sql);
  const other = world.database.connect();
  await sql.begin(async (own) => {
    await own`lock table governance.fixes in exclusive mode`;
    const { state } = await refused(other.begin(async (second) => {
      await second`set local lock_timeout = '100ms'`;
      await second`insert into shop.customers (id, org_id, email) values ('c1', 'acme', ' A@B.com ')`;
    }));
    assertEquals(state, "55P03");
  });
  assertEquals((await sql`select from shop.customers`).length, 0);
});
