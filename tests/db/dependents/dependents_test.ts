import { assert, assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  openIssues,
  queued,
  saveRule,
  type World,
} from "../support/mod.ts";

/** Customers belong to regions, so that a path has two hops. */
async function addRegions({ sql }: World): Promise<void> {
  await sql.unsafe(`
    create table shop.regions (id text primary key, org_id text not null, is_open boolean not null default true);
    grant select, insert, update, delete on shop.regions to authenticated, service_role;
    alter table shop.customers add column region_id text references shop.regions;
  `).simple();
  await sql`select governance.register_entity('region', 'shop.regions')`;
}

async function triggers({ sql }: World, table: string): Promise<string[]> {
  const rows =
    await sql`select tgname from pg_trigger where tgrelid = ${table}::regclass and tgname like '%dependents%' order by 1`;
  return rows.map(({ tgname }) => tgname);
}

const customerIsOpen = {
  rule_key: "customer-is-open",
  condition: and(is("customer.state", "!=", "closed")),
  message: "The customer is {customer.state}.",
};

Deno.test("a change at the end of a to-one path opens and closes the issue of the record that reads it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "open" }, { id: "other", state: "open" });
  await addOrders(sql, { id: "1", customer_id: "c" }, { id: "2", customer_id: "other" });
  await saveRule(sql, customerIsOpen);
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`update shop.customers set state = 'closed' where id = 'c'`;
  const rows =
    await sql`select entity_type, record_key, reason from governance_private.change_queue order by id`;
  assertEquals(rows.map((row) => Object.values(row)), [["customer", "c", "write"], [
    "purchase",
    "1",
    "dependent",
  ]]);
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-is-open:1"]);
  await sql`update shop.customers set state = 'open' where id = 'c'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});

Deno.test("a path of two hops is followed from its end, and from the record in the middle that turns elsewhere", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addRegions(world);
  await sql`insert into shop.regions values ('north', 'acme', true), ('south', 'acme', false)`;
  await addCustomers(sql, { id: "c" });
  await sql`update shop.customers set region_id = 'north'`;
  await addOrders(sql, { id: "1", customer_id: "c" });
  await saveRule(sql, {
    rule_key: "region-is-open",
    condition: and(is("customer.region.is_open", "=", true)),
    message: "Closed.",
  });
  await evaluateAll(world);
  await sql`update shop.regions set is_open = false where id = 'north'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["region-is-open:1"]);
  await sql`update shop.regions set is_open = true where id = 'north'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`update shop.customers set region_id = 'south' where id = 'c'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["region-is-open:1"]);
});

