import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  people,
  saveRule,
} from "../support/mod.ts";
import { backtest, positive } from "./support.ts";

Deno.test("a replay counts each day of its window, and nothing before it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  for (
    const [id, amount, days] of [["1", "-1", 40], ["2", "-1", 3], ["3", "1", 3], ["4", "-1", 1]] as const
  ) {
    await addOrders(sql, { id, amount });
    await sql`update governance.audit_events set occurred_at = date_trunc('day', now(), 'UTC') + interval '6 hours' - make_interval(days => ${days})
      where entity_type = 'purchase' and record_key = ${id}`;
  }
  const { replay, current } = await backtest(world, positive);
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  assertEquals(replay.by_day, [{ day: day(3), writes: 2, violations: 1 }, {
    day: day(1),
    writes: 1,
    violations: 1,
  }]);
  assertEquals([current.violations, replay.writes, replay.violations], [3, 3, 2]);
});

Deno.test("who corrected a record later is a person, a fix rule or a system; a first correction counts, and what stayed wrong does not", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const rule = { ...positive, condition: and(is("note", "!=", " x")), message: "A blank." };
  await addOrders(sql, ...["1", "2", "3", "4"].map((id) => ({ id, note: " x" })));
  await world.as("steward", (own) => own`update shop.orders set note = 'y' where id = '1'`);
  await world.as("admin", (own) => own`update shop.orders set note = 'z' where id = '1'`);
  await sql`update shop.orders set note = 'y' where id = '2'`;
  await saveRule(sql, {
    rule_key: "note-tidy",
    enforcement: "fix",
    applies_when: and(is("id", "=", "3")),
    condition: null,
    message: "Blanks.",
    fix: [{ step: "normalize", field: "note", using: "trim" }],
  });
  await evaluateAll(world);
  const { replay } = await backtest(world, rule);
  assertEquals(replay.violations, 4);
  assertEquals(replay.corrected, { by_person: 1, by_fix: 1, by_system: 1 });
  assertEquals(replay.corrected_by, [{ actor: people.steward, writes: 1 }]);
});

Deno.test("a backtest and a writer do not wait for each other", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "a", is_active: false });
  await addOrders(sql, { id: "1", amount: "-1", customer_id: "a" });
  const rule = { ...positive, condition: and(is("amount", ">", "0"), is("customer.is_active", "=", true)) };
  await sql.begin(async (reader) => {
    await reader`select governance.backtest_rule(${reader.json(rule as never)}, 'acme')`;
    const locks = await reader`
      select distinct mode from pg_locks where pid = pg_backend_pid() and locktype in ('relation', 'tuple')`;
    assertEquals(locks.map(({ mode }) => mode), ["AccessShareLock"]);
    await sql.begin(async (writer) => {
      await writer`set local lock_timeout = '100ms'`;
      await writer`update shop.orders set note = 'x' where id = '1'`;
      await writer`update shop.customers set is_active = true where id = 'a'`;
      await writer`insert into shop.orders (id, org_id) values ('2', 'acme')`;
      // And the other way round: what is being written holds nobody up who only looks.
      await reader`set local lock_timeout = '100ms'`;
      const [row] = await reader`select governance.backtest_rule(${
        reader.json(rule as never)
      }, 'acme') as result`;
      assertEquals(row!.result.current.violations, 1);
    });
  });
});

Deno.test("to-many relations, sets, columns that are not audited, and gaps are named as what is judged as of now", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const limits = async (rule: unknown) => (await backtest(world, rule)).only_as_of_now;
  assertEquals(await limits(positive), []);
  const open = {
    field: "orders",
    operator: "=",
    match: { mode: "some" },
    value: and(is("status", "=", "open")),
  };
  assertEquals(
    await limits({
      ...positive,
      entity_type: "customer",
      enforcement: "issue",
      condition: and(open),
      message: "None.",
    }),
    ["orders are counted as they are now"],
  );
  assertEquals(await limits({ ...positive, condition: and(is("status", "inReference", "us_states")) }), [
    'the set "us_states" is as it is now',
  ]);
  await sql`update governance.entities set ignored_columns = array['note'] where entity_type = 'purchase'`;
  assertEquals(await limits({ ...positive, condition: and(is("note", "notNull")), message: "No note." }), [
    "note is not audited, and is as it is now",
  ]);
  await sql`select governance.pause('purchase', 'A test.')`;
  await sql`select governance.resume('purchase')`;
  assertEquals(await limits(positive), [
    "purchase was paused or failed meanwhile, and what was written then is not known",
  ]);
});
