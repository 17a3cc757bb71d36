import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  addCustomers,
  and,
  createWorld,
  evaluate,
  is,
  quiet,
  refused,
  replace,
  saveRule,
  violation,
  type World,
} from "../support/mod.ts";

/** Grants people these columns of the customers, and no others. */
async function show(world: World, ...columns: string[]): Promise<void> {
  await world.sql.unsafe(`revoke select on shop.customers from authenticated;
    grant select (${columns.join(", ")}) on shop.customers to authenticated`).simple();
}

/** Two issues of one customer: of its name, and of its state, which is also corrected. */
async function withIssues(world: World): Promise<void> {
  await world.sql`select governance.register_entity('customer', 'shop.customers', 'id', 'owner_user_id')`;
  const name = await saveRule(world.sql, {
    rule_key: "about-name",
    entity_type: "customer",
    condition: and(is("name", "=", "Right")),
    message: "{name}",
  });
  const state = await saveRule(world.sql, {
    rule_key: "about-state",
    entity_type: "customer",
    enforcement: "fix",
    condition: null,
    fix: [{ step: "normalize", field: "state", using: "trim" }],
    message: "{state}",
  });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", name: "Wrong", state: " s ", email: "e" });
  await evaluate(world, () => ({
    violations: [
      violation(name, { fields: ["name"], observed: { name: "Wrong" } }),
      violation(state, { fields: [], observed: {}, suggested_fix: replace("state", " s ", "s") }),
    ],
  }));
}

async function sees(world: World, table: string, column: string): Promise<string[]> {
  const rows = await world.as(
    "admin",
    (own) => own.unsafe(`select ${column} as word from governance.${table}`),
  );
  return rows.map(({ word }) => word).sort();
}

Deno.test("an issue is seen by who may read every field that it reads, shows or suggests a value of", async () => {
  await using world = await createWorld();
  await withIssues(world);
  const seen = () => sees(world, "data_quality_issues", "rule_key");
  assertEquals(await seen(), ["about-name", "about-state"]);
  await show(world, "id", "name");
  assertEquals(await seen(), ["about-name"]);
  assertEquals(await sees(world, "review_queue", "rule_key"), ["about-name"]);
  assertEquals((await sees(world, "data_quality_issue_events", "kind")).length, 1);
  await show(world, "id", "state");
  assertEquals(await seen(), ["about-state"]);
  await show(world, "id", "email");
  assertEquals(await seen(), []);
  await show(world, "id", "name", "state");
  assertEquals(await seen(), ["about-name", "about-state"]);
});

Deno.test("who may not read the label of records sees none of their issues", async () => {
  await using world = await createWorld();
  await withIssues(world);
  await world.sql`select governance.register_entity('customer', 'shop.customers', 'email', 'owner_user_id')`;
  await evaluate(world, () => ({}));
  await world.sql`update shop.customers set owner_user_id = null, is_active = true`;
  const [rule] = await world.sql`select id from governance.data_quality_rules where rule_key = 'about-name'`;
  await evaluate(world, () => ({ violations: [violation(rule!.id, { fields: ["name"] })] }));
  await show(world, "id", "name", "state");
  assertEquals(
    await sees(world, "data_quality_issues", "rule_key"),
    ["about-state"],
    "which was labelled by its id",
  );
  await show(world, "id", "name", "state", "email");
  assertEquals(await sees(world, "data_quality_issues", "rule_key"), ["about-name", "about-state"]);
});

Deno.test("audit shows the events whose every column its reader may read", async () => {
  await using world = await createWorld();
  await addCustomers(world.sql, { id: "1", name: "a" });
  await world.sql`update shop.customers set name = 'b'`;
  await world.sql`update shop.customers set name = 'c', email = 'e'`;
  const seen = () => sees(world, "audit_events", "after::text");
  assertEquals((await seen()).length, 3);
  await show(world, "id", "name");
  assertEquals(await seen(), [`{"name": "b"}`]);
  await show(world, "id", "name", "email");
  assertEquals((await seen()).length, 2);
  await world.sql`alter table shop.customers rename column email to mail`;
  assertEquals(await seen(), [`{"name": "b"}`], "nobody can say what the old name was granted");
});

Deno.test("a fix is seen by who may read what it changed, and taken back by nobody else", async () => {
  await using world = await createWorld();
  const rule = await saveRule(world.sql, {
    rule_key: "tidy",
    entity_type: "customer",
    enforcement: "fix",
    condition: null,
    fix: [{ step: "normalize", field: "state", using: "trim" }],
    message: "x",
  });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", state: " s " });
  await evaluate(world, () => ({ fixes: [{ rule_id: rule, patch: replace("state", " s ", "s") }] }));
  assertEquals(await sees(world, "fixes", "rule_key"), ["tidy"]);
  await show(world, "id", "name");
  assertEquals(await sees(world, "fixes", "rule_key"), []);
  const [fix] = await world.sql`select id from governance.fixes`;
  assertEquals(
    (await refused(world.as("steward", (own) => own`select governance.undo_fix(${fix!.id})`))).state,
    "PT404",
  );
});

Deno.test("the columns of a record that is gone stay hidden, too", async () => {
  await using world = await createWorld();
  await withIssues(world);
  await show(world, "id", "name");
  await world.sql`delete from shop.customers`;
  assertEquals(await sees(world, "data_quality_issues", "rule_key"), ["about-name"]);
  assertEquals(await sees(world, "audit_events", "operation"), []);
});

Deno.test("a table that is not governed any more answers for nobody, until it is dropped", async () => {
  await using world = await createWorld();
  await addCustomers(world.sql, { id: "1" });
  const seen = () => sees(world, "audit_events", "operation");
  assertEquals(await seen(), ["insert"]);
  await world.sql`select governance.unregister_entity('customer')`;
  assertEquals(await seen(), []);
  await world.sql`select governance.register_entity('customer', 'shop.customers')`;
  assertEquals(await seen(), ["insert"]);
  await world.sql`select governance.unregister_entity('customer')`;
  await world.sql`drop table shop.customers cascade`;
  assertEquals(await seen(), ["insert"]);
});

Deno.test("the error of a refused write shows its writer no column that it may not read", async () => {
  await using world = await createWorld();
  await addCustomers(world.sql, { id: "1", name: "a", email: "secret", state: "s" });
  await saveRule(world.sql, {
    rule_key: "no-b",
    entity_type: "customer",
    enforcement: "block",
    condition: and(is("name", "!=", "b")),
    message: "{name} of {email}.",
  });
  const write = () =>
    refused(world.as("admin", (own) => own`update shop.customers set name = 'b' where id = '1'`));
  assertStringIncludes((await write()).message, "b of secret.");
  await show(world, "id", "name");
  assertStringIncludes((await write()).message, "b of ….");
});
