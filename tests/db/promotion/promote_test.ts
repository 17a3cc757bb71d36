import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import {
  addOrders,
  and,
  type Caller,
  createWorld,
  evaluateAll,
  is,
  people,
  quiet,
  refused,
  saveBlock,
  saveRule,
  type World,
} from "../support/mod.ts";

const promote = (world: World, caller: Caller, id: string, to: string, reason: string | null = null) =>
  world.as(caller, async (own) => {
    const [row] = await own`select governance.promote_rule(${id}, ${to}, ${reason}) as version`;
    return row!.version as number;
  });
const evidence = (world: World, id: string, to: string | null = null) =>
  world.as(
    "steward",
    async (own) => (await own`select governance.promotion_evidence(${id}, ${to}) as e`)[0]!.e,
  );
const history = (world: World, id: string) =>
  world
    .sql`select version, reason, changes from governance.rule_history where rule_id = ${id} order by version`;

Deno.test("from issue to block on evidence: fifty decided violations, of which hardly any was a false alarm", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { org_id: "acme" });
  await sql`update governance_private.evidence_settings set min_precision = 0.85`;
  await quiet(sql);
  await addOrders(sql, ...Array.from({ length: 60 }, (_, n) => ({ id: String(n) })));
  await evaluateAll(world);
  const early = await refused(promote(world, "admin", id, "block"));
  assertEquals([early.state, early.detail.code], ["PT409", "evidence-missing"]);
  await world.as("member", (own) => own`update shop.orders set amount = 1 where id::int < 49`);
  await evaluateAll(world);
  assertEquals((await evidence(world, id)).missing, ["49 of its violations are decided, and 50 are needed"]);
  // By whatever way: an ordinary change of the row meets the same refusal.
  const direct = (caller: Caller) =>
    world.as(
      caller,
      (own) =>
        own`update governance.data_quality_rules set enforcement = 'block', timing = 'write' where id = ${id}`,
    );
  assertEquals((await refused(direct("admin"))).detail.code, "evidence-missing");
  await world.as("member", (own) => own`update shop.orders set amount = 1 where id::int = 49`);
  await evaluateAll(world);
  const found = await evidence(world, id);
  assertEquals([found.is_offered, found.to, found.decided, found.false_alarms, found.precision_low], [
    true,
    "block",
    50,
    0,
    0.9287,
  ]);
  assertEquals(await promote(world, "admin", id, "block"), 2);
  await refused(addOrders(sql, { id: "x" }));
});

Deno.test("false alarms keep a rule from becoming a block, unless somebody gives a reason, which stays", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { org_id: "acme" });
  await quiet(sql);
  await addOrders(sql, ...Array.from({ length: 60 }, (_, n) => ({ id: String(n) })));
  await evaluateAll(world);
  await sql`update shop.orders set amount = 1 where id::int < 50`;
  await evaluateAll(world);
  await sql`update governance.data_quality_issues set status = 'ignored', resolution = 'false_alarm', ignored_reason = 'Right.' where status = 'open'`;
  const found = await evidence(world, id);
  assertEquals([found.is_offered, found.decided, found.false_alarms, found.missing.length], [
    false,
    60,
    10,
    1,
  ]);
  assertEquals((await refused(promote(world, "steward", id, "block", "Now."))).state, "PT403");
  assertEquals((await refused(promote(world, "admin", id, "block", " "))).state, "PT409");
  await promote(world, "admin", id, "block", "The auditors want it.");
  const versions = await history(world, id);
  assertEquals(versions.map(({ version, reason }) => [version, reason]), [[1, null], [
    2,
    "The auditors want it.",
  ]]);
  // The reason is of that change and of no other.
  await promote(world, "admin", id, "issue");
  assertEquals((await history(world, id))[2]!.reason, null);
});

