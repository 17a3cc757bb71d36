import { assertEquals } from "@std/assert";
import {
  addCustomers,
  type Caller,
  createWorld,
  evaluate,
  issues,
  people,
  quiet,
  refused,
  replace,
  saveRule,
  violation,
  type World,
} from "../support/mod.ts";

/** A world in which no two customers may have the same address, however it is written, and an issue that suggests one. */
async function withCollision(
  world: World,
  other: { is_hidden?: boolean; org_id?: string } = {},
): Promise<string> {
  await world
    .sql`create unique index customer_email_is_used_once on shop.customers (org_id, nullif(lower(btrim(email)), ''))`;
  const rule = await saveRule(world.sql, {
    rule_key: "email-is-right",
    entity_type: "customer",
    condition: { combinator: "and", rules: [{ field: "email", operator: "isBlank" }] },
    message: "x",
  });
  await addCustomers(world.sql, { id: "other", name: "Ana Silva", email: " ANA@x.example", ...other });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", name: "One", email: "ana@x", owner_user_id: people.member });
  await evaluate(world, () => ({
    violations: [violation(rule, { suggested_fix: replace("email", "ana@x", "ana@x.example") })],
  }));
  return (await issues(world.sql))[0]!.id as string;
}

const accept = (world: World, caller: Caller, id: string) =>
  refused(world.as(caller, (own) => own`select governance.apply_suggested_fix(${id})`));

Deno.test("a collision names the other record to who may read it, and what to do", async () => {
  await using world = await createWorld();
  const { state, message, hint, detail } = await accept(world, "member", await withCollision(world));
  assertEquals(state, "PT409");
  assertEquals(
    message,
    'Not saved: Customer email is used once. It collides with the customer "Ana Silva".',
  );
  assertEquals(hint, "Choose another value; or if both are the same, merge the two records.");
  assertEquals(detail, {
    code: "collides",
    entity_type: "customer",
    record_key: "1",
    sqlstate: "23505",
    constraint: "customer_email_is_used_once",
    collides_with: { entity_type: "customer", record_key: "other", label: "Ana Silva" },
  });
  const [issue] = await issues(world.sql);
  assertEquals(issue!.status, "open");
  assertEquals((await world.sql`select from governance.fixes`).length, 0);
});

Deno.test("a collision with a record that the caller may not read names no record", async () => {
  await using world = await createWorld();
  const { state, message, detail } = await accept(
    world,
    "member",
    await withCollision(world, { is_hidden: true }),
  );
  assertEquals([state, message], ["PT409", "Not saved: Customer email is used once."]);
  assertEquals(JSON.stringify(detail).includes("other"), false);
  assertEquals(detail.collides_with, undefined);
});

Deno.test("in bulk each refused record says why, and the others are written", async () => {
  await using world = await createWorld();
  await withCollision(world);
  const [rule] = await world
    .sql`select id from governance.data_quality_rules where rule_key = 'email-is-right'`;
  await addCustomers(world.sql, { id: "2", name: "Two", email: "b@x" });
  await evaluate(world, () => ({
    violations: [violation(rule!.id, { suggested_fix: replace("email", "b@x", "b@x.example") })],
  }));
  const ids = (await issues(world.sql)).map(({ id }) => id as string);
  const [row] = await world.as(
    "steward",
    (own) => own`select governance.apply_suggested_fixes(${ids}) as result`,
  );
  assertEquals([row!.result.applied, row!.result.failed], [1, [{
    key: "1",
    error: "Not saved: Customer email is used once.",
    hint: "Choose another value; or if both are the same, merge the two records.",
    sqlstate: "23505",
    constraint: "customer_email_is_used_once",
    collides_with: { entity_type: "customer", record_key: "other", label: "Ana Silva" },
  }]]);
});

Deno.test("an undo that collides says with what, and touches nothing", async () => {
  await using world = await createWorld();
  await withCollision(world);
  const [rule] = await world
    .sql`select id from governance.data_quality_rules where rule_key = 'email-is-right'`;
  await world.sql`update shop.customers set email = 'free@x' where id = '1'`;
  await evaluate(world, () => ({
    violations: [violation(rule!.id, { suggested_fix: replace("email", "free@x", "taken@x") })],
  }));
  const [issue] = await world.sql`select id from governance.data_quality_issues where status = 'open'`;
  const [row] = await world.as(
    "steward",
    (own) => own`select governance.apply_suggested_fix(${issue!.id}) as result`,
  );
  await addCustomers(world.sql, { id: "3", name: "Three", email: "FREE@x" });
  const { state, detail } = await refused(
    world.as("steward", (own) => own`select governance.undo_fix_batch(${row!.result.batch_id})`),
  );
  assertEquals([state, detail.collides_with.label], ["PT409", "Three"]);
  assertEquals((await world.sql`select email from shop.customers where id = '1'`)[0]!.email, "taken@x");
});

