import { assert, assertEquals } from "@std/assert";
import type { TransactionSql } from "postgres";
import {
  addOrders,
  apply,
  applyIn,
  claim,
  claimed,
  createWorld,
  evaluate,
  evaluateAll,
  issues,
  judge,
  openIssues,
  people,
  quiet,
  refused,
  saveRule,
  settle,
  verdict,
  violation,
  type World,
} from "../support/mod.ts";

/** A world with one rule, one bad record and its open issue. */
async function withIssue(world: World): Promise<{ rule: string; id: string }> {
  const rule = await saveRule(world.sql);
  await quiet(world.sql);
  await addOrders(world.sql, { id: "1" });
  await evaluate(world, () => ({ violations: [violation(rule)] }));
  const [issue] = await issues(world.sql);
  return { rule, id: issue!.id as string };
}

const only = async (world: World) => (await issues(world.sql))[0]!;
const kinds = async (world: World) =>
  (await world.sql`select kind from governance.data_quality_issue_events order by id`).map(({ kind }) =>
    kind
  );

Deno.test("a violation opens an issue with everything that people need to act", async () => {
  await using world = await createWorld();
  const { rule } = await withIssue(world);
  const issue = await only(world);
  const {
    org_id,
    entity_type,
    record_key,
    record_label,
    rule_key,
    rule_id,
    rule_version,
    fields,
    severity,
    message,
    observed,
  } = issue;
  assertEquals({
    org_id,
    entity_type,
    record_key,
    record_label,
    rule_key,
    rule_id,
    rule_version,
    fields,
    severity,
    message,
    observed,
  }, {
    org_id: "acme",
    entity_type: "purchase",
    record_key: "1",
    record_label: "1",
    rule_key: "order-has-amount",
    rule_id: rule,
    rule_version: 1,
    fields: ["amount"],
    severity: "medium",
    message: "No amount.",
    observed: { amount: null },
  });
  assertEquals([issue.status, issue.resolution, issue.occurrence_count], ["open", null, 1]);
  assertEquals(await kinds(world), ["opened"]);
});

Deno.test("a further violation refreshes the open issue and counts", async () => {
  await using world = await createWorld();
  const { rule } = await withIssue(world);
  const before = await only(world);
  await world.sql`update shop.orders set note = 'x'`;
  const counts = await evaluate(world, () => ({ violations: [violation(rule, { message: "Still none." })] }));
  const after = await only(world);
  assertEquals([counts.opened, counts.refreshed, after.occurrence_count, after.message], [
    0,
    1,
    2,
    "Still none.",
  ]);
  assertEquals([after.id, after.first_seen_at, after.due_date], [
    before.id,
    before.first_seen_at,
    before.due_date,
  ]);
  assertEquals(await kinds(world), ["opened"]);
});

Deno.test("a violation that returns reopens its issue with a new due date", async () => {
  await using world = await createWorld();
  const { rule, id } = await withIssue(world);
  await world.sql`update shop.orders set amount = 1`;
  await evaluate(world);
  assertEquals((await only(world)).status, "fixed");
  await world.sql`update governance.data_quality_issues set due_date = '2020-01-01'`;
  await world.sql`update shop.orders set amount = null`;
  const counts = await evaluate(world, () => ({ violations: [violation(rule)] }));
  const issue = await only(world);
  assertEquals([counts.reopened, issue.id, issue.status, issue.resolution], [1, id, "open", null]);
  assert(issue.due_date as Date > new Date());
  assertEquals((await kinds(world)).filter((kind) => kind !== "rescheduled"), [
    "opened",
    "fixed",
    "reopened",
  ]);
});

Deno.test("a clean record closes its issue by what cleaned it", async (t) => {
  const causes: [string, (world: World) => Promise<unknown>, string][] = [
    [
      "a signed-in person",
      (world) => world.as("colleague", (own) => own`update shop.orders set amount = 1`),
      "fixed_by_person",
    ],
    ["a system", (world) => world.sql`update shop.orders set amount = 1`, "data_changed"],
  ];
  for (const [name, clean, resolution] of causes) {
    await t.step(name, async () => {
      await using world = await createWorld();
      await withIssue(world);
      await clean(world);
      assertEquals((await evaluate(world)).resolved, 1);
      const issue = await only(world);
      assertEquals([issue.status, issue.resolution], ["fixed", resolution]);
    });
  }
});

Deno.test("a rule that could not be evaluated neither opens nor closes", async () => {
  await using world = await createWorld();
  const { rule } = await withIssue(world);
  await world.sql`update shop.orders set note = 'x'`;
  await evaluate(world, () => ({ unevaluated: [{ rule_id: rule, reason: "the customer cannot be read" }] }));
  assertEquals((await only(world)).status, "open");
});

