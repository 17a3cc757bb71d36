import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  type Caller,
  createWorld,
  evaluate,
  evaluateAll,
  is,
  issues,
  quiet,
  refused,
  replace,
  saveRule,
  settle,
  violation,
  type World,
} from "../support/mod.ts";

const shown = [
  "data_quality_issues",
  "data_quality_issue_events",
  "review_queue",
  "fixes",
  "audit_events",
] as const;

/** A customer with an issue and a fix each, seen by everybody in acme until it is hidden or gone. */
async function withCustomer(world: World): Promise<void> {
  const rule = await saveRule(world.sql, {
    rule_key: "customer-name",
    entity_type: "customer",
    enforcement: "fix",
    fix: [{ step: "normalize", field: "name", using: "trim" }],
    condition: and(is("name", "=", "Right")),
    message: "Wrong name.",
  });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", name: " Wrong" });
  await evaluate(world, () => ({
    violations: [violation(rule)],
    fixes: [{ rule_id: rule, patch: replace("name", " Wrong", "Wrong") }],
  }));
  await settle(world, () => ({ violations: [violation(rule)] }));
  const [issue] = await issues(world.sql);
  assertEquals(issue!.status, "open");
}

/** Which of the tables show the caller anything of the customer. */
async function sees(world: World, caller: Caller): Promise<string[]> {
  const found: string[] = [];
  for (const table of shown) {
    const where = table === "data_quality_issue_events"
      ? ""
      : "where entity_type = 'customer' and record_key = '1'";
    const rows = await world.as(caller, (own) => own.unsafe(`select 1 from governance.${table} ${where}`));
    if (rows.length > 0) found.push(table);
  }
  return found;
}

const callers = ["viewer", "member", "steward", "admin"] as const;

Deno.test("who can read a record sees its issues, events, fixes and audit; other organizations see nothing", async () => {
  await using world = await createWorld();
  await withCustomer(world);
  for (const caller of callers) assertEquals(await sees(world, caller), [...shown], caller);
  for (const caller of ["outsider", "nobody"] as const) assertEquals(await sees(world, caller), [], caller);
  assertEquals((await refused(sees(world, "anon"))).state, "42501");
});

Deno.test("a record that row level security hides takes everything about it out of sight, for admins too", async () => {
  await using world = await createWorld();
  await withCustomer(world);
  await world.sql`update shop.customers set is_hidden = true`;
  for (const caller of callers) assertEquals(await sees(world, caller), [], caller);
  assertEquals(await sees(world, "service_role"), [...shown]);
});

Deno.test("what concerns a record that is gone is for stewards and admins of its organization", async () => {
  await using world = await createWorld();
  await withCustomer(world);
  await world.sql`delete from shop.customers`;
  for (const caller of ["viewer", "member", "outsider"] as const) {
    assertEquals(await sees(world, caller), [], caller);
  }
  for (const caller of ["steward", "admin"] as const) {
    assertEquals(await sees(world, caller), [...shown], caller);
  }
});

Deno.test("who has lost the right to select a table sees nothing of its records", async () => {
  await using world = await createWorld();
  await withCustomer(world);
  await world.sql`revoke select on shop.customers from authenticated`;
  assertEquals(await sees(world, "admin"), []);
});

Deno.test("who leaves an organization sees nothing of it any more", async () => {
  await using world = await createWorld();
  await withCustomer(world);
  await world.sql`delete from governance.memberships where role = 'admin' and org_id = 'acme'`;
  assertEquals(await sees(world, "admin"), []);
});

