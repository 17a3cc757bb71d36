import { assertEquals } from "@std/assert";
import {
  addCustomers,
  and,
  type Caller,
  createWorld,
  evaluate,
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
