import { assertEquals } from "@std/assert";
import { applyPatch } from "rfc6902";
import { and, createWorld, is, quiet, refused } from "../support/mod.ts";
import { exportRules, good, importRules, outcomes, places } from "./support.ts";

Deno.test("a change is told in words and as a patch, saved as one version, and enforced", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await importRules(world, [good]);
  const before = (await exportRules(world)).find(({ rule_key }) => rule_key === good.rule_key)!;
  const changed = {
    ...before,
    severity: "high",
    description: "Why.",
    condition: and(is("amount", "notNull"), is("amount", ">", "0")),
  };
  const dry = await importRules(world, [changed], { dryRun: true, orgId: "acme" });
  const [told] = dry.rules;
  assertEquals([told!.outcome, told!.version, told!.changes], ["changed", 1, [
    'severity changed from "medium" to "high"',
    "it says now: An issue is opened for a purchase unless the amount is filled in and is more than 0. " +
    "It said: An issue is opened for a purchase unless the amount is filled in.",
    'description set to "Why."',
  ]]);
  const patched = structuredClone(before);
  assertEquals(applyPatch(patched, told!.patch as never).filter(Boolean), []);
  assertEquals(patched, changed);

  await importRules(world, [changed]);
  const history = await sql`
    select version, is_imported from governance.data_quality_rule_versions where rule_key = ${good
    .rule_key!} order by 1`;
  assertEquals(history.map(Object.values), [[1, true], [2, true]]);
  const [compiled] = await sql`
    select rules from governance_private.compiled_entities where entity_type = 'purchase'`;
  assertEquals(compiled!.rules.map((rule: { version: number }) => rule.version), [2]);
});

Deno.test("an unchanged set writes nothing, makes no version, compiles nothing and queues no sweep", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await importRules(world, [good]);
  await quiet(sql);
  const state = () =>
    sql`select (select max(xmin::text::bigint) from governance.data_quality_rules) as rules,
      (select max(compiled_at) from governance_private.compiled_entities) as compiled,
      (select count(*) from governance.data_quality_rule_versions) as versions, (select count(*) from governance.runs) as runs`;
  const before = await state();
  await importRules(world, await exportRules(world));
  assertEquals(await state(), before);
});

Deno.test("a set compiles each entity once, not once a rule", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await importRules(world, Array.from({ length: 5 }, (_, n) => ({ ...good, rule_key: `rule-${n}` })));
  assertEquals((await sql`select from governance.runs where job = 'sweep'`).count, 1);
});

Deno.test("an organization's own row goes beside the shared rule that it stands in for", async () => {
  await using world = await createWorld();
  await importRules(world, [{ ...good, org_id: null }, { ...good, status: "deprecated" }]);
  const rules = (await exportRules(world)).filter(({ rule_key }) => rule_key === good.rule_key);
  assertEquals(rules.map(({ org_id, status }) => [org_id ?? null, status]), [[null, "active"], [
    "acme",
    "deprecated",
  ]]);
});

Deno.test("rules that the set does not have stay, are told, and are deprecated when that is asked for", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await importRules(world, [good, { ...good, rule_key: "another" }, { ...good, org_id: "globex" }]);
  const shipped = (await sql`select from governance.data_quality_rules where org_id is null`).count;
  const told = await importRules(world, [good], { dryRun: true });
  assertEquals(outcomes(told), { unchanged: 1, missing: shipped + 2 });
  await importRules(world, [good]);
  assertEquals((await sql`select from governance.data_quality_rules where status = 'deprecated'`).count, 0);
  const own = await importRules(world, [good], { orgId: "acme", retireMissing: true });
  assertEquals(own.rules.map(({ rule_key, outcome }) => `${rule_key} ${outcome}`), [
    "order-has-amount unchanged",
    "another missing",
  ]);
  const retired =
    await sql`select rule_key, org_id from governance.data_quality_rules where status = 'deprecated'`;
  assertEquals(retired.map(Object.values), [["another", "acme"]]);
  assertEquals(outcomes(await importRules(world, [good], { orgId: "acme", dryRun: true })), { unchanged: 1 });
  assertEquals(outcomes(await importRules(world, [], { orgId: "", dryRun: true })), { missing: shipped });
});

