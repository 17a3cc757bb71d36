import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  type Caller,
  createWorld,
  evaluate,
  is,
  issues,
  people,
  quiet,
  refused,
  replace,
  saveRule,
  violation,
  type World,
} from "../support/mod.ts";

/** Customers `mine` (owned by the member) and `other`, each with an issue that suggests a name; returns the issues' ids. */
async function withIssues(world: World): Promise<{ mine: string; other: string; rule: string }> {
  const rule = await saveRule(world.sql, {
    rule_key: "customer-name",
    entity_type: "customer",
    condition: and(is("name", "=", "Right")),
    message: "Wrong name.",
  });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "mine", name: "Wrong", owner_user_id: people.member }, {
    id: "other",
    name: "Wrong",
  });
  await evaluate(
    world,
    () => ({ violations: [violation(rule, { suggested_fix: replace("name", "Wrong", "Right") })] }),
  );
  const [mine, other] = await issues(world.sql);
  return { mine: mine!.id as string, other: other!.id as string, rule };
}

type Answer = "yes" | "PT403" | "PT404" | "42501";

/** Who may do what to the member's own issue and to another one. */
const callers: readonly Caller[] = [
  "anon",
  "viewer",
  "member",
  "colleague",
  "steward",
  "admin",
  "outsider",
  "nobody",
  "service_role",
];
const matrix: Record<
  string,
  { call: (id: string) => string; before?: string; mine: Answer[]; other: Answer[] }
