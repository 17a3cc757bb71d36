import { assertEquals } from "@std/assert";
import { and, createWorld, is, refused, saveRule, type World } from "../support/mod.ts";

interface Outcome {
  readonly n: number;
  readonly key?: string | null;
  readonly outcome: string;
  readonly error?: null | {
    readonly code: string;
    readonly message: string;
    readonly fields?: string[];
    readonly violations?: { rule_key: string }[];
  };
}

/** Tries records as somebody; a record is its values, or a key and its values. */
async function tryRecords(
  world: World,
  caller: Parameters<World["as"]>[0],
  records: Record<string, unknown>[],
  entity = "purchase",
): Promise<{ outcomes: Outcome[]; trial_id: string }> {
  const list = records.map((values, n) => ({ n, values }));
  const [row] = await world.as(
    caller,
    (sql) => sql`select governance.try_records(${entity}, 'acme', ${sql.json(list as never)}) as result`,
  );
  return row!["result"];
}

const outcomes = ({ outcomes }: { outcomes: Outcome[] }) =>
  outcomes.map(({ key, outcome, error }) => [key ?? null, outcome, error?.code ?? null]);

Deno.test("what is tried is judged as if it were written, and nothing of it stays", async () => {
  await using world = await createWorld();
  await saveRule(world.sql, {
    rule_key: "orders-have-amounts",
    entity_type: "purchase",
    enforcement: "block",
    condition: and(is("amount", "notNull")),
    message: "An order needs an amount.",
  });
  await world
    .sql`insert into shop.orders (id, org_id, amount, note) values ('old', 'acme', 1, 'x'), ('still', 'acme', 1, 'x')`;
  const before = await world.sql`select (select count(*) from shop.orders) as orders,
    (select count(*) from governance.audit_events) as audited, (select count(*) from governance_private.change_queue) as queued`;
  const tried = await tryRecords(world, "member", [
    { id: "a", amount: "1.50" },
    { id: "b" },
    { id: "c", amount: "many" },
    { id: "d", amount: 2, colour: "red" },
    { id: "e", amount: 2, org_id: "globex" },
    { id: "old", note: "y" },
    { id: "still", amount: 1 },
    { id: "f", amount: 2, customer_id: "nobody" },
    { id: "g", amount: 2, due_on: "2026-02-30" },
    { amount: 2 },
    { id: "a", amount: 3 },
  ]);
  assertEquals(outcomes(tried), [
    ["a", "inserted", null],
    ["b", "refused", "blocked"],
    ["c", "refused", "invalid-value"],
    [null, "refused", "invalid-value"],
    [null, "refused", "invalid-value"],
    ["old", "updated", null],
    ["still", "unchanged", null],
    ["f", "refused", "constraint-violated"],
    ["g", "refused", "invalid-value"],
    [null, "refused", "constraint-violated"],
    [null, "refused", "same-record"],
  ]);
  assertEquals(tried.outcomes[1]!.error!.violations!.map(({ rule_key }) => rule_key), [
    "orders-have-amounts",
  ]);
  assertEquals(tried.outcomes[3]!.error!.fields, ["colour"]);
  const after = await world.sql`select (select count(*) from shop.orders) as orders,
    (select count(*) from governance.audit_events) as audited, (select count(*) from governance_private.change_queue) as queued`;
  assertEquals([...after], [...before]);
});

Deno.test("a thousand records with every third refused are told apart, each with its own reason", async () => {
  await using world = await createWorld();
  await saveRule(world.sql, {
    rule_key: "orders-have-amounts",
    entity_type: "purchase",
    enforcement: "block",
    condition: and(is("amount", "notNull")),
    message: "An order needs an amount.",
  });
  const records = Array.from({ length: 1000 }, (_, n) => ({
    id: `o${n}`,
    amount: n % 6 === 0 ? null : n % 6 === 3 ? "x" : n,
  }));
  const tried = await tryRecords(world, "member", records);
  const expected = records.map((_, n) => n % 6 === 0 ? "blocked" : n % 6 === 3 ? "invalid-value" : null);
  assertEquals(tried.outcomes.map(({ error }) => error?.code ?? null), expected);
});

Deno.test("rights hold: what the caller may not see or write it cannot try", async () => {
  await using world = await createWorld();
  await world
    .sql`insert into shop.customers (id, org_id, name, is_hidden) values ('h', 'acme', 'Hidden', true), ('v', 'acme', 'Seen', false)`;
  assertEquals(outcomes(await tryRecords(world, "viewer", [{ id: "a", amount: 1 }])), [[
    "a",
    "refused",
    "not-allowed",
  ]]);
  assertEquals(outcomes(await tryRecords(world, "member", [{ id: "v", name: "New" }], "customer")), [[
    "v",
    "updated",
    null,
  ]]);
  assertEquals(outcomes(await tryRecords(world, "viewer", [{ id: "v", name: "New" }], "customer")), [[
    "v",
    "refused",
    "not-allowed",
  ]]);
  assertEquals(
    (await tryRecords(world, "member", [{ id: "h", name: "New" }], "customer")).outcomes[0]!.outcome,
    "refused",
  );
  assertEquals((await refused(tryRecords(world, "outsider", [{ id: "a" }]))).state, "PT404");
  assertEquals((await refused(tryRecords(world, "member", [{ id: "a" }], "nothing"))).state, "PT404");
  assertEquals((await refused(tryRecords(world, "member", []))).state, "PT422");
  const { trial_id } = await tryRecords(world, "member", [{ id: "a", amount: 1 }]);
  const take = (caller: "member" | "service_role") =>
    world.as(caller, (sql) => sql`select governance.take_trial(${trial_id}) as batch`);
  assertEquals((await refused(take("member"))).state, "42501");
  assertEquals((await take("service_role"))[0]!["batch"].records.length, 1);
  assertEquals((await take("service_role"))[0]!["batch"], null, "a trial is fetched once");
});