Deno.test("a record that is read and then deleted, or comes late, has its readers judged again", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`alter table shop.orders drop constraint orders_customer_id_fkey,
    add constraint orders_customer_id_fkey foreign key (customer_id) references shop.customers on delete set null
      deferrable initially deferred`;
  await saveRule(sql, {
    rule_key: "customer-has-mail",
    condition: and(is("customer.email", "isFilled")),
    message: "None.",
  });
  await evaluateAll(world);
  await sql.begin(async (own) => {
    await own`insert into shop.orders (id, org_id, customer_id) values ('1', 'acme', 'late')`;
    await own`delete from governance_private.change_queue`;
    await own`insert into shop.customers (id, org_id, email) values ('late', 'acme', 'a@b.example')`;
  });
  assertEquals(await queued(sql), ["1", "late"]);
  await evaluateAll(world);
  await sql`delete from shop.customers where id = 'late'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-has-mail:1"]);
});

Deno.test("a change of a column that no rule reads queues nobody else", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "open" });
  await addOrders(sql, { id: "1", customer_id: "c" });
  await saveRule(sql, customerIsOpen);
  await evaluateAll(world);
  await sql`update shop.customers set name = 'New'`;
  assertEquals(await queued(sql), ["c"]);
});

Deno.test("an entity that no rule reads carries no trigger for it, and loses it with the last rule", async () => {
  await using world = await createWorld();
  const { sql } = world;
  assertEquals(await triggers(world, "shop.customers"), []);
  const id = await saveRule(sql, customerIsOpen);
  assertEquals((await triggers(world, "shop.customers")).length, 3);
  assertEquals(await triggers(world, "shop.orders"), []);
  await sql`update governance.data_quality_rules set status = 'deprecated' where id = ${id}`;
  await sql`select governance_private.drop_resting_hooks()`;
  assertEquals(await triggers(world, "shop.customers"), []);
  await sql`update governance.data_quality_rules set status = 'active' where id = ${id}`;
  await sql`select governance.unregister_entity('purchase')`;
  await sql`select governance_private.drop_resting_hooks()`;
  assertEquals(await triggers(world, "shop.customers"), []);
});

Deno.test("a statement queues its dependents up to the limit and has the rest swept", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`update governance_private.queue_settings set dependents_limit = 5`;
  await addCustomers(sql, { id: "c", state: "open" });
  await addOrders(sql, ...Array.from({ length: 8 }, (_, n) => ({ id: String(n), customer_id: "c" })));
  await saveRule(sql, customerIsOpen);
  await evaluateAll(world);
  await sql`update shop.customers set state = 'closed'`;
  const [row] = await sql`select
    (select count(*)::int from governance_private.change_queue where reason = 'dependent') as queued,
    (select count(*)::int from governance.runs where status = 'queued' and entity_type = 'purchase') as sweeps`;
  assertEquals({ ...row }, { queued: 5, sweeps: 1 });
  await evaluateAll(world);
  assertEquals((await openIssues(world)).length, 8);
});

Deno.test("one transaction queues a dependent once, however often it changes what is read", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "open" });
  await addOrders(sql, { id: "1", customer_id: "c" });
  await saveRule(sql, customerIsOpen);
  await evaluateAll(world);
  await sql.begin(async (own) => {
    for (const state of ["a", "b", "closed"]) await own`update shop.customers set state = ${state}`;
  });
  const [row] =
    await sql`select count(*)::int as n from governance_private.change_queue where entity_type = 'purchase'`;
  assertEquals(row!.n, 1);
});

Deno.test("a dependent that another transaction is being judged by is queued again", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "open" });
  await addOrders(sql, { id: "1", customer_id: "c" });
  await saveRule(sql, customerIsOpen);
  await evaluateAll(world);
  await sql`update shop.orders set note = 'waits'`;
  await sql`update shop.customers set state = 'closed'`;
  const [row] =
    await sql`select count(*)::int as n from governance_private.change_queue where entity_type = 'purchase'`;
  assertEquals(row!.n, 2);
});

Deno.test("a new member of a list closes the issue of the records that hold it, and its removal opens it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.reference_sets (set_key, description, case_sensitive) values ('states', 'States', false)`;
  await sql`insert into governance.reference_values (set_key, value) values ('states', 'open'), ('states', 'closed')`;
  await addOrders(sql, { id: "1", status: "Sleeping" }, { id: "2", status: "open" });
  await saveRule(sql, {
    rule_key: "status-known",
    condition: and(is("status", "inReference", "states")),
    message: "Unknown.",
  });
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["status-known:1"]);
  await sql`insert into governance.reference_values (set_key, value) values ('states', 'sleeping')`;
  assertEquals(await evaluateAll(world), ["purchase:1"]);
  assertEquals(await openIssues(world), []);
  await sql`delete from governance.reference_values where value = 'sleeping'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["status-known:1"]);
  await sql`update governance.reference_values set value = 'sleeping' where value = 'closed'`;
  assertEquals(await evaluateAll(world), ["purchase:1"]);
  assertEquals(await openIssues(world), []);
});

Deno.test("an organization's own addition to a list concerns its own records only", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.reference_sets (set_key, description) values ('states', 'States')`;
  await sql`insert into governance.reference_values (set_key, value) values ('states', 'open')`;
  await addOrders(sql, { id: "1", status: "new" }, { id: "2", org_id: "globex", status: "new" });
  await saveRule(sql, {
    rule_key: "status-known",
    condition: and(is("status", "inReference", "states")),
    message: "Unknown.",
  });
  await evaluateAll(world);
  await sql`insert into governance.reference_values (set_key, org_id, value) values ('states', 'acme', 'new')`;
  assertEquals(await evaluateAll(world), ["purchase:1"]);
  assertEquals(await openIssues(world), ["status-known:2"]);
});

Deno.test("the first member of a list has everything judged, and without its last it objects to nothing", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.reference_sets (set_key, description) values ('states', 'States')`;
  await addOrders(sql, { id: "1", status: "new" }, { id: "2", status: "open" });
  await saveRule(sql, {
    rule_key: "status-known",
    condition: and(is("status", "inReference", "states")),
    message: "Unknown.",
  });
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`insert into governance.reference_values (set_key, value) values ('states', 'open')`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["status-known:1"]);
  await sql`delete from governance.reference_values`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});

Deno.test("a change of the column behind a set opens and closes issues of the records that hold its values", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.reference_sets (set_key, kind, entity_type, column_name, description)
    values ('customers', 'column', 'customer', 'name', 'Customers')`;
  await addCustomers(sql, { id: "a", name: "Ada" }, { id: "b", name: "Bob" }, {
    id: "t",
    org_id: "globex",
    name: "Tim",
  });
  await addOrders(sql, { id: "1", note: "Ada" }, { id: "2", note: "Bob" }, {
    id: "3",
    org_id: "globex",
    note: "Tim",
  });
  await saveRule(sql, {
    rule_key: "note-known",
    condition: and(is("note", "inReference", "customers")),
    message: "Unknown.",
  });
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`update shop.customers set name = 'Eve' where id = 'a'`;
  assertEquals(await evaluateAll(world), ["customer:a", "purchase:1"]);
  assertEquals(await openIssues(world), ["note-known:1"]);
  await addCustomers(sql, { id: "new", name: "Ada" });
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`delete from shop.customers where name = 'Bob'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["note-known:2"]);
  await sql`delete from shop.customers where org_id = 'acme'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), [], "an empty set objects to nothing");
  await addCustomers(sql, { id: "x", name: "Xenia" });
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["note-known:1", "note-known:2"]);
});

