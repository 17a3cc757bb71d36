import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  people,
  quiet,
  refused,
  saveRule,
} from "../support/mod.ts";

Deno.test("the Wilson interval is the known one", async () => {
  await using world = await createWorld();
  const rows = await world
    .sql`select low::float8, high::float8 from unnest(array[8, 0, 50, 10]::bigint[], array[10, 10, 50, 0]::bigint[]) as x(h, n)
    cross join lateral governance_private.wilson(x.h, x.n)`;
  const known = [[0.4902, 0.9433], [0, 0.2775], [0.9286, 1]];
  for (const [n, [low, high]] of known.entries()) {
    assertAlmostEquals(rows[n]!.low, low!, 0.0002);
    assertAlmostEquals(rows[n]!.high, high!, 0.0002);
  }
  assertEquals([rows[3]!.low, rows[3]!.high], [null, null]);
});

Deno.test("health tells what was decided, what is open and ignored, and which rules fire on the same records", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await saveRule(sql, { rule_key: "has-note", condition: and(is("note", "notNull")) });
  await quiet(sql);
  await addOrders(sql, ...["1", "2", "3", "4", "5", "6"].map((id) => ({ id })), {
    id: "7",
    org_id: "globex",
  });
  await evaluateAll(world);
  await world.as("member", (own) => own`update shop.orders set amount = 1 where id in ('1', '2', '3')`);
  await evaluateAll(world);
  await world.as("steward", async (own) => {
    const [issue] =
      await own`select id from governance.data_quality_issues where record_key = '4' and rule_key = 'order-has-amount'`;
    await own`select governance.ignore_issue(${issue!.id}, 'It is right.', null, 'false_alarm')`;
  });
  const [row] = await world.as(
    "steward",
    (own) => own`select * from governance.rule_health('acme') where rule_key = 'order-has-amount'`,
  );
  assertEquals([row!.open_issues, row!.decided, row!.false_alarms, row!.precision, row!.ignored_share], [
    "2",
    "4",
    "1",
    "0.7500",
    "0.1667",
  ]);
  assertEquals([row!.violations_per_day, row!.refused_at_most, row!.fixes], ["0.20", "0", "0"]);
  assertEquals(row!.fires_with, [{ rule_key: "has-note", share: 1 }]);
  assertEquals([
    row!.precision_low < 0.5,
    row!.precision_high > 0.9,
    row!.median_time_to_resolve !== null,
    row!.last_fired_at !== null,
  ], [true, true, true, true]);
  // Of six open ones the other fires on two, and on one that was waved off.
  const [other] =
    await sql`select fires_with, decided from governance.rule_health('acme') where rule_key = 'has-note'`;
  assertEquals([other!.fires_with, other!.decided], [[{ rule_key: "order-has-amount", share: 0.5 }], "0"]);
  // What people said of another condition says nothing of this one.
  await sql`update governance.data_quality_rules set condition = ${
    sql.json(and(is("amount", ">", "0")) as never)
  } where rule_key = 'order-has-amount'`;
  const [anew] =
    await sql`select decided, open_issues from governance.rule_health('acme') where rule_key = 'order-has-amount'`;
  assertEquals(anew!.decided, "0");
});

Deno.test("the health of a fix rule says how much of what it did was taken back", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, {
    rule_key: "note-tidy",
    enforcement: "fix",
    condition: null,
    message: "Blanks.",
    fix: [{ step: "normalize", field: "note", using: "trim" }],
  });
  await addOrders(sql, { id: "1", note: " a" }, { id: "2", note: " b" });
  await evaluateAll(world);
  await world.as("steward", async (own) => {
    const [fix] = await own`select id from governance.fixes where record_key = '1'`;
    await own`select governance.undo_fix(${fix!.id})`;
  });
  const [row] =
    await sql`select fixes, fix_reversal_rate from governance.rule_health('acme') where rule_key = 'note-tidy'`;
  assertEquals({ ...row }, { fixes: "2", fix_reversal_rate: "0.5000" });
});

Deno.test("cost is measured where a rule runs, and null where that is not known", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await saveRule(sql, { rule_key: "block", enforcement: "block", condition: and(is("note", "notNull")) });
  await sql`insert into shop.orders (id, org_id, amount, note) select n::text, 'acme', n, 'x' from generate_series(1, 500) n`;
  const costs = async () =>
    (await sql`select rule_key, write_ms_per_thousand is not null as write, evaluate_ms_per_thousand::float8 as evaluate, sweep_ms_per_thousand is not null as sweep
      from governance.rule_health() where entity_type = 'purchase' order by 1`).map((row) =>
      Object.values(row)
    );
  assertEquals(await costs(), [["block", false, null, false], ["order-has-amount", false, null, false]]);
  await sql`select governance_private.measure_rule_costs('purchase')`;
  await world.as("service_role", (own) => own`select governance.note_evaluate_cost('purchase', 500, 100)`);
  await world.as("service_role", (own) => own`select governance.note_evaluate_cost('purchase', 500, 300)`);
  assertEquals(await costs(), [["block", true, 200, true], ["order-has-amount", false, 200, true]]);
});

Deno.test("health is for stewards of the organization, and over all for instance administrators", async () => {
  await using world = await createWorld();
  const health = (caller: keyof typeof people | "service_role", org: string | null) =>
    world.as(caller, (own) => own`select rule_key from governance.rule_health(${org})`);
  for (const caller of ["viewer", "member", "outsider"] as const) {
    assertEquals((await refused(health(caller, "acme"))).state, "PT403");
  }
  assertEquals((await refused(health("admin", null))).state, "PT403");
  assertEquals((await health("service_role", null)).length > 100, true);
  assertEquals((await health("steward", "acme")).length > 100, true);
});