Deno.test("a critical rule is retired by a file only where a person does it", async () => {
  await using world = await createWorld();
  await importRules(world, [{ ...good, severity: "critical" }]);
  const gone = await refused(importRules(world, [], { orgId: "acme", retireMissing: true }, "service_role"));
  assertEquals(places(gone.detail.faults), ["null /status not-allowed"]);
  const less = await refused(importRules(world, [good], {}, "service_role"));
  assertEquals(places(less.detail.faults), ["0 /severity not-allowed"]);
  await importRules(world, [good], {}, "admin");
});

Deno.test("a dry run tells that an organization's row would demote the critical rule that comes with it", async () => {
  await using world = await createWorld();
  const set = [{ ...good, org_id: null, severity: "critical" }, { ...good, status: "deprecated" }];
  const dry = await importRules(world, set, { dryRun: true }, "service_role");
  assertEquals(places(dry.faults), ["1 /status not-allowed"]);
  await refused(importRules(world, set, {}, "service_role"));
  await importRules(world, set);
});

Deno.test("an organization's row that bites harder than the shared rule takes evidence or a reason, and a dry run says so", async () => {
  await using world = await createWorld();
  await importRules(world, [{ ...good, org_id: null }]);
  const set = [{ ...good, enforcement: "block", timing: "write" }];
  const dry = await importRules(world, set, { dryRun: true }, "admin");
  assertEquals(places(dry.faults), ["0 /enforcement evidence-missing"]);
  const early = await refused(importRules(world, set, {}, "admin"));
  assertEquals(places(early.detail.faults), ["0 /enforcement evidence-missing"]);
  await importRules(world, set, { reason: "Agreed in the meeting." }, "admin");
});

Deno.test("a rule that was changed in the database meanwhile is not overwritten unless somebody insists", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const at = (version: number, severity: string) => [{ ...good, severity, version }];
  await importRules(world, [good]);
  // What imports made the files know: the line need not follow.
  await importRules(world, at(1, "low"));
  await importRules(world, at(1, "high"));
  await sql`update governance.data_quality_rules set severity = 'critical' where rule_key = ${good
    .rule_key!}`;
  assertEquals(outcomes(await importRules(world, at(1, "critical"), { orgId: "acme" })), { unchanged: 1 });
  assertEquals(places((await importRules(world, at(1, "low"), { dryRun: true })).faults), [
    "0 /version stale",
  ]);
  assertEquals(places((await refused(importRules(world, at(3, "low")))).detail.faults), ["0 /version stale"]);
  await importRules(world, at(4, "low"));
  await sql`update governance.data_quality_rules set severity = 'critical' where rule_key = ${good
    .rule_key!}`;
  await importRules(world, at(1, "high"), { force: true });
  await importRules(world, at(1, "low"));
  // An import from the newest export does not let an older file by.
  await sql`update governance.data_quality_rules set severity = 'critical' where rule_key = ${good
    .rule_key!}`;
  const [now] = await sql`select version from governance.data_quality_rules where rule_key = ${good
    .rule_key!}`;
  await importRules(world, at(now!["version"], "high"));
  assertEquals(places((await refused(importRules(world, at(1, "low")))).detail.faults), ["0 /version stale"]);
  // A file without a version, as one from another database, has nothing that could be stale.
  await sql`update governance.data_quality_rules set severity = 'critical' where rule_key = ${good
    .rule_key!}`;
  await importRules(world, [{ ...good, severity: "high" }]);
});

Deno.test("of two imports at once one waits, and does not overwrite what the other saved", async () => {
  await using world = await createWorld();
  await importRules(world, [good]);
  const other = world.database.connect();
  const first = await world.sql.reserve();
  await first`begin`;
  await first`select governance.import_rules(${first.json([{ ...good, severity: "low" }])}, false)`;
  const second = other`select governance.import_rules(${other.json([{ ...good, severity: "high" }])}, false)`
    .execute();
  second.catch(() => {});
  const waits = () =>
    world.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await waits()).count === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await first`commit`;
  first.release();
  assertEquals((await refused(second)).detail.code, "stale");
});
