import { assert, assertEquals } from "@std/assert";
import { createWorld, refused } from "../support/mod.ts";
import { exportRules, good, importRules, outcomes, places } from "./support.ts";

const shared = { ...good, org_id: null };

Deno.test("only admins import, and only rules of their organization", async () => {
  await using world = await createWorld();
  for (const caller of ["nobody", "viewer", "member", "steward"] as const) {
    for (const dryRun of [true, false]) {
      assertEquals((await refused(importRules(world, [good], { dryRun }, caller))).state, "PT403");
    }
  }
  assertEquals((await refused(importRules(world, [good], {}, "anon"))).state, "42501");
  assertEquals((await refused(exportRules(world, "anon"))).state, "42501");
  const foreign = await refused(importRules(world, [good, shared], {}, "outsider"));
  assertEquals(places(foreign.detail.faults), ["0 /org_id not-allowed", "1 /org_id not-allowed"]);
  const told = await importRules(world, [good], { orgId: "acme" }, "admin");
  assertEquals(outcomes(told), { new: 1 });
  const [version] = await world.sql`
    select changed_role from governance.data_quality_rule_versions where rule_key = ${good.rule_key!}`;
  assertEquals(version!.changed_role, "authenticated");
});

Deno.test("nothing is told of another organization's rule, not even that it is there or the same", async () => {
  await using world = await createWorld();
  const absent = await importRules(world, [good], { dryRun: true }, "outsider");
  await importRules(world, [{ ...good, severity: "low" }], {}, "admin");
  const different = await importRules(world, [good], { dryRun: true }, "outsider");
  await importRules(world, [good], {}, "admin");
  const same = await importRules(world, [good], { dryRun: true }, "outsider");
  assertEquals([different, same], [absent, absent]);
  const nowhere = await importRules(world, [{ ...good, org_id: "nowhere" }], { dryRun: true }, "outsider");
  assertEquals(places(nowhere.faults), places(absent.faults));
  assertEquals(absent.rules.map(({ outcome }) => outcome), ["refused"]);
  assert((await exportRules(world, "outsider")).every(({ org_id }) => org_id === undefined));
});

Deno.test("shared rules that did not change may stand among an admin's files; what is missing is their own", async () => {
  await using world = await createWorld();
  await importRules(world, [good], {}, "admin");
  const rules = await exportRules(world, "admin");
  assertEquals(outcomes(await importRules(world, rules, {}, "admin")), { unchanged: rules.length });
  assertEquals(outcomes(await importRules(world, [], { retireMissing: true }, "admin")), { missing: 1 });
});

Deno.test("an import of one organization's rules takes in no others", async () => {
  await using world = await createWorld();
  const told = await importRules(world, [good, shared, { ...good, org_id: "globex" }], {
    dryRun: true,
    orgId: "acme",
  });
  assertEquals(places(told.faults), ["1 /org_id", "2 /org_id"]);
  assertEquals(places((await importRules(world, [good, shared], { dryRun: true, orgId: "" })).faults), [
    "0 /org_id",
  ]);
});
