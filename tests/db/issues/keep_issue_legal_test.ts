import { assert, assertEquals } from "@std/assert";
import {
  addOrders,
  createWorld,
  evaluate,
  issues,
  people,
  quiet,
  refused,
  saveRule,
  violation,
  type World,
} from "../support/mod.ts";

async function withIssue(world: World): Promise<string> {
  const rule = await saveRule(world.sql);
  await quiet(world.sql);
  await addOrders(world.sql, { id: "1" });
  await evaluate(world, () => ({ violations: [violation(rule)] }));
  return (await issues(world.sql))[0]!.id as string;
}

/** What Studio's table editor does: an update of a row as `postgres`. */
const edit = ({ sql }: World, change: Record<string, unknown>) =>
  sql`update governance.data_quality_issues set ${sql(change)}`;

const legal: [string, Record<string, unknown>[], Record<string, unknown>, string[]][] = [
  ["ignoring with a reason", [{ status: "ignored", ignored_reason: "agreed" }], {
    status: "ignored",
    resolution: null,
  }, ["ignored"]],
  ["ignoring as a false alarm", [{ status: "ignored", ignored_reason: "no", resolution: "false_alarm" }], {
    resolution: "false_alarm",
  }, ["ignored"]],
  ["closing by hand", [{ status: "fixed" }], { status: "fixed", resolution: "fixed_by_person" }, ["fixed"]],
  ["closing with a resolution", [{ status: "fixed", resolution: "not_applicable" }], {
    resolution: "not_applicable",
  }, ["fixed"]],
  [
    "closing what was ignored",
    [{ status: "ignored", ignored_reason: "x", resolution: "wont_fix" }, { status: "fixed" }],
    { resolution: "fixed_by_person", ignored_reason: null },
    ["ignored", "fixed"],
  ],
  ["reopening what is fixed", [{ status: "fixed" }, { status: "open" }], {
    status: "open",
    resolution: null,
    decided_at: null,
  }, ["fixed", "reopened"]],
  ["reopening what is ignored", [{ status: "ignored", ignored_reason: "x" }, { status: "open" }], {
    status: "open",
    ignored_reason: null,
  }, ["ignored", "reopened"]],
  ["assigning", [{ owner_user_id: people.member }], { owner_user_id: people.member, status: "open" }, [
    "assigned",
  ]],
  ["another due date", [{ due_date: new Date("2027-01-01") }], { due_date: new Date("2027-01-01") }, [
    "rescheduled",
  ]],
  [
    "calling what is ignored a false alarm",
    [{ status: "ignored", ignored_reason: "x" }, { resolution: "false_alarm" }],
    { resolution: "false_alarm" },
    ["ignored", "ignored"],
  ],
];

Deno.test("an edit by hand is allowed where the step is legal, and leaves its events", async (t) => {
  for (const [name, changes, expected, kinds] of legal) {
    await t.step(name, async () => {
      await using world = await createWorld();
      await withIssue(world);
      for (const change of changes) await edit(world, change);
      const [issue] = await issues(world.sql);
      for (const [column, value] of Object.entries(expected)) assertEquals(issue![column], value, column);
      const events = await world
        .sql`select kind, db_role from governance.data_quality_issue_events where kind <> 'opened' order by id`;
      assertEquals(events.map(({ kind }) => kind), kinds);
      assert(events.every(({ db_role }) => db_role === "postgres"));
    });
  }
});

const illegal: [string, Record<string, unknown>[]][] = [
  ["ignoring without a reason", [{ status: "ignored" }]],
  ["ignoring with a blank reason", [{ status: "ignored", ignored_reason: "  " }]],
  ["taking the reason away", [{ status: "ignored", ignored_reason: "x" }, { ignored_reason: null }]],
  ["ignoring what is fixed", [{ status: "fixed" }, { status: "ignored", ignored_reason: "x" }]],
  ["ignoring with a resolution of fixed", [{
    status: "ignored",
    ignored_reason: "x",
    resolution: "data_changed",
  }]],
  ["an open issue with a resolution", [{ resolution: "fixed_by_person" }]],
  ["fixed as a false alarm", [{ status: "fixed", resolution: "false_alarm" }]],
  ["another record", [{ record_key: "2" }]],
  ["another rule", [{ rule_key: "another" }]],
  ["another organization", [{ org_id: "globex" }]],
  ["another first day", [{ first_seen_at: new Date(0) }]],
  ["a status that does not exist", [{ status: "done" }]],
  ["a suggestion that is no patch", [{ suggested_fix: { amount: 1 } }]],
];

Deno.test("an edit by hand is refused where the step is illegal", async (t) => {
  for (const [name, changes] of illegal) {
    await t.step(name, async () => {
      await using world = await createWorld();
      await withIssue(world);
      for (const change of changes.slice(0, -1)) await edit(world, change);
      const [before] = await issues(world.sql);
      const { state, detail } = await refused(edit(world, changes.at(-1)!));
      assert(state === "23514" || detail.code === "transition-refused", state);
      assertEquals((await issues(world.sql))[0], before);
    });
  }
});

Deno.test("an issue begins open", async () => {
  await using world = await createWorld();
  const { detail } = await refused(
    world.sql`insert into governance.data_quality_issues (entity_type, rule_key, severity, message, status)
    values ('purchase', 'by-hand', 'low', 'x', 'fixed')`,
  );
  assertEquals(detail.code, "transition-refused");
});

Deno.test("who decided and when is kept with the issue", async () => {
  await using world = await createWorld();
  const id = await withIssue(world);
  await world.as("steward", (own) => own`select governance.ignore_issue(${id}, 'no', null, 'false_alarm')`);
  const [issue] = await issues(world.sql);
  assertEquals([issue!.decided_by, issue!.decided_at !== null], [people.steward, true]);
});
