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

Deno.test("a rule is retired while somebody reads its table: nobody waits, and its hooks rest until the table is free", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { enforcement: "block" });
  const hooks = async () =>
    (await sql`select tgname from pg_trigger where tgrelid = 'shop.orders'::regclass and tgname like '_300%' order by 1`)
      .map(({ tgname }) => tgname);
  const setStatus = (status: string) =>
    sql.begin(async (own) => {
      await own`set local lock_timeout = '200ms'`;
      await own`update governance.data_quality_rules set status = ${status} where id = ${id}`;
      await own`select governance_private.drop_resting_hooks()`;
    });
  const placed = await hooks();
  assertEquals(placed, ["_300_block_insert", "_300_block_update"]);
  await sql.begin(async (reader) => {
    await reader`select from shop.orders`;
    await setStatus("deprecated");
    assertEquals(await hooks(), placed);
    await addOrders(sql, { id: "1" });
    await setStatus("active");
    assertEquals((await refused(addOrders(sql, { id: "2" }))).detail.code, "blocked");
    await setStatus("deprecated");
  });
  await sql`select governance_private.drop_resting_hooks()`;
  assertEquals(await hooks(), []);
  await addOrders(sql, { id: "3" });
  await setStatus("active");
  assertEquals((await refused(addOrders(sql, { id: "4" }))).detail.code, "blocked");
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