Deno.test("a new member refreshes the suggestion of an open issue although no record holds it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.reference_sets (set_key, description) values ('states', 'States')`;
  await sql`insert into governance.reference_values (set_key, value) values ('states', 'complaint')`;
  await addOrders(sql, { id: "1", status: "deliverd" });
  await saveRule(sql, {
    rule_key: "status-known",
    condition: and(is("status", "inReference", "states")),
    message: "Unknown.",
    fix: [{ step: "nearest", field: "status", in: "states" }],
  });
  await evaluateAll(world);
  await sql`insert into governance.reference_values (set_key, value) values ('states', 'delivered')`;
  await evaluateAll(world);
  const [issue] =
    await sql`select suggested_fix -> 1 ->> 'value' as value from governance.data_quality_issues`;
  assertEquals(issue!.value, "delivered");
});

Deno.test("a fix that changes what others read has them judged, and fixes that chase each other across records end", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql.unsafe(`alter table shop.customers add column parent_id text references shop.customers`).simple();
  await sql`select governance.register_entity('customer', 'shop.customers', 'name', 'owner_user_id')`;
  // Each takes over its parent's state, and they are each other's parents.
  await addCustomers(sql, { id: "a", state: "x" }, { id: "b", state: "y" });
  await sql`update shop.customers set parent_id = case id when 'a' then 'b' else 'a' end`;
  await evaluateAll(world);
  await saveRule(sql, {
    rule_key: "state-as-parent",
    entity_type: "customer",
    enforcement: "fix",
    condition: null,
    message: "Not its parent's state.",
    fix: [{ step: "copy", field: "state", from: "parent.state" }],
  });
  await evaluateAll(world);
  const [fixes] = await sql`select count(*)::int as n from governance.fixes`;
  assert(fixes!.n > 0 && fixes!.n < 40, `${fixes!.n} fixes`);
});

Deno.test("what was read while governance was paused is made up for by a sweep of the readers", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "open" });
  await addOrders(sql, { id: "1", customer_id: "c" });
  await saveRule(sql, customerIsOpen);
  await evaluateAll(world);
  await sql`select governance.pause('customer', 'import')`;
  await sql`update shop.customers set state = 'closed'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`select governance.resume('customer')`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-is-open:1"]);
});

Deno.test("a broken dependents function lets the write pass and sweeps the readers", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "open" });
  await addOrders(sql, { id: "1", customer_id: "c" });
  await saveRule(sql, customerIsOpen);
  await evaluateAll(world);
  await sql`alter function governance_private.queue_dependents(text, text[], text[]) rename to gone`;
  await sql`update shop.customers set state = 'closed'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-is-open:1"]);
});

Deno.test("records that a transaction could not see are looked at again when it has committed", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "m", email: "x@x.example", state: "open" }, {
    id: "r",
    email: "r@x.example",
  });
  await saveRule(sql, customerIsOpen);
  await saveRule(sql, {
    rule_key: "mail-unique",
    entity_type: "customer",
    kind: "unique",
    dimension: "uniqueness",
    condition: { fields: [{ field: "email", normalizer: "email" }] },
  });
  await evaluateAll(world);
  await sql.begin(async (older) => {
    await older`update shop.customers set email = 'other@x.example', state = 'closed' where id = 'm'`;
    await sql`update shop.customers set email = 'x@x.example' where id = 'r'`;
    await addOrders(sql, { id: "1", customer_id: "m" });
    await evaluateAll(world);
    assertEquals(await openIssues(world), ["mail-unique:m", "mail-unique:r"]);
  });
  await sql`update governance_private.change_queue set available_at = now()`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["customer-is-open:1"]);
  assertEquals(await queued(sql), []);
});

Deno.test("nothing is looked at twice where no older transaction is under way", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "open" });
  await saveRule(sql, customerIsOpen);
  await evaluateAll(world);
  await addOrders(sql, { id: "1", customer_id: "c" });
  await sql.begin(async (younger) => {
    await younger`update shop.customers set state = 'closed' where id = 'c'`;
    await evaluateAll(world);
    assertEquals(await queued(sql), []);
  });
});