Deno.test("from shadow to active after a week in which it objected to few writes", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveBlock(sql, { org_id: "acme", status: "shadow" });
  await addOrders(sql, { id: "none" });
  await addOrders(sql, ...Array.from({ length: 30 }, (_, n) => ({ id: String(n), amount: "1" })));
  const early = await evidence(world, id);
  assertEquals([early.is_offered, early.hits, early.writes, early.missing], [false, 1, 31, [
    "it has been in shadow for 0.0 days, and 7 are needed",
  ]]);
  assertEquals((await refused(promote(world, "admin", id, "active"))).detail.code, "evidence-missing");
  await sql`update governance.data_quality_rule_versions set changed_at = now() - interval '8 days' where rule_id = ${id}`;
  assertEquals((await evidence(world, id, "active")).is_offered, true);
  await sql`update governance.shadow_tallies set hits = 3`;
  assertEquals((await evidence(world, id)).missing, [
    "it objected to 3 of 31 writes, and at most a share of 0.05 is allowed",
  ]);
  await sql`update governance.shadow_tallies set hits = 1`;
  await promote(world, "admin", id, "active");
  await refused(addOrders(sql, { id: "x" }));
});

Deno.test("a rule that cannot block is not offered to, whatever its evidence", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { org_id: "acme", condition: and(is("note", "isPhone")) });
  const found = await evidence(world, id);
  assertEquals([found.is_offered, found.can_run], [false, false]);
  assertEquals(
    (await refused(promote(world, "admin", id, "block", "I insist."))).detail.code,
    "rule-invalid",
  );
});

Deno.test("a critical rule is not demoted without a person", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { org_id: "acme", severity: "critical" });
  for (const to of ["deprecated", "shadow"]) {
    assertEquals((await refused(promote(world, "service_role", id, to, "Noisy."))).state, "PT403");
  }
  // Nor by an ordinary change of the row, in steps, or by a row that stands in for a shared rule.
  for (const change of [{ status: "draft" }, { status: "deprecated" }, { severity: "low" }]) {
    const update = world.as(
      "service_role",
      (own) => own`update governance.data_quality_rules set ${own(change)} where id = ${id}`,
    );
    assertEquals((await refused(update)).state, "PT403");
  }
  const shared = { rule_key: "shared", severity: "critical", condition: and(is("note", "notNull")) };
  await saveRule(sql, shared);
  const stands = (status: string) =>
    world.as("service_role", (own) => saveRule(own as unknown as Sql, { ...shared, org_id: "acme", status }));
  assertEquals((await refused(stands("draft"))).state, "PT403");
  await stands("active");
  // Nor by taking a row away, unless what then holds is the same, nor by a waiver of more than a record.
  const remove = (key: string) =>
    world.as(
      "service_role",
      (own) => own`delete from governance.data_quality_rules where org_id = 'acme' and rule_key = ${key}`,
    );
  assertEquals((await refused(remove("order-has-amount"))).state, "PT403");
  await remove("shared");
  await stands("active");
  await sql`update governance.data_quality_rules set status = 'draft' where rule_key = 'shared' and org_id is null`;
  assertEquals((await refused(remove("shared"))).state, "PT403");
  const waive = (scope: string, record: string | null) =>
    world.as(
      "service_role",
      (own) =>
        own`select governance.grant_waiver('acme', 'shared', ${scope}, 'x', now() + interval '1 day', ${record})`,
    );
  assertEquals((await refused(waive("rule", null))).state, "PT403");
  await waive("record", "1");
  await promote(world, "admin", id, "deprecated", "We do without.");
  assertEquals(
    (await sql`select status from governance.data_quality_rules where id = ${id}`)[0]!.status,
    "deprecated",
  );
  const [event] =
    await sql`select changed_by from governance.rule_history where rule_id = ${id} and version = 2`;
  assertEquals(event!.changed_by, people.admin);
});

Deno.test("only who may change a rule promotes it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { org_id: "acme", status: "draft" });
  assertEquals((await refused(promote(world, "outsider", id, "shadow"))).state, "PT404");
  assertEquals((await refused(promote(world, "steward", id, "active"))).state, "PT403");
  assertEquals((await refused(promote(world, "admin", id, "everything"))).state, "PT422");
  assertEquals(await promote(world, "admin", id, "shadow"), 2);
});

Deno.test("back from shadow to what it was is no promotion", async () => {
  await using world = await createWorld();
  const id = await saveRule(world.sql, { org_id: "acme" });
  for (const way of ["direct", "promote"]) {
    await promote(world, "steward", id, "shadow");
    if (way === "promote") await promote(world, "steward", id, "active");
    else {
      await world.as(
        "steward",
        (own) => own`update governance.data_quality_rules set status = 'active' where id = ${id}`,
      );
    }
  }
});
