import { assertEquals } from "@std/assert";
import {
  addOrders,
  and,
  claimed,
  createWorld,
  evaluate,
  evaluateAll,
  is,
  issues,
  openIssues,
  quiet,
  refused,
  saveBlock,
  saveRule,
  settle,
  violation,
} from "../support/mod.ts";

Deno.test("a rule is saved with its timing, its sentence and its first version", async () => {
  await using world = await createWorld();
  const id = await saveRule(world.sql, {
    applies_when: and(is("status", "=", "won")),
    condition: and(is("amount", ">", "0")),
  });
  const [rule] = await world
    .sql`select timing, sentence, version from governance.data_quality_rules where id = ${id}`;
  assertEquals({ ...rule }, {
    timing: "async",
    sentence: "When the status is won, an issue is opened for a purchase unless the amount is more than 0.",
    version: 1,
  });
});

Deno.test("each change of a rule makes a version that says who made it, and no change makes none", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { org_id: "acme" });
  await world.as(
    "admin",
    (own) => own`update governance.data_quality_rules set severity = 'high' where id = ${id}`,
  );
  await world.as(
    "admin",
    (own) => own`update governance.data_quality_rules set severity = 'high' where id = ${id}`,
  );
  const versions = await sql`select version, definition ->> 'severity' as severity, changed_by, changed_role
    from governance.data_quality_rule_versions where rule_id = ${id} order by version`;
  assertEquals(versions.map((each) => ({ ...each })), [
    { version: 1, severity: "medium", changed_by: null, changed_role: "postgres" },
    {
      version: 2,
      severity: "high",
      changed_by: "00000000-0000-4000-8000-00000000a005",
      changed_role: "authenticated",
    },
  ]);
});

Deno.test("a rule cannot be renamed or moved to another entity or organization", async () => {
  await using world = await createWorld();
  const id = await saveRule(world.sql, { org_id: "acme" });
  for (const change of [{ rule_key: "other" }, { org_id: "globex" }, { entity_type: "customer" }]) {
    const refusal = await refused(
      world.sql`update governance.data_quality_rules set ${world.sql(change)} where id = ${id}`,
    );
    assertEquals(refusal.detail.code, "rule-invalid");
  }
});

Deno.test("a change that is not valid leaves the rule and its compiled form as they were", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveBlock(sql);
  const bad = sql.json(and(is("gone", "null")) as never);
  await refused(sql`update governance.data_quality_rules set condition = ${bad} where id = ${id}`);
  assertEquals((await refused(addOrders(sql, { id: "1" }))).detail.code, "blocked");
});

Deno.test("an organization's own row stands in for the shared rule, whatever its status", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, { message: "Shared." });
  const own = await saveBlock(sql, {
    org_id: "globex",
    message: "Own.",
    condition: and(is("amount", ">", "10")),
  });
  assertEquals((await refused(addOrders(sql, { id: "1" }))).message, "Not saved: Shared.");
  const write = (amount: string | null) => addOrders(sql, { id: `${amount}`, org_id: "globex", amount });
  assertEquals((await refused(write("5"))).message, "Not saved: Own.");
  await write(null);
  await sql`update governance.data_quality_rules set status = 'draft' where id = ${own}`;
  await write("5");
  await sql`delete from governance.data_quality_rules where id = ${own}`;
  assertEquals((await refused(addOrders(sql, { id: "x", org_id: "globex" }))).message, "Not saved: Shared.");
});

Deno.test("an organization overrides the enforcement of a shared rule, in every execution", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await saveRule(sql, { rule_key: "has-note", condition: and(is("note", "notNull")) });
  const softened = await saveRule(sql, { org_id: "globex" });
  await saveBlock(sql, { rule_key: "has-note", org_id: "globex", condition: and(is("note", "notNull")) });
  await quiet(sql);
  // Here the amount is refused and the note an issue, there the other way round.
  await refused(addOrders(sql, { id: "a" }));
  await addOrders(sql, { id: "a", amount: "1" });
  await refused(addOrders(sql, { id: "g", org_id: "globex" }));
  await addOrders(sql, { id: "g", org_id: "globex", note: "x" });
  await evaluateAll(world);
  const found = ["has-note:a", "order-has-amount:g"];
  assertEquals(await openIssues(world), found);
  await sql`delete from governance.data_quality_issues`;
  await sql`select governance.sweep('purchase')`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), found);
  // The override is another rule to everybody who looks: its id and version stand in its issues.
  const [issue] =
    await sql`select rule_id from governance.data_quality_issues where rule_key = 'order-has-amount'`;
  assertEquals(issue!.rule_id, softened);
});

