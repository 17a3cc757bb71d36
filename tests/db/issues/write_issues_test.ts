import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  openIssues,
  refused,
  saveRule,
  type World,
} from "../support/mod.ts";

async function issue({ sql }: World) {
  const [row] = await sql`
    select status, resolution, message, fields, observed, suggested_fix, occurrence_count, rule_version, severity, owner_user_id,
      (select array_agg(e.kind order by e.id) from governance.data_quality_issue_events e where e.issue_id = i.id) as events
    from governance.data_quality_issues i`;
  return { ...row };
}

const inWrite = {
  timing: "write",
  condition: and(is("amount", "notNull"), is("due_on", ">", "2026-01-01")),
  message: "No amount, due {due_on}, {customer.name}.",
};

Deno.test("an issue is there when the write returns, and evaluate only confirms it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, inWrite);
  await evaluateAll(world);
  await addCustomers(sql, { id: "c", name: "Ada" });
  await addOrders(sql, { id: "1", customer_id: "c", due_on: "2026-02-03" }, {
    id: "2",
    amount: "1",
    due_on: "2026-02-03",
  });
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
  const before = await issue(world);
  assertEquals(before, {
    status: "open",
    resolution: null,
    message: "No amount, due 2026-02-03, Ada.",
    fields: ["amount", "due_on"],
    observed: { amount: null, due_on: "2026-02-03" },
    suggested_fix: null,
    occurrence_count: 1,
    rule_version: 1,
    severity: "medium",
    owner_user_id: null,
    events: ["opened"],
  });
  await evaluateAll(world);
  assertEquals(await issue(world), before);
});

Deno.test("the write that cleans a record closes its issue, and one that spoils it again reopens it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, inWrite);
  await addOrders(sql, { id: "1", due_on: "2026-02-03" });
  await evaluateAll(world);
  await world.as("member", (own) => own`update shop.orders set amount = 5`);
  assertEquals((await issue(world)).resolution, "fixed_by_person");
  await evaluateAll(world);
  assertEquals((await issue(world)).resolution, "fixed_by_person");
  await sql`update shop.orders set amount = null`;
  await evaluateAll(world);
  const { status, events, occurrence_count } = await issue(world);
  assertEquals({ status, events, occurrence_count }, {
    status: "open",
    events: ["opened", "fixed", "reopened"],
    occurrence_count: 2,
  });
  await sql`delete from shop.orders`;
  assertEquals((await issue(world)).resolution, "record_deleted");
});

Deno.test("a refused write leaves no issue, and a false alarm stays one", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, inWrite);
  await saveRule(sql, {
    rule_key: "has-note",
    enforcement: "block",
    condition: and(is("note", "notNull")),
    message: "No.",
  });
  await refused(addOrders(sql, { id: "1" }));
  assertEquals(await openIssues(world), []);
  await addOrders(sql, { id: "1", note: "x", due_on: "2026-02-03" });
  await sql`update governance.data_quality_issues set status = 'ignored', ignored_reason = 'x', resolution = 'false_alarm'`;
  await sql`update shop.orders set note = 'y'`;
  assertEquals((await issue(world)).status, "ignored");
});

Deno.test("a reference that cannot be read neither opens an issue nor closes one", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "c", state: "closed" }, { id: "theirs", org_id: "globex", state: "open" });
  await saveRule(sql, {
    timing: "write",
    condition: and(is("customer.state", "!=", "closed")),
    message: "Closed.",
  });
  await addOrders(sql, { id: "1", customer_id: "c" });
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
  await sql`update shop.orders set customer_id = 'theirs'`;
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
});

Deno.test("what evaluate suggested stays while the record holds the same values", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, {
    timing: "write",
    condition: and(is("status", "=", "open")),
    message: "Not open.",
    fix: [{ step: "set", field: "status", value: "open" }],
  });
  await addOrders(sql, { id: "1", status: "shut" });
  await evaluateAll(world);
  const suggested = (await issue(world)).suggested_fix;
  assertEquals(suggested[1].value, "open");
  await sql`update shop.orders set note = 'other'`;
  assertEquals((await issue(world)).suggested_fix, suggested);
  await sql`update shop.orders set status = 'gone'`;
  assertEquals((await issue(world)).suggested_fix, null);
});

Deno.test("a reference rule can open its issue in the write, and hostile texts stay texts", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "off", is_active: false });
  await saveRule(sql, {
    kind: "reference",
    timing: "write",
    condition: {
      relation: "customer",
      condition: and(is("is_active", "=", true), is("name", "!=", "$1 %s %I '; --")),
    },
    message: "100 % 'not' %s $body$ {customer.name}",
  });
  await addOrders(sql, { id: "1", customer_id: "off" });
  assertEquals((await issue(world)).message, "100 % 'not' %s $body$ (blank)");
  await evaluateAll(world);
  assertEquals((await issue(world)).events, ["opened"]);
});

Deno.test("entities without such rules carry no trigger for them, and a broken function lets the write pass", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const triggers = async () =>
    (await sql`select tgname from pg_trigger where tgrelid = 'shop.orders'::regclass and tgname like '_600%'`)
      .length;
  assertEquals(await triggers(), 0);
  const id = await saveRule(sql, inWrite);
  assertEquals(await triggers(), 3);
  await sql`alter function governance_private.open_issues(text, jsonb) rename to gone`;
  await addOrders(sql, { id: "1" });
  const [gap] =
    await sql`select after ->> 'stage' as stage from governance.audit_events where operation = 'gap'`;
  assertEquals(gap!.stage, "issue");
  await sql`alter function governance_private.gone(text, jsonb) rename to open_issues`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
  await sql`update governance.data_quality_rules set status = 'deprecated' where id = ${id}`;
  await sql`select governance_private.drop_resting_hooks()`;
  assertEquals(await triggers(), 0);
});
