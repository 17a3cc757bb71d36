import { assertEquals } from "@std/assert";
import { addOrders, and, createWorld, evaluateAll, is, openIssues, saveRule } from "../support/mod.ts";

Deno.test("a rule by schedule is judged by sweeps alone, and a change closes none of its issues", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, { timing: "schedule" });
  await evaluateAll(world);
  await addOrders(sql, { id: "1" }, { id: "2", amount: "5" });
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`select governance_private.sweep_all()`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
  await sql`update shop.orders set amount = 7`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:1"], "only a sweep says that it is clean");
  await sql`select governance_private.sweep_all()`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});

Deno.test("a record that has changed and waits is swept all the same", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, { timing: "schedule" });
  await evaluateAll(world);
  await addOrders(sql, { id: "1" });
  await sql`select governance_private.sweep_all()`;
  await sql`select governance_private.advance_sweep() from generate_series(1, 20)`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
});

Deno.test("a fix by schedule corrects in sweeps alone", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, {
    rule_key: "status-lower",
    enforcement: "fix",
    timing: "schedule",
    condition: null,
    message: "Not in lower case.",
    fix: [{ step: "normalize", field: "status", using: "lower" }],
  });
  await saveRule(sql, {
    rule_key: "order-has-note",
    condition: and(is("note", "notNull")),
    message: "No note.",
  });
  await evaluateAll(world);
  await addOrders(sql, { id: "1", status: "OPEN" });
  await evaluateAll(world);
  const status = async () => (await sql`select status from shop.orders`)[0]!.status;
  assertEquals(await status(), "OPEN");
  assertEquals(await openIssues(world), ["order-has-note:1"]);
  await sql`select governance_private.sweep_all()`;
  await evaluateAll(world);
  assertEquals(await status(), "open");
});