Deno.test("a deleted record closes its issues with record_deleted", async () => {
  await using world = await createWorld();
  await withIssue(world);
  await world.sql`delete from shop.orders`;
  const batch = await claimed(world);
  assertEquals(batch.records.map(({ key, exists, org_id }) => [key, exists, org_id]), [["1", false, "acme"]]);
  assertEquals((await apply(world, batch, batch.records.map((record) => verdict(record)))).deleted, 1);
  assertEquals((await only(world)).resolution, "record_deleted");
});

Deno.test("a record that went without a trace is found by the sweep, and its issues close", async () => {
  await using world = await createWorld();
  await withIssue(world);
  await world.sql`select governance.pause('purchase', 'a purge')`;
  await world.sql`delete from shop.orders`;
  await world.sql`select governance.resume('purchase')`;
  await settle(world);
  assertEquals((await only(world)).resolution, "record_deleted");
});

Deno.test("a record that moves to another organization leaves its issue behind, closed", async () => {
  await using world = await createWorld();
  const { rule } = await withIssue(world);
  await world.sql`update shop.orders set org_id = 'globex'`;
  await evaluate(world, () => ({ violations: [violation(rule)] }));
  const rows = (await issues(world.sql)).map(({ org_id, status }) => [org_id, status]).sort();
  assertEquals(rows, [["acme", "fixed"], ["globex", "open"]]);
});

Deno.test("two evaluators that see one violation at once open one issue", async () => {
  await using world = await createWorld();
  const rule = await saveRule(world.sql);
  const [first, second] = [world.database.connect(), world.database.connect()];
  const open = (sql: typeof first) =>
    sql`select * from governance_private.open_issues('purchase', ${
      sql.json(
        [{ ...violation(rule), key: "1", org_id: "acme", label: "1", owner: null, event_id: 7 }] as never,
      )
    })`;
  let waiting: Promise<unknown>;
  await first.begin(async (one) => {
    await open(one as never);
    waiting = open(second).execute();
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  await waiting!;
  assertEquals((await issues(world.sql)).map(({ occurrence_count }) => occurrence_count), [1]);
});

Deno.test("a fingerprint stands once, whoever inserts", async () => {
  await using world = await createWorld();
  await withIssue(world);
  const { state } = await refused(world.sql`insert into governance.data_quality_issues
    (org_id, entity_type, record_key, rule_key, severity, message) values ('acme', 'purchase', '1', 'order-has-amount', 'low', 'x')`);
  assertEquals(state, "23505");
});

Deno.test("an issue is due by its severity, or by what its rule says", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const hours: Record<string, number> = { critical: 24, high: 72, medium: 168, low: 720 };
  const rules: string[] = [];
  for (const severity of Object.keys(hours)) {
    rules.push(await saveRule(sql, { rule_key: `by-${severity}`, severity }));
  }
  rules.push(await saveRule(sql, { rule_key: "by-rule", severity: "low", due_in: "2 hours" }));
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  await evaluate(world, () => ({ violations: rules.map((id) => violation(id)) }));
  const rows =
    await sql`select rule_key, round(extract(epoch from due_date - first_seen_at) / 3600)::int as hours
    from governance.data_quality_issues`;
  assertEquals(
    Object.fromEntries(rows.map((row) => [row.rule_key, row.hours])),
    { "by-critical": 24, "by-high": 72, "by-medium": 168, "by-low": 720, "by-rule": 2 },
  );
});

Deno.test("an issue belongs to the record's owner, else the rule's, else the organization's", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`update governance.organizations set default_owner = ${people.admin} where org_id = 'acme'`;
  const plain = await saveRule(sql);
  const owned = await saveRule(sql, { rule_key: "with-owner", default_owner: people.steward });
  await quiet(sql);
  await addOrders(sql, { id: "mine", owner_user_id: people.member }, { id: "nobodys" });
  await evaluate(world, () => ({ violations: [violation(plain), violation(owned)] }));
  assertEquals((await issues(sql)).map((issue) => [issue.record_key, issue.rule_key, issue.owner_user_id]), [
    ["mine", "order-has-amount", people.member],
    ["nobodys", "order-has-amount", people.admin],
    ["mine", "with-owner", people.member],
    ["nobodys", "with-owner", people.steward],
  ]);
});

Deno.test("an ignored issue wakes when what was observed changes, not when something else does", async () => {
  await using world = await createWorld();
  const { rule, id } = await withIssue(world);
  const see = async (note: string, amount: string) => {
    await world.sql`update shop.orders set note = ${note}`;
    await evaluate(world, () => ({ violations: [violation(rule, { observed: { amount } })] }));
    return (await only(world)).status;
  };
  await see("a", "-1");
  await world.as("steward", (own) => own`select governance.ignore_issue(${id}, 'agreed with finance')`);
  assertEquals(await see("b", "-1"), "ignored");
  assertEquals(await see("c", "-2"), "open");
});

