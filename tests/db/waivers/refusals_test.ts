import { assertEquals } from "@std/assert";
import { addOrders, and, createWorld, interleave, is, people, refused, saveBlock } from "../support/mod.ts";

Deno.test("a refused write is counted although it is rolled back", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveBlock(sql);
  await saveBlock(sql, { rule_key: "has-note", condition: and(is("note", "notNull")), message: "No note." });
  const counted = async (rule: string) =>
    Number((await sql`select governance_private.refusals_at_most(${rule}, null) as n`)[0]!.n);
  assertEquals([await counted("order-has-amount"), await counted("has-note")], [0, 0]);
  await refused(addOrders(sql, { id: "1" }, { id: "2" }));
  await refused(addOrders(sql, { id: "3", note: "x" }));
  await addOrders(sql, { id: "4", note: "x", amount: "1" });
  assertEquals([await counted("order-has-amount"), await counted("has-note")], [2, 1]);
  await sql`delete from governance.data_quality_rules where id = ${id}`;
  assertEquals(await counted("order-has-amount"), 0);
});

Deno.test("who is refused, or asks how often a rule refused, while it is being deleted, meets no error of ours", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  const [counter] = await sql`select governance_private.refusal_counter('order-has-amount', null) as name`;
  for (
    const ask of [
      async () => {
        const [row] = await sql`select governance_private.refusals_at_most('order-has-amount', null) as n`;
        assertEquals(Number(row!.n), 0);
      },
      async () => assertEquals((await refused(addOrders(sql, { id: "1" }))).detail.code, "blocked"),
    ]
  ) {
    await sql`select governance_private.make_refusal_counter('order-has-amount', null)`;
    await interleave(
      world,
      (own) => own.unsafe(`drop sequence ${counter!.name}`),
      ask,
      () => Promise.resolve(),
    );
  }
});

Deno.test("a rule that is deleted and made again in one transaction goes on counting", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveBlock(sql);
  await sql.begin(async (own) => {
    await own`delete from governance.data_quality_rules where id = ${id}`;
    await saveBlock(own);
  });
  await refused(addOrders(sql, { id: "1" }));
  const [row] = await sql`select governance_private.refusals_at_most('order-has-amount', null) as n`;
  assertEquals(Number(row!.n), 1);
});

Deno.test("what the API refuses is logged by rule, source and actor", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  const records = [{ n: 1, values: { id: "1" } }, { n: 2, values: { id: "2", amount: 3 } }, {
    n: 3,
    values: { id: "3" },
  }];
  await world.as(
    "member",
    (own) => own`select governance.store_records('purchase', 'acme', ${own.json(records)}, false)`,
  );
  const rows =
    await sql`select rule_key, rule_version, org_id, source, actor, records from governance.refused_writes`;
  assertEquals(rows.map((row) => ({ ...row })), [{
    rule_key: "order-has-amount",
    rule_version: 1,
    org_id: "acme",
    source: "person",
    actor: people.member,
    records: 2,
  }]);
  // A trial refuses nobody.
  await world.as(
    "member",
    (own) => own`select governance.try_records('purchase', 'acme', ${own.json(records)})`,
  );
  assertEquals((await sql`select from governance.refused_writes`).length, 1);
});
