import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  openIssues,
  saveRule,
  type World,
} from "../support/mod.ts";

/** A customer that is active has an order that is paid: as a deal has a task that is open, an invoice its lines. */
async function withRule(world: World): Promise<void> {
  await addCustomers(world.sql, { id: "c1", is_active: true }, { id: "c2", is_active: true });
  await saveRule(world.sql, {
    rule_key: "active-customer-has-paid",
    entity_type: "customer",
    applies_when: and(is("is_active", "=", true)),
    condition: and({
      field: "orders",
      operator: "=",
      match: { mode: "atLeast", threshold: 1 },
      value: and(is("status", "=", "paid")),
    }),
    message: "No order is paid.",
  });
  await evaluateAll(world);
}

const both = ["active-customer-has-paid:c1", "active-customer-has-paid:c2"];

Deno.test("a child that comes, changes, moves and goes opens and closes the issue of its parent", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await withRule(world);
  assertEquals(await openIssues(world), both);

  await addOrders(sql, { id: "1", customer_id: "c1", status: "paid" });
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["active-customer-has-paid:c2"], "it came");

  await sql`update shop.orders set customer_id = 'c2'`;
  await evaluateAll(world);
  assertEquals(
    await openIssues(world),
    ["active-customer-has-paid:c1"],
    "it moved: both parents are judged again",
  );

  await sql`update shop.orders set status = 'open'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), both, "it changed");

  await sql`update shop.orders set status = 'paid'`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["active-customer-has-paid:c1"]);
  await sql`delete from shop.orders`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), both, "it went");
});

Deno.test("a column of a child that no rule reads queues no parent", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await withRule(world);
  await addOrders(sql, { id: "1", customer_id: "c1", status: "paid" });
  await evaluateAll(world);
  await sql`update shop.orders set note = 'x'`;
  const rows = await sql`select entity_type from governance_private.change_queue`;
  assertEquals(rows.map(({ entity_type }) => entity_type), ["purchase"]);
});