Deno.test("the issue of an automatic fix that collides names no record to anybody", async () => {
  await using world = await createWorld();
  await withCollision(world);
  await world.sql`update shop.customers set state = 's' where id = '1'`;
  const [rule] = await world
    .sql`select id from governance.data_quality_rules where rule_key = 'email-is-right'`;
  await evaluate(world, () => ({
    fixes: [{ rule_id: rule!.id, patch: replace("email", "ana@x", "ana@x.example") }],
  }));
  const [issue] = await issues(world.sql);
  assertEquals(
    issue!.message,
    "This record could not be corrected: Not saved: Customer email is used once.",
  );
});

Deno.test("constraints of every sort are explained", async (t) => {
  await using world = await createWorld();
  const { sql } = world;
  const org = "00000000-0000-4000-8000-0000000000aa";
  const key = (n: number) => `00000000-0000-4000-8000-0000000001${String(n).padStart(2, "0")}`;
  await sql.unsafe(`
    insert into organizations (id, name) values ('${org}', 'Acme');
    insert into plans (id, org_id, name) values ('${key(1)}', '${org}', 'Gold');
    insert into members (id, org_id, member_number, last_name) values ('${key(2)}', '${org}', 'M1', 'One');
    insert into coverages (id, org_id, member_id, plan_id, starts_on, ends_on) values
      ('${key(3)}', '${org}', '${key(2)}', '${key(1)}', '2026-01-01', '2026-01-31'),
      ('${key(4)}', '${org}', '${key(2)}', '${key(1)}', '2026-02-01', null);`).simple();
  await sql`comment on constraint customers_state_check on shop.customers is 'A customer''s state is allowed'`;
  await addCustomers(sql, { id: "1", name: "One" });
  const cases: [string, string, string, Record<string, unknown>, Record<string, unknown>][] = [
    ["an exclusion names what it overlaps with", "coverage", key(3), { ends_on: "2026-02-03" }, {
      message: "Not saved: Coverages of one plan do not overlap.",
      hint: "Change one of the two so that they no longer overlap.",
      collides_with: { entity_type: "coverage", record_key: key(4) },
    }],
    ["a check is its sentence", "coverage", key(4), { ends_on: "2025-02-03" }, {
      message: "Not saved: Coverage ends after it starts.",
    }],
    ["a check of a type, too", "plan", key(1), { monthly_price: "0.00001", currency: "USD" }, {
      message: "Not saved: An amount has at most four decimals.",
    }],
    ["a comment on a constraint says it better", "customer", "1", { state: "forbidden" }, {
      message: "Not saved: A customer's state is allowed.",
    }],
    ["a missing value names its column", "coverage", key(3), { plan_id: null }, {
      message: 'Not saved: "plan_id" must be filled in.',
      field: "plan_id",
    }],
    ["a reference into nowhere", "coverage", key(3), { plan_id: key(99) }, {
      message: "Not saved: Coverage plan is in the same organization.",
      hint: "Choose a record that exists in the same organization.",
    }],
  ];
  for (const [name, entity, record, values, expected] of cases) {
    await t.step(name, async () => {
      const change = { key: record, values, tests: {} };
      const [row] = await sql`select * from governance_private.try_change(${entity}, ${
        sql.json(change as never)
      })`;
      const { message, hint, collides_with, field } = row!.refusal;
      assertEquals(
        { message, hint, collides_with, field },
        {
          hint: "Correct the values so that this holds.",
          collides_with: undefined,
          field: undefined,
          ...expected,
          ...(field === undefined ? {} : { hint }),
        },
      );
    });
  }
  await t.step("a delete that something forbids names what still refers to it", async () => {
    const [row] = await sql`select governance_private.explain_constraint('plan', ${
      key(1)
    }, '{}', '23503', 'public.coverages',
      'coverage_plan_is_in_the_same_organization', '') as said`;
    const { message, collides_with } = row!.said;
    assertEquals([message, collides_with.entity_type], [
      "Not deleted: a coverage still refers to it.",
      "coverage",
    ]);
  });
  await t.step("so does one that a generated column tells apart", async () => {
    await sql`insert into team_members (id, org_id, name, email) values
      (${key(5)}, ${org}, 'Riley', 'Riley@x.example'), (${key(6)}, ${org}, 'Sam', 'sam@x.example')`;
    const change = { key: key(6), values: { email: " RILEY@x.example" }, tests: {} };
    const [row] = await sql`select * from governance_private.try_change('team_member', ${sql.json(change)})`;
    assertEquals([row!.refusal.message, row!.refusal.collides_with.label], [
      "Not saved: Team member email is used once.",
      "Riley",
    ]);
  });
  await t.step("a new record collides, too", async () => {
    const [row] = await sql`select governance_private.explain_constraint('member', null,
      ${
      sql.json({ org_id: org, member_number: " m1" })
    }, '23505', 'public.members', 'member_number_is_used_once', '') as said`;
    assertEquals(row!.said.collides_with, { entity_type: "member", record_key: key(2), label: "One" });
  });
});
