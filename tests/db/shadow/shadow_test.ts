import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import {
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  people,
  quiet,
  refused,
  saveBlock,
  saveRule,
  type World,
} from "../support/mod.ts";

const positive = {
  rule_key: "amount-positive",
  message: "{amount} is not positive.",
  condition: and(is("amount", ">", "0")),
};

async function counts(sql: Sql) {
  const rows = await sql`select rule_key, rule_version, org_id, source, actor, hits::int
    from governance.shadow_counts order by rule_key, rule_version, org_id, source, actor`;
  return rows.map(({ rule_key, rule_version, org_id, source, actor, hits }) =>
    `${rule_key} v${rule_version} ${org_id} ${source} ${actor ?? "-"} ${hits}`
  );
}

async function replay(world: World, rule: string) {
  const [row] = await world.sql`select governance.backtest_rule(${
    world.sql.json({ id: rule })
  }, 'acme', 1) as result`;
  return row!.result.replay;
}

Deno.test("a shadow block rule counts what it would refuse, by source and actor, and a backtest of the same writes agrees", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveBlock(sql, { ...positive, status: "shadow" });
  await sql`insert into governance.source_systems (source_key, org_id, label, user_id) values ('import', 'acme', 'Import', ${people.colleague})`;
  await world.as(
    "colleague",
    (own) =>
      own`insert into shop.orders (id, org_id, amount) values ('1', 'acme', -1), ('2', 'acme', 1), ('3', 'acme', -2), ('4', 'acme', null)`,
  );
  // It violated before: a block would have let it be edited.
  await world.as("member", (own) => own`update shop.orders set note = 'x' where id = '1'`);
  await world.as("member", (own) => own`update shop.orders set amount = amount - 5`);
  await world.as("member", (own) => own`update shop.orders set amount = 4 where id = '2'`);
  await world.as("member", (own) => own`update shop.orders set amount = -4 where id = '2'`);
  assertEquals(await counts(sql), [
    "amount-positive v1 acme import 00000000-0000-4000-8000-00000000a003 2",
    "amount-positive v1 acme person 00000000-0000-4000-8000-00000000a002 2",
  ]);
  const { violations, by_source, by_actor } = await replay(world, id);
  assertEquals(violations, 4);
  const hits = (rows: Record<string, unknown>[], key: string) =>
    rows.map((row) => [row[key], row.violations]).filter(([, n]) => n !== 0).sort();
  assertEquals(hits(by_source, "source"), [["import", 2], ["person", 2]]);
  assertEquals(hits(by_actor, "actor"), [[people.member, 2], [people.colleague, 2]]);
  const samples = await sql`select record_key, message, source from governance.shadow_hits order by id`;
  assertEquals(samples.map((row) => Object.values(row).join(" ")), [
    "1 -1.00 is not positive. import",
    "3 -2.00 is not positive. import",
    "2 -4.00 is not positive. person",
    "2 -4.00 is not positive. person",
  ]);
});

Deno.test("random writes: shadow and backtest count the same", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveBlock(sql, {
    ...positive,
    status: "shadow",
    applies_when: and(is("status", "!=", "draft")),
  });
  let seed = 20261126;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  for (let step = 0; step < 120; step++) {
    const keys = Array.from({ length: 1 + random(4) }, () => String(random(12)));
    const status = ["draft", "won", "lost"][random(3)]!;
    await sql`insert into shop.orders as o (id, org_id, amount, status)
      select distinct on (k) k, 'acme', ${random(5) - 2}, ${status} from unnest(${keys}::text[]) k
      on conflict (id) do update set amount = ${random(5) - 2}, status = excluded.status`;
    if (random(6) === 0) await sql`delete from shop.orders where id = ${String(random(12))}`;
  }
  const [row] = await sql`select sum(hits)::int as hits from governance.shadow_counts`;
  assertEquals(row!.hits > 20, true);
  assertEquals((await replay(world, id)).violations, row!.hits);
});

Deno.test("a shadow rule refuses nothing beside a block rule that does, and what is refused is not counted", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, { ...positive, status: "shadow" });
  await saveBlock(sql, { rule_key: "has-note", condition: and(is("note", "notNull")), message: "No note." });
  assertEquals(
    (await refused(addOrders(sql, { id: "1", amount: "-1" }, { id: "2", amount: "-1", note: "x" }))).detail
      .violations.length,
    1,
  );
  assertEquals(await counts(sql), []);
  await addOrders(sql, { id: "2", amount: "-1", note: "x" });
  assertEquals(await counts(sql), ["amount-positive v1 acme sql - 1"]);
});

