import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  is,
  people,
  quiet,
  refused,
  saveRule,
} from "../support/mod.ts";
import { backtest, positive } from "./support.ts";

/** What is in every table that a backtest could have changed. */
async function everything(sql: Sql) {
  const [row] = await sql`select
    (select jsonb_agg(r order by r.id) from governance.data_quality_rules r where r.org_id = 'acme' or r.entity_type = 'purchase') as rules,
    (select jsonb_agg(i order by i.id) from governance.data_quality_issues i) as issues,
    (select count(*)::int from governance.audit_events) as events,
    (select count(*)::int from governance_private.change_queue) as queue,
    (select jsonb_agg(o order by o.id) from shop.orders o) as orders`;
  return { ...row };
}

Deno.test("a rule that is not saved is judged on the records that there are, and nothing changes", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "5" }, { id: "2", amount: "-1" }, { id: "3" }, {
    id: "4",
    amount: "0",
    org_id: "globex",
  });
  const before = await everything(sql);
  const { current, sentence } = await backtest(world, positive);
  assertEquals(await everything(sql), before);
  assertEquals(sentence, "A purchase cannot be saved unless the amount is more than 0.");
  assertEquals(current, {
    records: 3,
    violations: 1,
    waived: 0,
    unevaluated: 0,
    undecided: 0,
    complete: true,
    share: 1,
    samples: [{ record_key: "2", values: { amount: "-1.00" }, message: "-1.00 is not positive." }],
  });
  assertEquals((await backtest(world, positive, { org: null })).current.violations, 2);
});

Deno.test("the replay finds the writes that would have been blocked, by day, source and actor, and who corrected them", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.source_systems (source_key, org_id, label, user_id) values ('import', 'acme', 'Import', ${people.colleague})`;
  await world.as(
    "member",
    (own) => own`insert into shop.orders (id, org_id, amount) values ('1', 'acme', -1), ('2', 'acme', 1)`,
  );
  await world.as(
    "colleague",
    (own) => own`insert into shop.orders (id, org_id, amount) values ('3', 'acme', -3)`,
  );
  // Stays editable, because it violated before: no write that a block would have refused.
  await world.as("member", (own) => own`update shop.orders set note = 'x' where id = '1'`);
  await world.as("steward", (own) => own`update shop.orders set amount = 9 where id = '1'`);
  await world.as("member", (own) => own`update shop.orders set amount = -9 where id = '1'`);
  await sql`delete from shop.orders where id = '3'`;
  const { replay, only_as_of_now } = await backtest(world, positive);
  assertEquals(only_as_of_now, []);
  assertEquals([replay.writes, replay.violations, replay.complete], [6, 3, true]);
  assertEquals(replay.by_source, [{ source: "person", writes: 5, violations: 2 }, {
    source: "import",
    writes: 1,
    violations: 1,
  }]);
  assertEquals(
    replay.by_actor.map((row: Record<string, unknown>) => [row.actor, row.writes, row.violations]),
    [[people.member, 4, 2], [people.colleague, 1, 1], [people.steward, 1, 0]],
  );
  assertEquals(replay.by_day.length, 1);
  assertEquals(replay.corrected, { by_person: 1, by_fix: 0, by_system: 0 });
  assertEquals(replay.corrected_by, [{ actor: people.steward, writes: 1 }]);
  assertEquals(
    replay.samples.map((
      sample: Record<string, unknown>,
    ) => [sample.record_key, sample.message, sample.corrected_by]),
    [["1", "-9.00 is not positive.", null], ["3", "-3.00 is not positive.", null], [
      "1",
      "-1.00 is not positive.",
      people.steward,
    ]],
  );
  assertEquals((await backtest(world, positive, { days: 0 })).replay, null);
});

Deno.test("related records are replayed as they were when the write happened", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const rule = {
    ...positive,
    rule_key: "customer-active",
    condition: and(is("customer.is_active", "=", true)),
    message: "{customer.name} is not active.",
  };
  await addCustomers(sql, { id: "a", name: "Ann", is_active: false });
  await addOrders(sql, { id: "1", customer_id: "a" });
  await sql`update shop.customers set is_active = true, name = 'Anna' where id = 'a'`;
  await addOrders(sql, { id: "2", customer_id: "a" });
  await sql`update shop.customers set is_active = false where id = 'a'`;
  const { replay, current } = await backtest(world, rule);
  assertEquals(
    replay.samples.map((sample: Record<string, unknown>) => [sample.record_key, sample.message]),
    [["1", "Ann is not active."]],
  );
  assertEquals(current.violations, 2);
});

Deno.test("moving moments of a replay are those of the write", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const rule = { ...positive, condition: and(is("due_on", ">=", "today")), message: "Late." };
  await addOrders(sql, { id: "1", due_on: "2026-01-10" });
  await sql`update governance.audit_events set occurred_at = occurred_at - interval '399 days'`;
  const written =
    (await sql`select (occurred_at::date + 1)::text as day from governance.audit_events where entity_type = 'purchase'`)[
      0
    ]!.day;
  await sql`alter table shop.orders disable trigger user`;
  await sql`update shop.orders set due_on = ${written}::date`;
  const { replay, current } = await backtest(world, rule, { days: 400 });
  assertEquals([current.violations, replay.writes, replay.violations], [1, 1, 0]);
});

Deno.test("what can only be judged as of now is said, and is not replayed as if it were exact", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", note: "x" }, { id: "2", note: "x" }, { id: "3", note: "12" });
  const unique = await backtest(world, {
    ...positive,
    kind: "unique",
    condition: { fields: [{ field: "note" }] },
    message: "{group_size} have it.",
  });
  assertEquals(unique.current.violations, 2);
  assertEquals(unique.replay, null);
  assertEquals(unique.only_as_of_now, [
    "a unique rule compares with the records that there are now: writes are not replayed",
  ]);
  const phone = await backtest(world, {
    ...positive,
    enforcement: "issue",
    condition: and(is("note", "isPhone")),
    message: "No phone number.",
  });
  assertEquals([phone.current.violations, phone.current.undecided, phone.replay], [0, 3, null]);
});

Deno.test("a backtest stops at its budget and says how far it got", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into shop.orders (id, org_id, amount, note) select n::text, 'acme', n, repeat('x', 1000) from generate_series(1, 30000) n`;
  const { current, replay } = await backtest(world, positive, { budget: 1 });
  assertEquals([current.complete, replay.complete], [false, false]);
  assertEquals(current.share < 1 && replay.share < 1, true);
});