Deno.test("an issue cannot be acted on by somebody who cannot see it, and the refusal does not tell it from none", async () => {
  await using world = await createWorld();
  await withCustomer(world);
  const [issue] = await issues(world.sql);
  const [fix] = await world.sql`select id from governance.fixes`;
  await world.sql`update shop.customers set is_hidden = true`;
  for (
    const call of [
      `governance.assign_issue('${issue!.id}', null)`,
      `governance.ignore_issue('${issue!.id}', 'x')`,
      `governance.reopen_issue('${issue!.id}')`,
      `governance.apply_suggested_fix('${issue!.id}')`,
      `governance.apply_suggested_fixes(array['${issue!.id}']::uuid[])`,
      `governance.undo_fix('${fix!.id}')`,
    ]
  ) {
    const attempt = (text: string) => refused(world.as("admin", (own) => own.unsafe(`select ${text}`)));
    const none = "00000000-0000-4000-8000-0000000000ff";
    const other = call.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, none);
    const [hidden, absent] = [await attempt(call), await attempt(other)];
    assertEquals(hidden.state, "PT404", call);
    assertEquals(
      hidden.message.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, none),
      absent.message,
      "the two must read alike",
    );
  }
});

Deno.test("an issue that shows values of another record is for those who may read both, before and after it changes hands", async () => {
  await using world = await createWorld();
  await saveRule(world.sql, {
    rule_key: "of-customer",
    condition: and(is("customer.name", "=", "Right")),
    message: "{customer.name}.",
  });
  await quiet(world.sql);
  await addCustomers(world.sql, { id: "1", name: "One" }, { id: "2", name: "Two" });
  await addOrders(world.sql, { id: "o", customer_id: "1" });
  await evaluateAll(world);
  const shown = () =>
    world.as("admin", async (own) => {
      const messages = (await own`select message from governance.data_quality_issues`).map(({ message }) =>
        message
      );
      const events =
        await own`select details ->> 'message' as message from governance.data_quality_issue_events order by id`;
      return [...messages, "then", ...events.map(({ message }) => message)];
    });
  assertEquals(await shown(), ["One.", "then", "One."]);
  await world.sql`update shop.customers set is_hidden = id = '1'`;
  assertEquals(await shown(), ["then"]);
  await world.sql`update shop.orders set customer_id = '2'`;
  await evaluateAll(world);
  assertEquals(await shown(), ["Two.", "then"], "what it said of the first stays hidden");
  await world.sql`update shop.customers set is_hidden = id = '2'`;
  assertEquals(await shown(), ["then"]);
});

Deno.test("the issue of a duplicate names another record only to those who may read it", async () => {
  await using world = await createWorld();
  await saveRule(world.sql, {
    rule_key: "email-once",
    entity_type: "customer",
    kind: "unique",
    dimension: "uniqueness",
    condition: { fields: [{ field: "email" }] },
    message: "{group_size} customers have {email}.",
  });
  await quiet(world.sql);
  await addCustomers(
    world.sql,
    ...["1", "2", "3"].map((id) => ({ id, name: `Secret ${id}`, email: "same" })),
  );
  await evaluateAll(world);
  await world.sql`update shop.customers set is_hidden = true where id = '2'`;
  const [own] = await world.sql`select id from governance.data_quality_issues where record_key = '1'`;
  const group = (caller: Caller, id: string) =>
    world.as(
      caller,
      async (sql) =>
        (await sql`select record_key, record_label from governance.issue_group(${id})`).map((
          { record_key, record_label },
        ) => `${record_key} ${record_label}`),
    );
  for (const caller of callers) assertEquals(await group(caller, own!.id), ["3 Secret 3"], caller);
  assertEquals(await group("service_role", own!.id), ["2 Secret 2", "3 Secret 3"]);
  for (const caller of ["outsider", "nobody"] as const) {
    assertEquals(await group(caller, own!.id), [], caller);
  }
  const [hidden] = await world.sql`select id from governance.data_quality_issues where record_key = '2'`;
  assertEquals(await group("admin", hidden!.id), [], "of a record that it cannot read there is no issue");
  for (const caller of callers) {
    const rows = await world.as(
      caller,
      (sql) => sql`select i::text as said from governance.data_quality_issues i`,
    );
    assertEquals(rows.filter(({ said }) => said.includes("Secret 2")), [], caller);
    assertEquals(rows.length, 2, caller);
  }
});