Deno.test("a false alarm and a duplicate never wake; won't fix does", async () => {
  for (
    const [resolution, status] of [["false_alarm", "ignored"], ["duplicate", "ignored"], [
      "wont_fix",
      "open",
    ]] as const
  ) {
    await using world = await createWorld();
    const { rule, id } = await withIssue(world);
    await world.as(
      "steward",
      (own) => own`select governance.ignore_issue(${id}, 'because', now() + interval '1 day', ${resolution})`,
    );
    await world.sql`update governance.data_quality_issues set ignored_until = now() - interval '1 minute'`;
    await world.sql`select governance_private.wake_issues()`;
    assertEquals((await only(world)).status, status, resolution);
    if (status === "ignored") {
      await world.sql`update shop.orders set note = 'x'`;
      await evaluate(world, () => ({ violations: [violation(rule, { observed: { amount: "0" } })] }));
      assertEquals((await only(world)).status, status, resolution);
    }
  }
});

Deno.test("an ignored issue wakes when its date has passed, and not before", async () => {
  await using world = await createWorld();
  const { id } = await withIssue(world);
  await world.as(
    "steward",
    (own) => own`select governance.ignore_issue(${id}, 'next week', now() + interval '7 days')`,
  );
  assertEquals((await world.sql`select governance_private.wake_issues() as woken`)[0]!.woken, 0);
  await world.sql`update governance.data_quality_issues set ignored_until = now()`;
  assertEquals((await world.sql`select governance_private.wake_issues() as woken`)[0]!.woken, 1);
  const issue = await only(world);
  assertEquals([issue.status, issue.ignored_reason, issue.ignored_until], ["open", null, null]);
});

Deno.test("an ignored issue closes when its record becomes clean", async () => {
  await using world = await createWorld();
  const { id } = await withIssue(world);
  await world.as("steward", (own) => own`select governance.ignore_issue(${id}, 'later')`);
  await world.sql`update shop.orders set amount = 1`;
  await evaluate(world);
  assertEquals((await only(world)).status, "fixed");
});

Deno.test("an issue that somebody is deciding on is left to them, and the other records are judged", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  await evaluateAll(world);
  await sql`update shop.orders set amount = 1`;
  await sql.begin(async (steward) => {
    await steward`select from governance.data_quality_issues where record_key = '1' for update`;
    await world.as("service_role", async (evaluator) => {
      await evaluator`set local lock_timeout = '500ms'`;
      const batch = (await claim(world))!;
      const { applied, stale } = await applyIn(evaluator, batch, [...await judge(world, batch)]);
      assertEquals([applied, stale], [1, 1]);
    });
    assertEquals(await claim(world), null);
  });
  await sql`update governance_private.change_queue set available_at = now()`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});

Deno.test("an issue that is reopened is judged: one of a clean record closes, and that of a rule that is gone is not reopened", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await addOrders(sql, { id: "1" }, { id: "2" }, { id: "3" });
  await evaluateAll(world);
  const ids = (await sql`select id from governance.data_quality_issues order by record_key`).map((row) =>
    row["id"]
  );
  const as = (call: (own: TransactionSql) => PromiseLike<unknown>) =>
    world.as("steward", async (own) => void await call(own));
  for (const issue of ids) {
    await as((own) => own`select governance.ignore_issue(${issue}, 'so', null, 'false_alarm')`);
  }
  await sql`update shop.orders set amount = 1 where id = '1'`;
  await evaluateAll(world);
  for (const issue of ids.slice(0, 2)) await as((own) => own`select governance.reopen_issue(${issue})`);
  assertEquals(await openIssues(world), ["order-has-amount:1", "order-has-amount:2"]);
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:2"]);
  await sql`update governance.data_quality_rules set status = 'deprecated' where id = ${id}`;
  const refusal = await refused(as((own) => own`select governance.reopen_issue(${ids[2]})`));
  assertEquals([refusal.state, refusal.detail.code], ["PT422", "transition-refused"]);
});

Deno.test("an ignored issue whose date has passed does not wake when its rule was retired meanwhile", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await addOrders(sql, { id: "1" });
  await evaluateAll(world);
  await sql`update governance.data_quality_issues set status = 'ignored', resolution = 'wont_fix', ignored_reason = 'so', ignored_until = now() + interval '1 hour'`;
  await sql`update governance.data_quality_rules set status = 'deprecated' where id = ${id}`;
  await sql`update governance.data_quality_issues set ignored_until = now() - interval '1 second'`;
  await sql`select governance_private.wake_issues()`;
  const rows = await sql`select status, resolution from governance.data_quality_issues`;
  assertEquals(rows.map((row) => ({ ...row })), [{ status: "fixed", resolution: "rule_retired" }]);
});
