import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Sql } from "postgres";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  openIssues,
  quiet,
  refused,
  saveBlock,
  saveRule,
} from "../support/mod.ts";

/** The product's own issues, open or not. */
async function systemIssues(sql: Sql) {
  const rows = await sql`
    select rule_key, entity_type, discriminator as column, status, message from governance.data_quality_issues
    where rule_key like 'system-%' order by rule_key, discriminator`;
  return rows.map((row) => ({ ...row })) as {
    rule_key: string;
    entity_type: string;
    column: string;
    status: string;
    message: string;
  }[];
}

async function suspended(sql: Sql): Promise<string[]> {
  const rows =
    await sql`select rule_key from governance.data_quality_rules where suspended_reason is not null order by 1`;
  return rows.map(({ rule_key }) => rule_key);
}

const drain = (sql: Sql) => sql`select governance_private.drain()`;

/** Rules that read the customer's state: of the customer itself, and through a relation of the order. */
async function saveReaders(sql: Sql) {
  await saveBlock(sql, {
    rule_key: "state-block",
    entity_type: "customer",
    condition: and(is("state", "!=", "XX")),
    message: "No such state.",
  });
  await saveRule(sql, {
    rule_key: "state-known",
    entity_type: "customer",
    condition: and(is("state", "notNull")),
    message: "No state.",
  });
  await saveRule(sql, {
    rule_key: "state-upper",
    entity_type: "customer",
    enforcement: "fix",
    timing: "write",
    condition: null,
    message: "States are in upper case.",
    fix: [{ step: "normalize", field: "state", using: "upper" }],
  });
  await saveRule(sql, {
    rule_key: "order-state",
    condition: and(is("customer.state", "notNull")),
    message: "Where to?",
  });
  await saveRule(sql, {
    rule_key: "customer-name",
    entity_type: "customer",
    condition: and(is("name", "notNull")),
    message: "No name.",
  });
  await quiet(sql);
}

const readers = ["order-state", "state-block", "state-known", "state-upper"];

for (
  const [how, breakIt, repair] of [
    [
      "renamed",
      "alter table shop.customers rename column state to county",
      "alter table shop.customers rename column county to state",
    ],
    [
      "dropped",
      "alter table shop.customers drop column state",
      "alter table shop.customers add column state text",
    ],
    [
      "retyped",
      "alter table shop.customers drop constraint customers_state_check, alter column state type jsonb using to_jsonb(state)",
      "alter table shop.customers alter column state type text using state #>> '{}'",
    ],
  ] as const
) {
  Deno.test(`a column that is ${how} breaks no write, suspends the rules that read it and is one issue, until it is put right`, async () => {
    await using world = await createWorld();
    const { sql } = world;
    await saveReaders(sql);
    await addCustomers(sql, { id: "1", name: "Ann", state: "ca" });
    await addOrders(sql, { id: "1", customer_id: "1" });
    await evaluateAll(world);
    await sql.unsafe(breakIt).simple();
    // In the write, before anybody has noticed.
    await sql`insert into shop.customers (id, org_id) values ('2', 'acme')`;
    await sql`update shop.customers set email = 'x@example.com' where id = '1'`;
    const inWrite = await systemIssues(sql);
    assert(inWrite.length <= 1, JSON.stringify(inWrite));
    await drain(sql);
    const retyped = how === "retyped";
    // That it is there at all can be asked of any type.
    assertEquals(await suspended(sql), retyped ? ["state-block", "state-upper"] : readers);
    const [issue, ...more] = await systemIssues(sql);
    assertEquals(more, []);
    assertEquals([issue!.rule_key, issue!.entity_type, issue!.column, issue!.status], [
      "system-column-lost",
      "customer",
      "state",
      "open",
    ]);
    for (const key of await suspended(sql)) assertStringIncludes(issue!.message, key);
    if (how !== "retyped") assertMatch(issue!.message, /is gone/);
    // Everything else goes on.
    await sql`insert into shop.customers (id, org_id) values ('3', 'acme')`;
    await evaluateAll(world);
    assert((await openIssues(world)).includes("customer-name:3"));
    assertEquals((await systemIssues(sql)).length, 1);
    await sql.unsafe(repair).simple();
    await drain(sql);
    assertEquals(await suspended(sql), []);
    assertEquals((await systemIssues(sql)).map(({ status }) => status), ["fixed"]);
    await evaluateAll(world);
    assert((await openIssues(world)).includes("state-known:3"), "what was written meanwhile is judged");
    const refusal = await sql`update shop.customers set state = 'XX' where id = '1'`.then(
      () => null,
      (error) => error.message,
    );
    assertEquals(refusal, "Not saved: No such state.");
  });
}

