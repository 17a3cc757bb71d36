import { assertEquals } from "@std/assert";
import { addCustomers, and, type Caller, createWorld, is, saveRule, type World } from "../support/mod.ts";

/** Which rules a trial of an order of customer 1 keeps from whom it was made for, as `rule:record`. */
async function hidden(world: World, caller: Caller): Promise<string[]> {
  const records = [{ n: 1, key: "o", values: { customer_id: "1", note: "x" } }];
  const [row] = await world.as(
    caller,
    (own) => own`select governance.try_records('purchase', 'acme', ${own.json(records)}) as tried`,
  );
  const { outcomes, trial_id } = row!.tried;
  assertEquals(outcomes[0].outcome, "inserted", JSON.stringify(outcomes));
  const [trial] = await world.as(
    "service_role",
    (own) => own`select governance.take_trial(${trial_id}) as trial`,
  );
  return trial!.trial.hidden.map(([rule, key]: [string, string | null]) =>
    `${trial!.trial.rule_index[rule].rule_key}:${key ?? "all"}`
  ).sort();
}

Deno.test("a trial says which rules read what its caller may not read, of other records and of columns", async () => {
  await using world = await createWorld();
  await addCustomers(world.sql, { id: "1", name: "Secret" });
  await saveRule(world.sql, { rule_key: "own", condition: and(is("note", "=", "right")), message: "{note}" });
  await saveRule(world.sql, {
    rule_key: "other",
    condition: and(is("customer.name", "=", "Right")),
    message: "{customer.name}",
  });
  assertEquals(await hidden(world, "member"), []);
  await world.sql`update shop.customers set is_hidden = true`;
  assertEquals(await hidden(world, "member"), ["other:o"]);
  assertEquals(await hidden(world, "service_role"), []);
  await world.sql`update shop.customers set is_hidden = false`;
  await world.sql.unsafe(`revoke select on shop.customers from authenticated;
    grant select (id, org_id) on shop.customers to authenticated`).simple();
  assertEquals(await hidden(world, "member"), ["other:all"]);
});
