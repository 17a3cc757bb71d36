import { assertEquals } from "@std/assert";
import { and, type Caller, createWorld, is, refused, saveRule, type World } from "../support/mod.ts";

const save = (world: World, status: string, org_id: string | null = "acme") =>
  saveRule(world.sql, {
    rule_key: "customer-name",
    org_id,
    entity_type: "customer",
    condition: and(is("name", "isFilled")),
    message: "No name.",
    status,
  });

const change = (world: World, caller: Caller, assignment: string) =>
  world.as(
    caller,
    (own) => own.unsafe(`update governance.data_quality_rules set ${assignment} returning id`),
  );

const status = async ({ sql }: World) =>
  (await sql`select status from governance.data_quality_rules where rule_key = 'customer-name'`)[0]!.status;

for (const before of ["draft", "active"] as const) {
  Deno.test(`a steward puts a rule that is ${before} into shadow and back to what it was, and no further`, async () => {
    await using world = await createWorld();
    await save(world, before);
    await change(world, "steward", "status = 'shadow'");
    assertEquals(await status(world), "shadow");
    for (const other of ["draft", "active", "deprecated"].filter((word) => word !== before)) {
      assertEquals((await refused(change(world, "steward", `status = '${other}'`))).state, "PT403", other);
    }
    await change(world, "steward", `status = '${before}'`);
    assertEquals(await status(world), before);
    const versions = await world
      .sql`select definition ->> 'status' as status from governance.data_quality_rule_versions
      where rule_key = 'customer-name' order by version`;
    assertEquals(versions.map((version) => version.status), [before, "shadow", before]);
  });
}

Deno.test("a steward changes nothing else of a rule, whether beside its shadow or alone", async (t) => {
  await using world = await createWorld();
  await save(world, "active");
  for (
    const assignment of [
      "severity = 'low'",
      "status = 'shadow', severity = 'low'",
      "status = 'shadow', message = 'x'",
      "status = 'draft'",
      "status = 'deprecated'",
      "enforcement = 'block', timing = 'write'",
      `condition = '{"combinator": "and", "rules": [{"field": "email", "operator": "notNull"}]}'`,
    ]
  ) {
    await t.step(assignment, async () => {
      const { state, detail } = await refused(change(world, "steward", assignment));
      assertEquals([state, detail.code], ["PT403", "not-allowed"]);
    });
  }
  assertEquals(await status(world), "active");
});

Deno.test("what an admin changed in the shadow is not a steward's to promote", async () => {
  await using world = await createWorld();
  await save(world, "active");
  await change(world, "steward", "status = 'shadow'");
  await change(world, "admin", "severity = 'critical'");
  assertEquals((await refused(change(world, "steward", "status = 'active'"))).state, "PT403");
  await change(world, "postgres", "status = 'active'");
  assertEquals(await status(world), "active");
});

Deno.test("viewers and members shadow nothing, and nobody a rule of everybody or of another organization", async () => {
  await using world = await createWorld();
  await save(world, "active");
  for (const caller of ["viewer", "member", "outsider", "nobody"] as const) {
    assertEquals((await change(world, caller, "status = 'shadow'")).length, 0, caller);
  }
  assertEquals((await refused(change(world, "anon", "status = 'shadow'"))).state, "42501");
  await world.sql`delete from governance.data_quality_rules where rule_key = 'customer-name'`;
  await save(world, "active", null);
  for (const caller of ["steward", "admin"] as const) {
    assertEquals((await change(world, caller, "status = 'shadow'")).length, 0, caller);
  }
});