Deno.test("a budget beyond the statement's own time is cut, so that there is an answer of a part and no cancelled statement", async () => {
  await using world = await createWorld();
  const budget = async (timeout: string) =>
    await world.sql.begin(async (sql) => {
      await sql`select set_config('statement_timeout', ${timeout}, true)`;
      const [row] = await sql`select governance.backtest_rule(${
        sql.json(positive as never)
      }, 'acme', 30, 60000) as result`;
      return row!.result.budget_ms;
    });
  assertEquals([await budget("20s"), await budget("2min"), await budget("0")], [12_000, 60_000, 60_000]);
});

Deno.test("a saved rule is backtested by its id, with changes that are not saved", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { org_id: "acme" });
  await addOrders(sql, { id: "1" }, { id: "2", amount: "3" });
  assertEquals((await backtest(world, { id })).current.violations, 1);
  assertEquals(
    (await backtest(world, { id, condition: and(is("amount", "isBlank")) })).current.violations,
    1,
  );
  assertEquals((await backtest(world, { id, condition: and(is("note", "notNull")) })).current.violations, 2);
  const { state } = await refused(backtest(world, { id: "00000000-0000-4000-8000-000000000000" }));
  assertEquals(state, "PT404");
});

Deno.test("a backtest refuses a rule with every fault, bad parameters, and who may not ask", async () => {
  await using world = await createWorld();
  await quiet(world.sql);
  const faulty = await refused(
    backtest(world, { ...positive, condition: and(is("nothing", "=", "1"), is("amount", "contains", "1")) }),
  );
  assertEquals([faulty.state, faulty.detail.faults.length], ["PT422", 2]);
  assertEquals((await refused(backtest(world, positive, { days: -1 }))).state, "PT422");
  assertEquals((await refused(backtest(world, positive, { budget: 0 }))).state, "PT422");
  assertEquals((await refused(backtest(world, [1]))).state, "PT422");
  for (const caller of ["member", "viewer", "nobody", "outsider"] as const) {
    assertEquals((await refused(backtest(world, positive, { caller }))).state, "PT403", caller);
  }
  assertEquals((await refused(backtest(world, positive, { caller: "admin", org: null }))).state, "PT403");
});

Deno.test("samples and keys show only records that the caller may read", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "a" }, { id: "b", is_hidden: true }, { id: "c" }, {
    id: "d",
    is_hidden: true,
  }, { id: "e" });
  const rule = {
    ...positive,
    entity_type: "customer",
    condition: and(is("name", "notNull")),
    message: "No name.",
  };
  const { current } = await backtest(world, rule, { caller: "steward" });
  assertEquals(current.violations, 5);
  assertEquals(current.samples.map((sample: Record<string, unknown>) => sample.record_key), ["a", "c", "e"]);
  const keys = (after: string | null, limit = 2) =>
    world.as("steward", async (own) => {
      const rows = await own`select k from governance.backtest_keys(${
        own.json(rule as never)
      }, 'acme', ${after}, ${limit}) k`;
      return rows.map(({ k }) => k);
    });
  assertEquals(await keys(null), ["a", "c"]);
  assertEquals(await keys("c"), ["e"]);
  assertEquals(await keys("e"), []);
});

Deno.test("nothing is shown of records that a rule reads and the caller may not see, now or at the time of a write", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "hidden", name: "Secret", is_hidden: true }, { id: "seen", name: "Seen" });
  await addOrders(sql, { id: "1", customer_id: "hidden" }, { id: "2", customer_id: "hidden" });
  await sql`update shop.orders set customer_id = 'seen' where id = '1'`;
  const rule = {
    ...positive,
    condition: and(is("customer.name", "!=", "Secret")),
    message: "{customer.name} is no customer.",
  };
  const { current, replay } = await backtest(world, rule, { caller: "steward" });
  assertEquals([current.violations, current.samples, replay.violations, replay.samples], [1, [], 2, []]);
  const keys = await world.as(
    "steward",
    (own) => own`select k from governance.backtest_keys(${own.json(rule as never)}, 'acme') k`,
  );
  assertEquals([...keys], []);
});
