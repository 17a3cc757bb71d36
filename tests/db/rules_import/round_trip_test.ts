import { assert, assertEquals } from "@std/assert";
import { createWorld, type World } from "../support/mod.ts";
import { exportRules, good, importRules, outcomes } from "./support.ts";

/** What people have decided, without what the database derives; the compiled code as well. */
async function definitions(world: World) {
  return (await world.sql`
    select governance_private.rule_definition(r) || jsonb_build_object('sentence', r.sentence, 'reads', r.reads) as rule
    from governance.data_quality_rules r order by r.rule_key, r.org_id nulls first`).map((row) => row.rule);
}

Deno.test("all shipped rules come back unchanged, and into an empty database as they were", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await importRules(world, [good], {}, "admin");
  const exported = await exportRules(world);
  assert(exported.length > 50);
  assertEquals(outcomes(await importRules(world, exported, { dryRun: true })), {
    unchanged: exported.length,
  });
  const before = await definitions(world);

  await sql`delete from governance.data_quality_rules`;
  const dry = await importRules(world, exported, { dryRun: true });
  assertEquals([dry.is_saved, dry.faults, outcomes(dry)], [false, [], { new: exported.length }]);
  assertEquals(await definitions(world), []);
  assertEquals(outcomes(await importRules(world, exported)), { new: exported.length });
  assertEquals(await definitions(world), before);
  assertEquals(outcomes(await importRules(world, exported)), { unchanged: exported.length });
});

Deno.test("an export has no values that change by themselves", async () => {
  await using world = await createWorld();
  await importRules(world, [good], {}, "admin");
  const exported = (await exportRules(world, "admin")).find(({ rule_key }) => rule_key === good.rule_key);
  assertEquals(exported, {
    ...good,
    kind: "condition",
    severity: "medium",
    enforcement: "issue",
    timing: "async",
    version: 1,
  });
});
