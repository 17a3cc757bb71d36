import { assertEquals } from "@std/assert";
import {
  addOrders,
  and,
  createWorld,
  evaluateAll,
  interleave,
  is,
  openIssues,
  quiet,
  saveRule,
  violation,
} from "../support/mod.ts";

Deno.test("a rule is deleted while a sweep finds what violates it: neither fails, and nothing of the rule stays", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`update governance_private.queue_settings set issues_per_sweep = 1`;
  const id = await saveRule(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  await quiet(sql);
  const [run] = await sql`select governance_private.queue_sweep('purchase', 'test') as id`;
  const found = ["1", "2"].map((key) => ({ ...violation(id), key, org_id: "acme" }));
  await interleave(
    world,
    // What a step of a sweep does, with a pause between: its rules stand still, and then it opens issues.
    (own) => own`select from governance.entities where entity_type = 'purchase' for share`,
    () => world.database.connect()`delete from governance.data_quality_rules where id = ${id}`,
    (own) =>
      own`select governance_private.cap_violations('purchase', ${run!.id}, ${own.json(found as never)})`,
  );
  assertEquals((await sql`select from governance.data_quality_rules where id = ${id}`).length, 0);
  assertEquals((await sql`select from governance.further_violations`).length, 0);
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});

Deno.test("a rule is deleted while its neighbours are compiled", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await interleave(
    world,
    (own) => saveRule(own, { rule_key: "neighbour" }),
    () => world.database.connect()`delete from governance.data_quality_rules where id = ${id}`,
    async (own) => {
      // Its columns are noted anew by every compiling.
      await own`delete from governance_private.rule_columns`;
      await own`select governance_private.compile_entity('purchase')`;
    },
  );
  const [compiled] = await sql`
    select jsonb_path_query_array(rules, '$[*].rule_key') as keys from governance_private.compiled_entities where entity_type = 'purchase'`;
  assertEquals(compiled!.keys, ["neighbour"]);
  assertEquals((await sql`select from governance_private.rule_columns where rule_id = ${id}`).length, 0);
});

for (
  const [name, statement] of [
    ["resumed", "select governance.resume('purchase')"],
    ["registered again", "select governance.register_entity('purchase', 'shop.orders')"],
    ["taken out of governance", "select governance.unregister_entity('purchase')"],
  ] as const
) {
  Deno.test(`an entity is ${name} while a rule of it is saved`, async () => {
    await using world = await createWorld();
    const { sql } = world;
    await saveRule(sql);
    if (name === "resumed") await sql`select governance.pause('purchase', 'test')`;
    await interleave(
      world,
      (own) =>
        saveRule(own, {
          rule_key: "has-email",
          entity_type: "customer",
          condition: and(is("email", "notNull")),
          message: "No email.",
        }),
      () => world.database.connect().unsafe(statement),
      (own) => saveRule(own, { rule_key: "further" }),
    );
    const entities = await sql`select from governance.entities where entity_type = 'purchase'`;
    assertEquals(entities.length, name === "taken out of governance" ? 0 : 1);
  });
}

Deno.test("a unique rule is changed while a write of its records, which failed to keep the keys, marks them to be made anew", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const unique = {
    rule_key: "one-note",
    kind: "unique",
    dimension: "uniqueness",
    message: "The note is taken.",
  };
  const id = await saveRule(sql, { ...unique, condition: { fields: [{ field: "note" }] } });
  await addOrders(sql, { id: "1", note: "a" }, { id: "2", note: "a" });
  await interleave(
    world,
    (own) => own`update shop.orders set amount = 1 where id = '1'`,
    () =>
      world.database.connect()`update governance.data_quality_rules
        set condition = '{"fields": [{"field": "note"}, {"field": "amount"}]}' where id = ${id}`,
    (own) => own`select governance_private.rebuild_keys('purchase')`,
  );
  const [rules] = await sql`select bool_and(is_built) as built from governance_private.unique_rules`;
  assertEquals(rules!.built, true);
});