Deno.test("an organization may add a block rule of its own that holds for nobody else", async () => {
  await using world = await createWorld();
  await saveBlock(world.sql, { org_id: "globex" });
  await addOrders(world.sql, { id: "1" });
  await refused(addOrders(world.sql, { id: "2", org_id: "globex" }));
});

Deno.test("drafts, shadows and deprecated rules block nothing", async () => {
  await using world = await createWorld();
  for (const status of ["draft", "shadow", "deprecated"]) {
    await saveBlock(world.sql, { rule_key: status, status });
  }
  await addOrders(world.sql, { id: "1" });
});

Deno.test("activating a rule queues a sweep of its entity, saving a draft does not", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1" });
  await quiet(sql);
  const id = await saveRule(sql, { status: "draft" });
  const sweeps = () => sql`select entity_type, status from governance.runs where job = 'sweep'`;
  assertEquals((await sweeps()).length, 0);
  await sql`update governance.data_quality_rules set status = 'active' where id = ${id}`;
  assertEquals((await sweeps()).map((run) => ({ ...run })), [{ entity_type: "purchase", status: "queued" }]);
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
});

Deno.test("a sweep goes through all records in chunks and then is done", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, ...Array.from({ length: 25 }, (_, n) => ({ id: String(n) })));
  await quiet(sql);
  await sql`update governance_private.queue_settings set sweep_chunk = 10`;
  const id = await saveRule(sql);
  await settle(world, () => ({ violations: [violation(id)] }));
  assertEquals((await issues(sql)).length, 25);
  const [run] = await sql`select status, counts from governance.runs`;
  assertEquals({ ...run }, { status: "succeeded", counts: { records: 25 } });
});

Deno.test("retiring a rule closes its open issues with rule_retired and leaves others alone", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const [first, second] = [await saveRule(sql), await saveRule(sql, { rule_key: "another" })];
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  await evaluate(world, () => ({ violations: [violation(first), violation(second)] }));
  await sql`update governance.data_quality_rules set status = 'deprecated' where id = ${first}`;
  const states = async () =>
    (await issues(sql)).map(({ rule_key, status, resolution }) => [rule_key, status, resolution]);
  assertEquals(await states(), [["another", "open", null], ["order-has-amount", "fixed", "rule_retired"]]);
  await sql`delete from governance.data_quality_rules where id = ${second}`;
  assertEquals((await states())[0], ["another", "fixed", "rule_retired"]);
});

Deno.test("a rule that is overridden to a draft in one organization closes only that organization's issues", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await quiet(sql);
  await addOrders(sql, { id: "1" }, { id: "2", org_id: "globex" });
  await evaluate(world, () => ({ violations: [violation(id)] }));
  await saveRule(sql, { org_id: "globex", status: "draft" });
  assertEquals((await issues(sql)).map(({ org_id, status }) => [org_id, status]), [["acme", "open"], [
    "globex",
    "fixed",
  ]]);
});

Deno.test("a rule whose column is dropped is suspended with an issue, and the records go on being evaluated", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, { rule_key: "reads-note", condition: and(is("note", "notNull")) });
  await saveRule(sql, { rule_key: "reads-amount" });
  await settle(world);
  await sql`alter table shop.orders drop column note`;
  await sql`insert into shop.orders (id, org_id) values ('1', 'acme')`;
  const batch = await claimed(world);
  assertEquals(batch.records.map(({ key }) => key), ["1"]);
  assertEquals(batch.rules!.map(({ rule_key }) => rule_key), ["reads-amount"]);
  const [rule] =
    await sql`select status, suspended_reason from governance.data_quality_rules where rule_key = 'reads-note'`;
  assertEquals({ ...rule }, { status: "active", suspended_reason: '"note" is not a field of purchase' });
  const [issue] =
    await sql`select rule_key, status from governance.data_quality_issues where rule_key like 'system-%'`;
  assertEquals({ ...issue }, { rule_key: "system-column-lost", status: "open" });
});

Deno.test("a suspended rule runs again when its column is back", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, { rule_key: "reads-note", condition: and(is("note", "notNull")) });
  await sql`alter table shop.orders drop column note`;
  await sql`insert into shop.orders (id, org_id) values ('1', 'acme')`;
  await settle(world);
  await sql`alter table shop.orders add column note text`;
  await settle(world);
  await sql`select governance_private.drain()`;
  await refused(addOrders(sql, { id: "2" }));
  const [issue] =
    await sql`select status from governance.data_quality_issues where rule_key = 'system-column-lost'`;
  assertEquals(issue!.status, "fixed");
});