Deno.test("a shadow unique rule counts whoever would share a key", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, {
    rule_key: "note-once",
    kind: "unique",
    status: "shadow",
    condition: { fields: [{ field: "note" }] },
    message: "{group_size} have it.",
  });
  await addOrders(sql, { id: "1", note: "a" });
  await addOrders(sql, { id: "2", note: "a" }, { id: "3", note: "b" });
  await sql`update shop.orders set amount = 1`;
  assertEquals(await counts(sql), ["note-once v1 acme sql - 1"]);
  // Of those that come together the first would pass.
  await addOrders(sql, { id: "4", note: "c" }, { id: "5", note: "c" });
  assertEquals(await counts(sql), ["note-once v1 acme sql - 2"]);
  const samples = await sql`select record_key from governance.shadow_hits order by id`;
  assertEquals(samples.map(({ record_key }) => record_key), ["2", "5"]);
});

Deno.test("two transactions that count at once do not wait for each other", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, { ...positive, status: "shadow" });
  await sql.begin(async (first) => {
    await first`insert into shop.orders (id, org_id, amount) values ('1', 'acme', -1)`;
    await sql.begin(async (second) => {
      await second`set local lock_timeout = '2s'`;
      await second`insert into shop.orders (id, org_id, amount) values ('2', 'acme', -1)`;
    });
  });
  assertEquals(await counts(sql), ["amount-positive v1 acme sql - 2"]);
});

Deno.test("shadow rules that open issues or fix count where they are evaluated, once until the record is clean", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, { ...positive, status: "shadow" });
  await saveRule(sql, {
    rule_key: "note-tidy",
    enforcement: "fix",
    status: "shadow",
    condition: null,
    message: "Blanks.",
    fix: [{ step: "normalize", field: "note", using: "trim" }],
  });
  await quiet(sql);
  await world.as(
    "member",
    (own) => own`insert into shop.orders (id, org_id, amount, note) values ('1', 'acme', -1, ' x ')`,
  );
  await evaluateAll(world);
  // Nothing new is to be said: neither of the same change nor of another that leaves it as it was.
  await sql`select governance.sweep('purchase')`;
  await evaluateAll(world);
  await world.as("steward", (own) => own`update shop.orders set status = 'won'`);
  await evaluateAll(world);
  const once = [
    "amount-positive v1 acme person 00000000-0000-4000-8000-00000000a002 1",
    "note-tidy v1 acme person 00000000-0000-4000-8000-00000000a002 1",
  ];
  assertEquals(await counts(sql), once);
  assertEquals([...await sql`select from governance.data_quality_issues`], []);
  assertEquals((await sql`select note from shop.orders`)[0]!.note, " x ");
  await sql`update shop.orders set amount = 1`;
  await evaluateAll(world);
  await sql`update shop.orders set amount = -1`;
  await evaluateAll(world);
  assertEquals(await counts(sql), [once[0], "amount-positive v1 acme sql - 1", once[1]]);
});

Deno.test("a sweep counts the records that a new shadow rule objects to, once a version", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addOrders(sql, { id: "1", amount: "-1" }, { id: "2", amount: "1" }, {
    id: "3",
    amount: "-1",
    org_id: "globex",
  });
  await quiet(sql);
  const id = await saveRule(sql, { ...positive, status: "shadow" });
  await evaluateAll(world);
  await sql`select governance.sweep('purchase')`;
  await evaluateAll(world);
  const first = ["amount-positive v1 acme sweep - 1", "amount-positive v1 globex sweep - 1"];
  assertEquals(await counts(sql), first);
  await sql`update governance.data_quality_rules set severity = 'low' where id = ${id}`;
  await evaluateAll(world);
  assertEquals(await counts(sql), [
    ...first,
    "amount-positive v2 acme sweep - 1",
    "amount-positive v2 globex sweep - 1",
  ]);
});

Deno.test("at most twenty samples a day are kept, and merging changes no count", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, { ...positive, status: "shadow" });
  await sql`insert into shop.orders (id, org_id, amount) select n::text, 'acme', -1 from generate_series(1, 15) n`;
  await sql`insert into shop.orders (id, org_id, amount) select n::text, 'acme', -1 from generate_series(16, 50) n`;
  assertEquals((await sql`select from governance.shadow_hits`).length, 20);
  await sql`update governance.shadow_tallies set day = day - 1`;
  const before = await counts(sql);
  assertEquals((await sql`select from governance.shadow_tallies`).length, 2);
  await sql`select governance_private.merge_shadow_tallies()`;
  assertEquals((await sql`select from governance.shadow_tallies`).length, 1);
  assertEquals([before, await counts(sql)], [before, ["amount-positive v1 acme sql - 50"]]);
});

Deno.test("without a shadow rule the block function asks nothing about shadows", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, positive);
  const source = async () =>
    (await sql`select prosrc from pg_proc where proname = 'purchase_300_block_insert'`)[0]!.prosrc as string;
  assertEquals((await source()).includes("note_shadow_writes"), false);
  await saveBlock(sql, { ...positive, rule_key: "other", status: "shadow" });
  assertEquals((await source()).includes("note_shadow_writes"), true);
});