> = {
  assign_issue: {
    call: (id) => `governance.assign_issue('${id}', '${people.colleague}')`,
    mine: ["42501", "PT403", "PT403", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
    other: ["42501", "PT403", "PT403", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
  },
  ignore_issue: {
    call: (id) => `governance.ignore_issue('${id}', 'a reason')`,
    mine: ["42501", "PT403", "PT403", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
    other: ["42501", "PT403", "PT403", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
  },
  reopen_issue: {
    before: "update governance.data_quality_issues set status = 'fixed'",
    call: (id) => `governance.reopen_issue('${id}', 'not so')`,
    mine: ["42501", "PT403", "yes", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
    other: ["42501", "PT403", "PT403", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
  },
  apply_suggested_fix: {
    call: (id) => `governance.apply_suggested_fix('${id}')`,
    mine: ["42501", "PT403", "yes", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
    other: ["42501", "PT403", "PT403", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
  },
  apply_suggested_fixes: {
    call: (id) => `governance.apply_suggested_fixes(array['${id}']::uuid[])`,
    mine: ["42501", "PT403", "PT403", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
    other: ["42501", "PT403", "PT403", "PT403", "yes", "yes", "PT404", "PT404", "yes"],
  },
};

for (const [name, { call, before, ...answers }] of Object.entries(matrix)) {
  Deno.test(`who may ${name.replaceAll("_", " ")}`, async (t) => {
    await using world = await createWorld();
    const ids = await withIssues(world);
    if (before !== undefined) await world.sql.unsafe(before);
    for (const which of ["mine", "other"] as const) {
      for (const [n, caller] of callers.entries()) {
        await t.step(`${caller} on ${which}`, async () => {
          const attempt = world.as(caller, async (own) => {
            await own.unsafe(`select ${call(ids[which])}`);
            throw new Undo();
          });
          const answer = await attempt.catch((error) => error instanceof Undo ? "yes" : error.code);
          assertEquals(answer, answers[which][n]);
        });
      }
    }
  });
}

/** Rolls a permitted call back, so that the next caller finds the same state. */
class Undo extends Error {}

Deno.test("nobody edits an issue or its events past the functions", async () => {
  await using world = await createWorld();
  await withIssues(world);
  for (const caller of ["member", "steward", "admin"] as const) {
    for (
      const statement of [
        "update governance.data_quality_issues set status = 'fixed'",
        "delete from governance.data_quality_issues",
        "insert into governance.data_quality_issues (rule_key, entity_type, severity, message) values ('x', 'purchase', 'low', 'x')",
        "delete from governance.data_quality_issue_events",
        "update governance.fixes set reverted_at = now()",
      ]
    ) {
      assertEquals(
        (await refused(world.as(caller, (own) => own.unsafe(statement)))).state,
        "42501",
        statement,
      );
    }
  }
});

Deno.test("an issue is given to members of its organization only", async () => {
  await using world = await createWorld();
  const { mine } = await withIssues(world);
  const assign = (user: string | null) =>
    world.as("steward", (own) => own`select governance.assign_issue(${mine}, ${user})`);
  assertEquals((await refused(assign(people.outsider))).detail.field, "p_user_id");
  await assign(people.colleague);
  await assign(null);
  assertEquals((await issues(world.sql))[0]!.owner_user_id, null);
});

Deno.test("ignoring needs a reason, a date to come and a resolution that goes with it", async () => {
  await using world = await createWorld();
  const { mine } = await withIssues(world);
  const ignore = (rest: string) =>
    refused(world.as("steward", (own) => own.unsafe(`select governance.ignore_issue('${mine}', ${rest})`)));
  assertEquals((await ignore("null")).detail.code, "transition-refused");
  assertEquals((await ignore("' '")).detail.field, "ignored_reason");
  assertEquals((await ignore("'x', now() - interval '1 day'")).detail.field, "p_until");
  assertEquals((await ignore("'x', null, 'fixed_by_person'")).detail.field, "p_resolution");
});

Deno.test("a suggestion is applied with the person's rights and recorded as the person's", async () => {
  await using world = await createWorld();
  const { mine } = await withIssues(world);
  const [row] = await world.as(
    "member",
    (own) => own`select governance.apply_suggested_fix(${mine}) as result`,
  );
  assertEquals(row!.result.record_key, "mine");
  const [customer] = await world.sql`select name from shop.customers where id = 'mine'`;
  assertEquals(customer!.name, "Right");
  const [event] = await world
    .sql`select actor, db_role, cause_kind, cause_id from governance.audit_events where operation = 'update'`;
  assertEquals({ ...event }, {
    actor: people.member,
    db_role: "authenticated",
    cause_kind: "suggestion",
    cause_id: row!.result.batch_id,
  });
  const [issue] = await issues(world.sql);
  assertEquals([issue!.status, issue!.resolution, issue!.decided_by], [
    "fixed",
    "fixed_by_person",
    people.member,
  ]);
  const [fix] = await world.sql`select cause, applied_by, issue_id from governance.fixes`;
  assertEquals({ ...fix }, { cause: "suggestion", applied_by: people.member, issue_id: mine });
});

Deno.test("a person whom row level security hides the record from finds no issue and changes nothing", async () => {
  await using world = await createWorld();
  const { mine } = await withIssues(world);
  await world.sql`update shop.customers set is_hidden = true`;
  for (const caller of ["member", "steward", "admin"] as const) {
    const { state } = await refused(
      world.as(caller, (own) => own`select governance.apply_suggested_fix(${mine})`),
    );
    assertEquals(state, "PT404");
  }
  assertEquals((await world.sql`select distinct name from shop.customers`).map(({ name }) => name), [
    "Wrong",
  ]);
});

Deno.test("a person who may read the record but not change it cannot apply its suggestion", async () => {
  await using world = await createWorld();
  const { mine } = await withIssues(world);
  await world.sql`alter policy writable on shop.customers using (false)`;
  const { state, detail } = await refused(
    world.as("steward", (own) => own`select governance.apply_suggested_fix(${mine})`),
  );
  assertEquals([state, detail.code], ["PT409", "stale"]);
  assertEquals((await world.sql`select from governance.fixes`).length, 0);
  assertEquals((await issues(world.sql))[0]!.status, "open");
});

Deno.test("a suggestion whose record changed since is refused with the fields that conflict", async () => {
  await using world = await createWorld();
  const { mine } = await withIssues(world);
  await world.sql`update shop.customers set name = 'Else'`;
  const { state, detail, message } = await refused(
    world.as("steward", (own) => own`select governance.apply_suggested_fix(${mine})`),
  );
  assertEquals([state, detail.code], ["PT409", "stale"]);
  assertEquals(detail.conflicts, [{ field: "name", expected: "Wrong", actual: "Else" }]);
  assertStringIncludes(message, '"name" changed since');
  assertEquals((await world.sql`select from governance.fixes`).length, 0);
});

Deno.test("a suggestion cannot be applied twice, nor where there is none", async () => {
  await using world = await createWorld();
  const { mine, rule } = await withIssues(world);
  const applyMine = () => world.as("steward", (own) => own`select governance.apply_suggested_fix(${mine})`);
  await applyMine();
  assertEquals((await refused(applyMine())).detail.code, "stale");
  await world.sql`update shop.customers set email = 'x' where id = 'other'`;
  await evaluate(world, ({ key }) => key === "other" ? { violations: [violation(rule)] } : {});
  const id = (await issues(world.sql)).find(({ record_key }) => record_key === "other")!.id as string;
  assertEquals(
    (await refused(world.as("steward", (own) => own`select governance.apply_suggested_fix(${id})`))).detail
      .code,
    "no-suggestion",
  );
});

Deno.test("in bulk, what changed since or is refused is named, and the others are written as one batch", async () => {
  await using world = await createWorld();
  const rule = await saveRule(world.sql, {
    rule_key: "states",
    entity_type: "customer",
    condition: and(is("state", "=", "x")),
    message: "No.",
  });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", state: "a" }, { id: "2", state: "a" }, { id: "3", state: "a" });
  await evaluate(world, ({ key }) => ({
    violations: [violation(rule, { suggested_fix: replace("state", "a", key === "3" ? "forbidden" : "x") })],
  }));
  await world.sql`update shop.customers set state = 'b' where id = '2'`;
  const ids = (await issues(world.sql)).map(({ id }) => id as string);
  const [row] = await world.as(
    "steward",
    (own) => own`select governance.apply_suggested_fixes(${ids}) as result`,
  );
  assertEquals([row!.result.applied, row!.result.failed.map(({ key }: { key: string }) => key).sort()], [1, [
    "2",
    "3",
  ]]);
  assertEquals(
    (await world.sql`select id, state from shop.customers order by id`).map((c) => [c.id, c.state]),
    [["1", "x"], ["2", "b"], ["3", "a"]],
  );
  assertEquals((await issues(world.sql)).map(({ status }) => status), ["fixed", "open", "open"]);
  assertEquals(
    (await world.sql`select record_key from governance.fixes`).map(({ record_key }) => record_key),
    ["1"],
  );
});

Deno.test("in bulk, an issue that the caller cannot see refuses everything", async () => {
  await using world = await createWorld();
  const { mine } = await withIssues(world);
  const ids = [mine, people.nobody];
  assertEquals(
    (await refused(world.as("steward", (own) => own`select governance.apply_suggested_fixes(${ids})`))).state,
    "PT404",
  );
  assertEquals((await world.sql`select from governance.fixes`).length, 0);
});

Deno.test("a suggestion over two entities is applied in one batch", async () => {
  await using world = await createWorld();
  const { mine } = await withIssues(world);
  const rule = await saveRule(world.sql);
  await quiet(world.sql);
  await addOrders(world.sql, { id: "1" });
  await evaluate(
    world,
    () => ({ violations: [violation(rule, { suggested_fix: replace("amount", null, "5.00") })] }),
  );
  const order = (await issues(world.sql)).find(({ entity_type }) => entity_type === "purchase")!.id as string;
  const [row] = await world.as(
    "steward",
    (own) => own`select governance.apply_suggested_fixes(${[mine, order]}) as result`,
  );
  assertEquals([row!.result.applied, row!.result.failed], [2, []]);
  assertEquals((await world.sql`select amount from shop.orders`)[0]!.amount, "5.00");
});
