import { assertEquals } from "@std/assert";
import { and, createWorld, is, people, refused, saveRule } from "../support/mod.ts";

Deno.test("the history of a rule says who changed what, in words, and an earlier version can be restored", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, {
    rule_key: "own",
    org_id: "acme",
    entity_type: "customer",
    condition: and(is("name", "isFilled")),
    message: "No name.",
  });
  await world.as(
    "admin",
    (sql) =>
      sql`update governance.data_quality_rules set severity = 'high', description = 'Why.' where id = ${id}`,
  );
  await world.as(
    "admin",
    (sql) =>
      sql`update governance.data_quality_rules set condition = ${
        sql.json(and(is("email", "isFilled")) as never)
      }, status = 'shadow' where id = ${id}`,
  );
  const [restored] = await world.as(
    "admin",
    (sql) => sql`select governance.restore_rule(${id}, 1) as version`,
  );
  assertEquals(restored!.version, 4);
  const rows = await world.as(
    "viewer",
    (sql) =>
      sql`select version, changed_by, changes from governance.rule_history where rule_id = ${id} order by version`,
  );
  assertEquals(rows.map(({ version, changes }) => [version, changes]), [
    [1, ["made"]],
    [2, ['severity changed from "medium" to "high"', 'description set to "Why."']],
    [3, [
      'status changed from "active" to "shadow"',
      "it says now: An issue is opened for a customer unless the email is filled in. It said: An issue is opened for a customer unless the name is filled in.",
    ]],
    [4, [
      'status changed from "shadow" to "active"',
      'severity changed from "high" to "medium"',
      "it says now: An issue is opened for a customer unless the name is filled in. It said: An issue is opened for a customer unless the email is filled in.",
      'description "Why." removed',
    ]],
  ]);
  assertEquals(rows[1]!.changed_by, people.admin);
});

Deno.test("only who may change a rule may restore it, and only a version that it had", async () => {
  await using world = await createWorld();
  const own = await saveRule(world.sql, {
    rule_key: "own",
    org_id: "acme",
    entity_type: "customer",
    condition: and(is("name", "isFilled")),
    message: "No name.",
  });
  const shared = await saveRule(world.sql, {
    rule_key: "shared",
    entity_type: "customer",
    condition: and(is("name", "isFilled")),
    message: "No name.",
  });
  await world.sql`update governance.data_quality_rules set severity = 'high'`;
  const restore = (caller: Parameters<World["as"]>[0], id: string, version = 1) =>
    refused(() => world.as(caller, (sql) => sql`select governance.restore_rule(${id}, ${version})`));
  assertEquals((await restore("steward", own)).state, "PT403");
  assertEquals((await restore("admin", shared)).state, "PT403");
  assertEquals((await restore("outsider", own)).state, "PT404");
  assertEquals((await restore("admin", own, 9)).message, 'The rule "own" has no version 9.');
});

type World = Awaited<ReturnType<typeof createWorld>>;