Deno.test("a column that is hidden suspends the rules that read it, until it may be read again", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const { admin } = world.database;
  await saveReaders(sql);
  await addCustomers(sql, { id: "1", name: "Ann", state: "CA" });
  await evaluateAll(world);
  await admin`revoke pg_read_all_data from postgres`; // which a Supabase project's has, and other databases' do not
  try {
    await sql.unsafe(`revoke select on shop.customers from postgres, authenticated, service_role;
      grant select (id, org_id, name, email, is_active, is_hidden, owner_user_id, updated_at) on shop.customers to postgres`)
      .simple();
    await drain(sql);
    assertEquals(await suspended(sql), readers);
    assertEquals((await systemIssues(sql)).map(({ rule_key, column }) => [rule_key, column]), [[
      "system-column-lost",
      "state",
    ]]);
    await sql`insert into shop.customers (id, org_id, state) values ('2', 'acme', 'secret')`;
    await sql`update shop.customers set state = 'other' where id = '2'`;
    await sql`delete from shop.customers where id = '2'`;
    await evaluateAll(world);
    const [audit] =
      await sql`select count(*)::int as events, count(*) filter (where before ? 'state' or after ? 'state')::int as leaks
      from governance.audit_events where record_key = '2'`;
    assertEquals({ ...audit }, { events: 2, leaks: 0 });
    const { message } = await refused(saveRule(sql, {
      rule_key: "another",
      entity_type: "customer",
      condition: and(is("state", "notNull")),
    }));
    assertStringIncludes(message, "may not be read");
    await sql`grant select on shop.customers to postgres`;
    await drain(sql);
    assertEquals(await suspended(sql), []);
    assertEquals((await systemIssues(sql)).map(({ status }) => status), ["fixed"]);
  } finally {
    await admin`grant pg_read_all_data to postgres`;
  }
});

Deno.test("a failing row trigger says so once a transaction, not once a row", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveReaders(sql);
  await sql`alter table shop.customers drop column state`;
  await sql`insert into shop.customers (id, org_id) select n::text, 'acme' from generate_series(1, 2000) n`;
  const gaps =
    await sql`select after ->> 'stage' as stage from governance.audit_events where operation = 'gap' order by id`;
  assertEquals(gaps.map(({ stage }) => stage), ["normalise", "block"]);
  await drain(sql);
  const [issue] =
    await sql`select rule_key, occurrence_count from governance.data_quality_issues where rule_key like 'system-%'`;
  assertEquals({ ...issue }, { rule_key: "system-column-lost", occurrence_count: 1 });
});

Deno.test("a lost label or owner column is one issue, and records go on without", async (t) => {
  for (
    const [column, other] of [["name", "title"], ["owner_user_id", "rep"]]
  ) {
    await t.step(column!, async () => {
      await using world = await createWorld();
      const { sql } = world;
      await saveRule(sql, {
        rule_key: "active",
        entity_type: "customer",
        condition: and(is("is_active", "notNull")),
      });
      await quiet(sql);
      await sql.unsafe(`alter table shop.customers rename column ${column} to ${other}`);
      await sql`insert into shop.customers (id, org_id) values ('1', 'acme')`;
      await drain(sql);
      await evaluateAll(world);
      assertEquals(await openIssues(world), ["active:1", "system-column-lost:"]);
      await sql.unsafe(`alter table shop.customers rename column ${other} to ${column}`);
      await drain(sql);
      assertEquals(await openIssues(world), ["active:1"]);
    });
  }
});

