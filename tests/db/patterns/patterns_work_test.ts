import { assertEquals } from "@std/assert";
import { addCustomers, addOrders, and, createWorld, is } from "../support/mod.ts";

/** Of each pattern: parameters on a shop, and which records then violate the draft. */
const cases: Record<string, [entity: "purchase" | "customer", parameters: unknown, violate: string[]]> = {
  required: ["purchase", { field: "note" }, ["blank", "lonely"]],
  required_when: ["purchase", { field: "note", when: and(is("status", "=", "won")) }, ["lonely"]],
  one_of_several: ["purchase", { fields: ["note", "customer_id"] }, ["lonely"]],
  format: ["customer", { field: "email", format: "isEmail" }, ["b", "c"]],
  allowed_values: ["purchase", { field: "status", values: ["won", "open"] }, ["late"]],
  range: ["purchase", { field: "amount", least: "0", most: "100" }, ["big", "late"]],
  length: ["customer", { field: "name", least: 2, most: 10 }, ["b"]],
  compare_fields: ["purchase", { field: "status", operator: "!=", other: "note" }, ["late"]],
  date_order: ["purchase", { first: "updated_at", field: "paid_at" }, ["late"]],
  no_future: ["purchase", { field: "paid_at" }, ["big"]],
  unique: ["purchase", { field: "note", normalizer: "lower" }, ["big", "good"]],
  unique_together: ["purchase", { fields: ["status", "amount"] }, ["blank", "good"]],
  exists_in_related: ["purchase", { relation: "customer", condition: and(is("is_active", "=", true)) }, [
    "big",
  ]],
  matches_lookup: ["customer", { field: "state", set: "us_states" }, ["b"]],
  stale_since: ["purchase", { field: "due_on", days: 60 }, ["late"]],
  mutually_exclusive: ["purchase", { fields: ["note", "paid_at"] }, ["big", "late"]],
  at_least_related: [
    "customer",
    { relation: "orders", least: 2, condition: and(is("status", "=", "open")) },
    ["b", "c"],
  ],
  agrees_with: ["customer", { field: "email", other: "state", set: "us_zip_states" }, ["c"]],
};

Deno.test("each pattern's draft finds what it is for, and nothing else, before it is saved", async (t) => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(
    sql,
    { id: "a", name: "Ann", email: "ann@shop.example.com", state: "Ohio", is_active: true },
    { id: "b", name: "B", email: "no address", state: "Ohayo", is_active: false },
    { id: "c", email: "90210", state: "NY" },
  );
  await addOrders(
    sql,
    { id: "good", customer_id: "a", amount: "5", status: "open", note: "one", due_on: "2999-01-01" },
    { id: "blank", customer_id: "a", amount: "5", status: "open", note: " " },
    { id: "lonely", status: "won", amount: "9" },
    {
      id: "big",
      customer_id: "b",
      amount: "101",
      status: "open",
      note: "ONE",
      paid_at: "2998-01-01T00:00:00Z",
    },
    {
      id: "late",
      customer_id: "a",
      amount: "-1",
      status: "lost",
      note: "lost",
      due_on: "2020-01-02",
      paid_at: "2020-01-01T23:00:00Z",
    },
  );
  const patterns = await sql`select pattern, description from governance.rule_patterns order by position`;
  assertEquals(patterns.map(({ pattern }) => pattern).sort(), Object.keys(cases).sort());
  for (const { pattern, description } of patterns) {
    await t.step(pattern, async () => {
      assertEquals([description.endsWith("."), description.includes("\n")], [true, false]);
      const [entity, parameters, violate] = cases[pattern]!;
      const [row] = await sql`select governance.draft_rule(${pattern}, ${entity}, ${
        sql.json(parameters as never)
      }) as draft`;
      const keys = await sql`select k from governance.backtest_keys(${sql.json(row!.draft)}, 'acme') k`;
      assertEquals(keys.map(({ k }) => k), violate);
    });
  }
});
