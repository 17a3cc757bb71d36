import { assert, assertEquals } from "@std/assert";
import { createWorld, type World } from "../support/mod.ts";
import fc from "fast-check";
import { readRuleFile, type RuleFile, rulePath, writeRuleFile } from "../../../shared/rules_files/mod.ts";
import { anyFixRule } from "../../conformance/fuzz/fix_rules.ts";
import { anyRule, anyUniqueRule } from "../../conformance/fuzz/rules.ts";
import { createTrial } from "../../conformance/trial/tables.ts";
import { exportRules, type FileRule, good, importRules, outcomes } from "./support.ts";

/** What people have decided, without what the database derives; the compiled code as well. */
async function definitions(world: World) {
  return (await world.sql`
    select governance_private.rule_definition(r) || jsonb_build_object('sentence', r.sentence, 'reads', r.reads) as rule
    from governance.data_quality_rules r order by r.rule_key, r.org_id nulls first`).map((row) => row.rule);
}

/** The rules as a folder of files gives them back. */
function throughFiles(rules: readonly FileRule[]): FileRule[] {
  return rules.map((rule) => {
    const { faults, rule: read } = readRuleFile(rulePath(rule as RuleFile), writeRuleFile(rule as RuleFile));
    assertEquals(faults, []);
    return read!;
  });
}

Deno.test("all shipped rules come back unchanged, and into an empty database as they were", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await importRules(world, [good], {}, "admin");
  const exported = throughFiles(await exportRules(world));
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

/** Rules of the conformance fuzzer as files, an organization's own rows as files of their own. */
function fuzzRules(seed: number): FileRule[] {
  const each = fc.oneof(anyRule, anyUniqueRule, anyFixRule);
  return fc.sample(each, { numRuns: 150, seed }).flatMap(({ override, companions: _, ...rule }, n) => {
    const whole = { rule_key: `fuzz-${n}`, entity_type: "subject", dimension: "validity", ...rule };
    return [whole, ...override ? [{ ...whole, ...override }] : []];
  }).map((rule) => JSON.parse(JSON.stringify(rule)));
}

Deno.test("random rules go through database and files and are the same; what is wrong with the others is found in their files", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await createTrial(sql);
  await sql`delete from governance.data_quality_rules`;
  const rules = throughFiles(fuzzRules(20261123));
  const { faults } = await importRules(world, rules, { dryRun: true });
  for (const { index, at, message } of faults) {
    const rule = rules[index!] as RuleFile;
    const place = readRuleFile(rulePath(rule), writeRuleFile(rule)).placeOf(at);
    const isTold = place.line > 1 || rule[at.split("/")[1] as keyof RuleFile] === undefined;
    assert(isTold, `${at} of ${JSON.stringify(rule)} is nowhere: ${message}`);
  }
  const sound = rules.filter((_, n) => faults.every(({ index }) => index !== n));
  assert(sound.length > 100, `${sound.length}`);
  await importRules(world, sound);
  const before = await definitions(world);
  const exported = throughFiles(await exportRules(world));
  assertEquals(outcomes(await importRules(world, exported)), { unchanged: sound.length });
  await sql`delete from governance.data_quality_rules`;
  await importRules(world, exported);
  assertEquals(await definitions(world), before);
});