Deno.test("a lost key or organization column sets the entity aside with one issue; put right, it resumes by itself", async (t) => {
  for (const column of ["id", "org_id"]) {
    await t.step(column, async () => {
      await using world = await createWorld();
      const { sql } = world;
      await saveReaders(sql);
      await saveBlock(sql);
      await sql.unsafe(`alter table shop.customers rename column ${column} to renamed`);
      const columns = column === "id" ? "renamed, org_id" : "id, renamed";
      await sql.unsafe(`insert into shop.customers (${columns}) values ('acme', 'acme')`);
      assert((await systemIssues(sql)).length <= 1);
      await drain(sql);
      await sql.unsafe(`insert into shop.customers (${columns}) values ('globex', 'acme')`);
      const [issue, ...more] = await systemIssues(sql);
      assertEquals(more, []);
      assertEquals([issue!.rule_key, issue!.entity_type, issue!.status], [
        "system-entity-broken",
        "customer",
        "open",
      ]);
      assertStringIncludes(issue!.message, `"${column}"`);
      // The neighbours go on; their rules that read it wait.
      await addOrders(sql, { id: "1", amount: "1", customer_id: "acme" });
      await evaluateAll(world);
      assertEquals(await suspended(sql), column === "id" ? ["order-state"] : ["order-state"]);
      await sql`update governance.data_quality_rules set message = 'Another name.' where rule_key = 'customer-name'`;
      await sql.unsafe(`alter table shop.customers rename column renamed to ${column}`);
      await drain(sql);
      const [entity] =
        await sql`select paused_at, is_set_aside from governance.entities where entity_type = 'customer'`;
      assertEquals({ ...entity }, { paused_at: null, is_set_aside: false });
      assertEquals((await systemIssues(sql)).map(({ status }) => status), ["fixed"]);
      assertEquals(await suspended(sql), []);
      await evaluateAll(world);
      const open = await openIssues(world);
      assert(open.includes("customer-name:acme") && open.includes("order-state:1"), open.join());
    });
  }
});

Deno.test("somebody who paused an entity is not overruled when its column comes back", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`select governance.pause('customer', 'a migration')`;
  await sql`alter table shop.customers rename column id to renamed`;
  await drain(sql);
  await sql`alter table shop.customers rename column renamed to id`;
  await drain(sql);
  const [entity] = await sql`select pause_reason from governance.entities where entity_type = 'customer'`;
  assertEquals(entity!.pause_reason, "a migration");
  assertEquals((await systemIssues(sql)).map(({ status }) => status), ["fixed"]);
});

Deno.test("a table that takes another's name takes its place: the hooks move, and all records are swept", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await evaluateAll(world);
  await sql.unsafe(`create table shop.orders_new (like shop.orders including all);
    insert into shop.orders_new (id, org_id) values ('7', 'acme');
    alter table shop.orders rename to orders_old;
    alter table shop.orders_new rename to orders;`).simple();
  await drain(sql);
  const tables =
    await sql`select distinct t.tgrelid::regclass::text as table from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    where p.pronamespace = 'governance_private'::regnamespace and t.tgrelid::regclass::text like 'shop.orders%'`;
  assertEquals(tables.map(({ table }) => table), ["shop.orders"]);
  assertEquals(await evaluateAll(world), ["purchase:7"]);
});

Deno.test("only what changed is compiled, with those whose rules read it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveReaders(sql);
  const compiled = async () => {
    const rows =
      await sql`select entity_type from governance_private.compiled_entities where compiled_at > ${since}::timestamptz order by 1`;
    return rows.map(({ entity_type }) => entity_type);
  };
  let [{ since }] = await sql`select clock_timestamp()::text as since` as unknown as [{ since: string }];
  await sql`alter table shop.customers add column fax text`;
  await drain(sql);
  assertEquals(await compiled(), ["customer", "purchase"]);
  [{ since }] = await sql`select clock_timestamp()::text as since` as unknown as [{ since: string }];
  await sql`alter table shop.orders add column fax text`;
  await drain(sql);
  assertEquals(await compiled(), ["purchase"]);
  [{ since }] = await sql`select clock_timestamp()::text as since` as unknown as [{ since: string }];
  await drain(sql);
  assertEquals(await compiled(), []);
});
