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
  refused,
  saveRule,
  violation,
} from "../support/mod.ts";
import { requests, savePolicy } from "../twophase/support.ts";

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

for (
  const [name, statement] of [
    ["a change policy", "update governance.change_policies set message = 'x'"],
    ["a reference set", "update governance.reference_sets set description = 'x' where set_key = 'countries'"],
  ] as const
) {
  Deno.test(`${name} is changed beside a transaction that changes a rule and then ${name}, too`, async () => {
    await using world = await createWorld();
    const { sql } = world;
    const id = await saveRule(sql);
    await savePolicy(sql);
    await interleave(
      world,
      (own) => own`update governance.data_quality_rules set message = 'New.' where id = ${id}`,
      () => world.database.connect().unsafe(statement),
      (own) => own.unsafe(statement),
    );
  });
}

Deno.test("the last policy of an entity is retired beside one that somebody has just saved: the new one holds", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await savePolicy(sql);
  await addOrders(sql, { id: "1", amount: "5" });
  await interleave(
    world,
    (own) => savePolicy(own, { policy_key: "order-status", guarded_fields: ["status"] }),
    () => world.database.connect()`update governance.change_policies set status = 'retired' where id = ${id}`,
    () => Promise.resolve(),
  );
  await sql`update shop.orders set amount = 6, status = 'x' where id = '1'`;
  const [order] = await sql`select amount::int, status from shop.orders`;
  assertEquals({ ...order }, { amount: 6, status: null });
  assertEquals((await requests(sql)).length, 1);
});

Deno.test("an entity is paused and resumed in one transaction beside a rule that is saved", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await interleave(
    world,
    (own) => own`select governance.pause('purchase', 'test')`,
    () => saveRule(sql),
    (own) => own`select governance.resume('purchase')`,
  );
});

Deno.test("a first block rule that cannot get its table gives up before all writers queue behind it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql.begin(async (writer) => {
    await writer`insert into shop.orders (id, org_id) values ('1', 'acme')`;
    const { state } = await refused(saveRule(sql, { enforcement: "block" }));
    assertEquals(state, "55P03");
  });
  await saveRule(sql, { enforcement: "block" });
  assertEquals((await refused(addOrders(sql, { id: "2" }))).detail.code, "blocked");
});
