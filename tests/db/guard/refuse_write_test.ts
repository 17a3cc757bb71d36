import { assertEquals, assertMatch } from "@std/assert";
import { addCustomers, addOrders, and, createWorld, is, quiet, refused, saveBlock } from "../support/mod.ts";

Deno.test("one error names every rule and every record of a blocked statement, and nothing of it is written", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, { rule_key: "order-has-amount", message: "No amount.", severity: "high" });
  await saveBlock(sql, {
    rule_key: "order-has-note",
    condition: and(is("note", "isFilled")),
    message: "No note on {id}.",
  });
  await quiet(sql);
  const refusal = await refused(
    addOrders(sql, { id: "1" }, { id: "2", amount: "5", note: " " }, { id: "3", amount: "5", note: "fine" }),
  );
  assertEquals(refusal.state, "PT422");
  assertEquals(refusal.detail.code, "blocked");
  assertEquals(refusal.detail.records, 2);
  assertEquals(refusal.detail.rules, ["order-has-amount", "order-has-note"]);
  assertEquals(
    refusal.detail.violations.map((
      v: Record<string, unknown>,
    ) => [v.record_key, v.rule_key, v.fields, v.message]),
    [
      ["1", "order-has-amount", ["amount"], "No amount."],
      ["1", "order-has-note", ["note"], "No note on 1."],
      ["2", "order-has-note", ["note"], "No note on 2."],
    ],
  );
  assertMatch(refusal.message, /^Not saved: No amount\. No note on 1\. No note on 2\.$/);
  const [left] = await sql`select (select count(*)::int from shop.orders) as orders,
    (select count(*)::int from governance.audit_events where entity_type = 'purchase' and record_key <> '') as events,
    (select count(*)::int from governance_private.change_queue) as queued`;
  assertEquals({ ...left }, { orders: 0, events: 0, queued: 0 });
});

Deno.test("an error names at most 100 records and counts all of them", async () => {
  await using world = await createWorld();
  await saveBlock(world.sql);
  const orders = Array.from({ length: 130 }, (_, n) => ({ id: String(n).padStart(3, "0") }));
  const { detail } = await refused(addOrders(world.sql, ...orders));
  assertEquals(detail.records, 130);
  assertEquals(detail.violations.length, 100);
  assertEquals(detail.violations.at(-1).record_key, "099");
});

Deno.test("an update that would newly violate a rule is refused", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await addOrders(sql, { id: "1", amount: "5" });
  const { detail } = await refused(sql`update shop.orders set amount = null`);
  assertEquals(detail.violations[0].record_key, "1");
});

Deno.test("a record that violated the rule before stays editable, but may not violate another one", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "old", note: "x" }, { id: "good", amount: "1", note: "x" });
  await saveBlock(sql);
  await saveBlock(sql, {
    rule_key: "order-has-note",
    condition: and(is("note", "isFilled")),
    message: "No note.",
  });
  await sql`update shop.orders set status = 'seen'`;
  const refusal = await refused(sql`update shop.orders set note = null where id = 'old'`);
  assertEquals(refusal.detail.rules, ["order-has-note"]);
  const mixed = await refused(sql`update shop.orders set amount = null`);
  assertEquals(mixed.detail.violations.map((v: { record_key: string }) => v.record_key), ["good"]);
});

Deno.test("an upsert is judged in its inserts and in its updates", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" });
  await saveBlock(sql);
  const upsert = (id: string, amount: string | null) =>
    sql`insert into shop.orders (id, org_id, amount) values (${id}, 'acme', ${amount})
      on conflict (id) do update set amount = excluded.amount`;
  assertEquals((await refused(upsert("1", null))).detail.violations[0].record_key, "1");
  assertEquals((await refused(upsert("2", null))).detail.violations[0].record_key, "2");
  await upsert("1", "6");
  await upsert("2", "7");
  const rows = await sql`select id, amount from shop.orders order by id`;
  assertEquals(rows.map(({ id, amount }) => [id, amount]), [["1", "6.00"], ["2", "7.00"]]);
});

Deno.test("COPY is judged like any other write", async () => {
  await using world = await createWorld();
  await saveBlock(world.sql);
  // The superuser can copy from a program; the triggers are the same for it.
  const copy = (lines: string) =>
    world.database.admin.unsafe(`copy shop.orders (id, org_id, amount) from program 'printf "${lines}"'`);
  const { detail } = await refused(copy("1\\tacme\\t5\\n2\\tacme\\t\\\\N\\n"));
  assertEquals(detail.violations[0].record_key, "2");
  await copy("1\\tacme\\t5\\n");
  assertEquals((await world.sql`select id from shop.orders`).length, 1);
});

Deno.test("a verdict does not depend on what row level security hides from the writer", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "shown", state: "closed" }, {
    id: "hidden",
    state: "closed",
    is_hidden: true,
  });
  await saveBlock(sql, {
    rule_key: "customer-is-open",
    condition: and(is("customer.state", "!=", "closed")),
    message: "The customer is closed.",
  });
  const add = (customer: string) =>
    world.as(
      "member",
      (own) => own`insert into shop.orders (id, org_id, customer_id) values ('1', 'acme', ${customer})`,
    );
  for (const customer of ["shown", "hidden"]) {
    assertEquals((await refused(add(customer))).detail.rules, ["customer-is-open"], customer);
  }
  assertEquals((await world.as("member", (own) => own`select id from shop.customers`)).length, 1);
});

Deno.test("a path does not see records of another organization", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "theirs", org_id: "globex", state: "closed" });
  await saveBlock(sql, {
    rule_key: "customer-is-open",
    condition: and(is("customer.state", "!=", "closed")),
    message: "The customer is {customer.state}.",
  });
  await addOrders(sql, { id: "1", customer_id: "theirs" });
  assertEquals((await sql`select id from shop.orders`).length, 1);
});

Deno.test("two rules on to-one paths are judged together, and a null reference passes a comparison", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "bad", state: "closed" }, {
    id: "fine",
    state: "open",
    email: "a@b.example",
  });
  for (
    const [rule_key, condition] of [
      ["customer-is-open", is("customer.state", "!=", "closed")],
      ["customer-has-mail", is("customer.email", "isFilled")],
    ] as const
  ) await saveBlock(sql, { rule_key, condition: and(condition), message: `${rule_key} {customer.name}` });
  const { detail } = await refused(addOrders(sql, { id: "1", customer_id: "bad" }));
  assertEquals(detail.rules, ["customer-has-mail", "customer-is-open"]);
  assertEquals(detail.violations[0].message, "customer-has-mail (blank)");
  await addOrders(sql, { id: "2", customer_id: "fine" });
  const noCustomer = await refused(addOrders(sql, { id: "3" }));
  assertEquals(
    noCustomer.detail.rules,
    ["customer-has-mail"],
    "isFilled is false for a null reference, != is unknown",
  );
});

Deno.test("a member is told the reasons in the same words as an administrator", async () => {
  await using world = await createWorld();
  await saveBlock(world.sql);
  const write = (caller: "member" | "service_role") =>
    refused(world.as(caller, (own) => own`insert into shop.orders (id, org_id) values ('1', 'acme')`));
  assertEquals(await write("member"), await write("service_role"));
});

Deno.test("truncating a governed table is refused, and allowed while it is paused", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1" });
  const { state, detail } = await refused(sql`truncate shop.orders`);
  assertEquals([state, detail.code], ["PT409", "truncate-refused"]);
  await sql`select governance.pause('purchase', 'a new start')`;
  await sql`truncate shop.orders`;
});
