import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  openIssues,
  refused,
  type RuleInput,
  saveRule,
} from "../support/mod.ts";

const activeCustomer = (more: RuleInput = {}): RuleInput => ({
  rule_key: "order-has-active-customer",
  kind: "reference",
  dimension: "integrity",
  condition: { relation: "customer", condition: and(is("is_active", "=", true)) },
  message: "The customer is not active.",
  ...more,
});

Deno.test("a reference to a record that does not satisfy the condition has an issue, until it does", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "on", is_active: true }, { id: "off", is_active: false }, { id: "unknown" });
  await addOrders(
    sql,
    { id: "1", customer_id: "on" },
    { id: "2", customer_id: "off" },
    { id: "3", customer_id: "unknown" },
    { id: "4" },
  );
  await saveRule(sql, activeCustomer());
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-active-customer:2"]);
  await sql`update shop.customers set is_active = not is_active`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-active-customer:1"]);
});

Deno.test("a reference whose record cannot be read violates, and passes the rules that only read through it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "theirs", org_id: "globex", is_active: true });
  await saveRule(sql, activeCustomer());
  await saveRule(sql, {
    rule_key: "reads-through",
    condition: and(is("customer.is_active", "isFilled")),
    message: "None.",
  });
  await addOrders(sql, { id: "1", customer_id: "theirs" });
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-active-customer:1"]);
});

Deno.test("a reference rule blocks what would point nowhere or to what it must not", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "on", is_active: true }, { id: "off", is_active: false }, {
    id: "theirs",
    org_id: "globex",
    is_active: true,
  });
  await addOrders(sql, { id: "old", customer_id: "off" });
  await saveRule(sql, activeCustomer({ enforcement: "block" }));
  await addOrders(sql, { id: "1", customer_id: "on" }, { id: "2" });
  for (const customer_id of ["off", "theirs"]) {
    const { detail } = await refused(addOrders(sql, { id: "3", customer_id }));
    assertEquals(detail.rules, ["order-has-active-customer"], customer_id);
  }
  await sql`update shop.orders set note = 'still editable' where id = 'old'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-active-customer:old"]);
});

Deno.test("without a condition a reference rule asks only that the record exists", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c" }, { id: "theirs", org_id: "globex" });
  await saveRule(sql, activeCustomer({ condition: { relation: "customer" } }));
  await addOrders(sql, { id: "1", customer_id: "c" }, { id: "2", customer_id: "theirs" }, { id: "3" });
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-active-customer:2"]);
  const [rule] =
    await sql`select sentence from governance.data_quality_rules where rule_key = 'order-has-active-customer'`;
  assertEquals(rule!.sentence, "An issue is opened for a purchase unless the customer exists.");
});

Deno.test("saving refuses a reference rule with every fault at once", async () => {
  await using world = await createWorld();
  const first = await refused(
    saveRule(world.sql, activeCustomer({ enforcement: "fix", condition: { relation: "amount", more: 1 } })),
  );
  assertEquals(first.detail.faults.map(({ at }: { at: string }) => at).sort(), [
    "/condition",
    "/condition/relation",
    "/enforcement",
    "/fix",
  ]);
  const second = await refused(
    saveRule(
      world.sql,
      activeCustomer({
        condition: {
          relation: "customer",
          condition: and(is("nothing", "null"), is("name", "=", "amount", "field")),
        },
      }),
    ),
  );
  assertEquals(second.detail.faults.map(({ at }: { at: string }) => at), [
    "/condition/condition/rules/0/field",
    "/condition/condition/rules/1/value",
  ]);
});
