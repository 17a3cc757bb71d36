import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  quiet,
  refused,
  saveBlock,
  saveRule,
  type World,
} from "../support/mod.ts";

const health = async (world: World, rule: string) => {
  const [row] = await world.as(
    "steward",
    (own) =>
      own`select *, extract(epoch from median_time_to_resolve)::int as median, (last_fired_at at time zone 'UTC')::text as fired
      from governance.rule_health('acme') where rule_key = ${rule}`,
  );
  return row!;
};

/** Ten orders without an amount, each with its issue. */
async function tenIssues(world: World): Promise<void> {
  const { sql } = world;
  await saveRule(sql);
  await quiet(sql);
  await addOrders(sql, ...Array.from({ length: 10 }, (_, n) => ({ id: String(n) })));
  await evaluateAll(world);
}

Deno.test("open, violations a day, precision with its interval, and the share ignored are what one counts by hand", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await tenIssues(world);
  await world.as(
    "member",
    (own) => own`update shop.orders set amount = 1 where id in ('0', '1', '2', '3', '4')`,
  );
  await evaluateAll(world);
  const ignore = (id: string, resolution: string | null) =>
    world.as("steward", (own) =>
      own`
      select governance.ignore_issue(i.id, 'So.', null, ${resolution}) from governance.data_quality_issues i where i.record_key = ${id}`);
  await ignore("5", "false_alarm");
  await ignore("6", "false_alarm");
  await ignore("7", "wont_fix");
  // One comes back, is corrected again, and counts once as decided but twice as a violation.
  await sql`update shop.orders set amount = null where id = '0'`;
  await evaluateAll(world);
  await world.as("member", (own) => own`update shop.orders set amount = 2 where id = '0'`);
  await evaluateAll(world);
  // What opened more than thirty days ago is no violation of these days.
  await sql`update governance.data_quality_issue_events set occurred_at = now() - interval '31 days'
    where kind = 'opened' and issue_id = (select id from governance.data_quality_issues where record_key = '9')`;
  const row = await health(world, "order-has-amount");
  assertEquals([row.open_issues, row.decided, row.false_alarms], ["2", "7", "2"]);
  assertEquals(
    row.violations_per_day,
    (Math.round(1000 / 30) / 100).toFixed(2),
    "nine opened and one reopened, in thirty days",
  );
  assertEquals(row.ignored_share, "0.3000");
  const [hits, n, z] = [5, 7, 1.959963984540054];
  const [p, zz] = [hits / n, z * z];
  const half = z * Math.sqrt((p * (1 - p)) / n + zz / (4 * n * n));
  assertAlmostEquals(Number(row.precision), p, 0.0001);
  assertAlmostEquals(Number(row.precision_low), (p + zz / (2 * n) - half) / (1 + zz / n), 0.0001);
  assertAlmostEquals(Number(row.precision_high), (p + zz / (2 * n) + half) / (1 + zz / n), 0.0001);
});

Deno.test("the median time to resolve runs from when an issue last opened to when it was fixed; what was waved off has none", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await tenIssues(world);
  await world.as("member", (own) => own`update shop.orders set amount = 1 where id in ('0', '1', '2')`);
  await evaluateAll(world);
  await sql`update governance.data_quality_issues set status = 'ignored', resolution = 'false_alarm', ignored_reason = 'So.' where record_key = '3'`;
  const hours = { "0": 1, "1": 30, "2": 4, "3": 500 };
  for (const [key, took] of Object.entries(hours)) {
    await sql`update governance.data_quality_issue_events e set occurred_at = i.decided_at - make_interval(hours => ${took})
      from governance.data_quality_issues i where i.id = e.issue_id and e.kind = 'opened' and i.record_key = ${key}`;
  }
  assertEquals((await health(world, "order-has-amount")).median, 4 * 3600);
});

Deno.test("a rule last fired when its issue was seen, it corrected, it refused a call of the API, or its shadow objected", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await tenIssues(world);
  await saveRule(sql, {
    rule_key: "note-tidy",
    enforcement: "fix",
    condition: null,
    message: "Blanks.",
    fix: [{ step: "normalize", field: "note", using: "trim" }],
  });
  await saveBlock(sql, { rule_key: "no-lost", condition: and(is("status", "!=", "lost")) });
  await saveBlock(sql, { rule_key: "no-open", status: "shadow", condition: and(is("status", "!=", "open")) });
  await saveRule(sql, { rule_key: "never", condition: and(is("id", "notNull")) });
  await addOrders(sql, { id: "20", note: " x ", amount: "1", status: "open" });
  await evaluateAll(world);
  const record = [{ n: 1, values: { id: "30", status: "lost", amount: 1 } }];
  await world.as(
    "member",
    (own) => own`select governance.store_records('purchase', 'acme', ${own.json(record)}, false)`,
  );
  await refused(addOrders(sql, { id: "31", status: "lost", amount: "1" }));
  await sql`update governance.data_quality_issues set last_seen_at = '2026-11-01 10:00Z'`;
  await sql`update governance.fixes set applied_at = '2026-11-02 10:00Z'`;
  await sql`update governance.refused_writes set occurred_at = '2026-11-03 10:00Z'`;
  await sql`update governance.shadow_tallies set day = '2026-11-04'`;
  const fired = async (rule: string) => (await health(world, rule)).fired;
  assertEquals(await fired("order-has-amount"), "2026-11-01 10:00:00");
  assertEquals(await fired("note-tidy"), "2026-11-02 10:00:00");
  assertEquals(await fired("no-lost"), "2026-11-03 10:00:00");
  assertEquals(await fired("no-open"), "2026-11-04 00:00:00");
  assertEquals(await fired("never"), null);
  const row = await health(world, "no-lost");
  // By the API, and by SQL: the log has the one, the counter both.
  assertEquals([row.refused_by_api, row.refused_at_most], ["1", "2"]);
  assertEquals((await health(world, "no-open")).shadow_hits, "1");
});

Deno.test("figures are of one organization, and of all together for instance administrators", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await tenIssues(world);
  await addOrders(sql, { id: "g", org_id: "globex" });
  await evaluateAll(world);
  const open = async (caller: "steward" | "outsider" | "service_role", org: string | null) => {
    const [row] = await world.as(caller, (own) =>
      own`
      select open_issues from governance.rule_health(${org}) where rule_key = 'order-has-amount'`);
    return row!.open_issues;
  };
  assertEquals(
    [await open("steward", "acme"), await open("outsider", "globex"), await open("service_role", null)],
    ["10", "1", "11"],
  );
});
