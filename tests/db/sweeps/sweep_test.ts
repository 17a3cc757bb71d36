import { assertEquals, assertRejects } from "@std/assert";
import type { Sql } from "postgres";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  issues,
  openIssues,
  or,
  quiet,
  refused,
  saveBlock,
  saveRule,
  type World,
} from "../support/mod.ts";
import { sweep } from "./support.ts";

/** Writes as something that fires no trigger does. */
async function silently(sql: Sql, statement: string): Promise<void> {
  await sql.begin((own) =>
    own.unsafe(
      `alter table shop.orders disable trigger user; ${statement}; alter table shop.orders enable trigger user`,
    ).simple()
  );
}

async function described(world: World) {
  return (await issues(world.sql)).map((issue) => [
    issue.rule_key,
    issue.record_key,
    issue.org_id,
    issue.status,
    issue.message,
    issue.fields,
    issue.observed,
    issue.severity,
    issue.rule_version,
  ]);
}

const scannable = [
  {
    rule_key: "amount-positive",
    condition: and(is("amount", ">", "0")),
    message: "{amount} is not positive.",
  },
  { rule_key: "has-note", severity: "high", condition: and(is("note", "isFilled")), message: "No note." },
  {
    rule_key: "customer-is-active",
    applies_when: and(is("status", "=", "open")),
    condition: and(is("customer.is_active", "=", true), is("customer.name", "isFilled")),
    message: "{customer.name} is not active.",
  },
  {
    rule_key: "due-after-today",
    timing: "schedule",
    condition: and(is("due_on", ">=", "today-P1D")),
    message: "Due {due_on}.",
  },
];

async function addRecords(sql: Sql): Promise<void> {
  await addCustomers(
    sql,
    { id: "a", name: "Ann", is_active: true },
    { id: "b", name: " ", is_active: false },
    {
      id: "c",
      org_id: "globex",
    },
  );
  await addOrders(
    sql,
    { id: "1", amount: "5", note: "x", status: "open", customer_id: "a", due_on: "2999-01-01" },
    { id: "2", amount: "-1.50", status: "open", customer_id: "b", due_on: "2020-01-01" },
    { id: "3", note: "x", status: "open", customer_id: "c" },
    { id: "4", org_id: "globex", amount: "0", note: "  " },
  );
}

Deno.test("a sweep finds what evaluate finds, to the record, the words and the values, without queuing anything", async () => {
  await using world = await createWorld();
  const { sql } = world;
  for (const rule of scannable) await saveRule(sql, rule);
  await saveBlock(sql, { rule_key: "status-known", condition: and(is("status", "in", ["open", "won"])) });
  await addRecords(sql);
  await quiet(sql);
  assertEquals(await sweep(sql), []);
  const swept = await described(world);
  assertEquals(swept.length, 6);
  await sql`delete from governance.data_quality_issues`;
  await sweep(sql, "purchase", true);
  await evaluateAll(world);
  assertEquals(await described(world), swept);
});

Deno.test("what one rule has settled is not asked again, and no violation is missed by it, nor where the rule does not hold", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const noted = { rule_key: "has-note", condition: and(is("note", "isFilled")), message: "No note." };
  await saveRule(sql, noted);
  await saveRule(sql, { ...noted, rule_key: "has-note-too" });
  await saveRule(sql, {
    rule_key: "says-something",
    condition: or(is("note", "isFilled"), is("status", "isFilled")),
  });
  await saveRule(sql, {
    rule_key: "open-is-noted",
    applies_when: and(is("status", "=", "open")),
    condition: and(is("note", "isFilled"), is("amount", ">", "0")),
  });
  const notes = [null, "  ", "x"];
  const orders = ["acme", "globex"].flatMap((org_id) =>
    notes.flatMap((note) =>
      [null, "open"].flatMap((status) => ["5", "-5"].map((amount) => ({ org_id, note, status, amount })))
    )
  );
  await addOrders(sql, ...orders.map((order, index) => ({ id: `o${index}`, ...order })));
  const sweepAndCompare = async () => {
    await quiet(sql);
    await sql`delete from governance.data_quality_issues`;
    assertEquals(await sweep(sql), []);
    const swept = await described(world);
    await sql`delete from governance.data_quality_issues`;
    await sweep(sql, "purchase", true);
    await evaluateAll(world);
    assertEquals(await described(world), swept);
    return ["has-note", "has-note-too", "says-something", "open-is-noted"].map((key) =>
      swept.filter(([rule_key]) => rule_key === key).length
    );
  };
  assertEquals(await sweepAndCompare(), [16, 16, 8, 10]);
  // Nothing asks for notes in globex any more.
  await sql`delete from governance.data_quality_rules where rule_key = 'has-note-too'`;
  await saveRule(sql, { ...noted, condition: and(is("amount", "notNull")), org_id: "globex" });
  assertEquals(await sweepAndCompare(), [8, 0, 8, 10]);
});

Deno.test("a second sweep changes nothing, and one over clean data closes what is clean", async () => {
  await using world = await createWorld();
  const { sql } = world;
  for (const rule of scannable) await saveRule(sql, rule);
  await addRecords(sql);
  await quiet(sql);
  await sweep(sql);
  const before = await issues(sql);
  await sweep(sql);
  assertEquals(await issues(sql), before);
  await silently(sql, "update shop.orders set amount = 3, note = 'x' where id <> '3'");
  await sweep(sql);
  assertEquals(await openIssues(world), ["customer-is-active:2", "due-after-today:2"]);
  const [closed] = await sql`
    select status, resolution from governance.data_quality_issues where rule_key = 'has-note' and record_key = '2'`;
  assertEquals({ ...closed }, { status: "fixed", resolution: "data_changed" });
});

Deno.test("an organization's own form of a rule closes what the shared one has opened there, and the other way round", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const limit = (most: string) => ({ rule_key: "amount-limit", condition: and(is("amount", "<=", most)) });
  await saveRule(sql, limit("500"));
  await addOrders(
    sql,
    { id: "1", org_id: "globex", amount: "600" },
    { id: "2", org_id: "globex", amount: "900" },
    { id: "3", amount: "600" },
  );
  await quiet(sql);
  await sweep(sql);
  assertEquals(await openIssues(world), ["amount-limit:1", "amount-limit:2", "amount-limit:3"]);
  await saveRule(sql, { ...limit("800"), org_id: "globex" });
  await sweep(sql);
  assertEquals(await openIssues(world), ["amount-limit:2", "amount-limit:3"]);
  await sql`delete from governance.data_quality_rules where org_id = 'globex'`;
  await sql`update governance.data_quality_rules set condition = ${
    sql.json(limit("1000").condition as never)
  } where rule_key = 'amount-limit'`;
  await sweep(sql);
  assertEquals(await openIssues(world), []);
});

Deno.test("what could not be evaluated closes no issue", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, scannable[2]);
  await addRecords(sql);
  await quiet(sql);
  await sweep(sql);
  assertEquals(await openIssues(world), ["customer-is-active:2"]);
  await silently(sql, "update shop.orders set customer_id = 'c' where id = '2'");
  await sweep(sql);
  assertEquals(await openIssues(world), ["customer-is-active:2"], "c belongs to another organization");
});

Deno.test("only records that TypeScript must see are queued: fixes, suggestions, phone numbers", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, {
    rule_key: "lower",
    enforcement: "fix",
    condition: null,
    message: "Lower case.",
    fix: [{ step: "normalize", field: "status", using: "lower" }],
  });
  await saveRule(sql, {
    rule_key: "suggests",
    condition: and(is("amount", "notNull")),
    message: "No amount.",
    fix: [{ step: "set", field: "amount", value: "1" }],
  });
  await saveRule(sql, {
    rule_key: "phone",
    condition: or(is("note", "isPhone"), is("status", "=", "any")),
    message: "Not a phone number.",
  });
  await addOrders(
    sql,
    { id: "clean", amount: "1", status: "open" },
    { id: "fix", amount: "1", status: "OPEN" },
    { id: "unsure", amount: "1", status: "ÄH" },
    { id: "suggest", status: "open" },
    { id: "phone", amount: "1", status: "open", note: "12" },
    { id: "phone-any", amount: "1", status: "any", note: "12" },
  );
  await quiet(sql);
  assertEquals(await sweep(sql), ["fix", "phone", "suggest", "unsure"]);
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["phone:phone", "suggests:suggest"]);
  assertEquals(await sweep(sql), ["phone", "unsure"], "a suggestion that stands is not asked for again");
});

Deno.test("a value of a fix is a value in a sweep, whatever it reads like", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, {
    rule_key: "set-note",
    enforcement: "fix",
    condition: null,
    message: "Set.",
    fix: [{ step: "set", field: "note", value: "v_org" }],
  });
  await addOrders(sql, { id: "1", note: "v_org" }, { id: "2", note: "x" });
  await quiet(sql);
  assertEquals(await sweep(sql), ["2"]);
  // Nor does a step that SQL cannot do stand in a sweep's way: what it speaks of is left to evaluate.
  await sql`update governance.data_quality_rules set fix = ${
    sql.json([{ step: "normalize", field: "note", using: "phone_e164" }])
  } where rule_key = 'set-note'`;
  assertEquals(await sweep(sql), ["1", "2"]);
});

Deno.test("groups of a unique rule that changed without a trace are found by the sweep", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, {
    rule_key: "one-note",
    kind: "unique",
    condition: { fields: [{ field: "note" }] },
    message: "{group_size} have it.",
  });
  await addOrders(sql, { id: "1", note: "x" }, { id: "2", note: "y" }, { id: "3", note: "z" });
  await evaluateAll(world);
  await silently(sql, "update shop.orders set note = 'x' where id = '2'");
  await sql`select governance_private.rebuild_keys('purchase')`;
  assertEquals(await sweep(sql), ["1", "2"]);
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["one-note:1", "one-note:2"]);
  assertEquals(await sweep(sql), []);
});

Deno.test("a sweep goes on where it stopped, counts every record once, and begins anew when the table was rewritten", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, { message: "No amount." });
  await sql`insert into shop.orders (id, org_id) select n::text, 'acme' from generate_series(1, 2000) n`;
  await sql`vacuum analyze shop.orders`;
  await quiet(sql);
  await sql`update governance_private.queue_settings set sweep_rows = 300, issues_per_sweep = 5000`;
  await sql`select governance_private.queue_sweep('purchase', 'test')`;
  await sql`select governance_private.advance_sweep() from generate_series(1, 3)`;
  const [half] = await sql`select status, cursor::jsonb as cursor from governance.runs`;
  assertEquals(half!.status, "running");
  assertEquals(half!.cursor.phase, "records");
  const seen = (await issues(sql)).length;
  assertEquals(seen > 300 && seen < 2000, true, `${seen} in the first half`);
  await evaluateAll(world);
  const [run] = await sql`select status, counts from governance.runs`;
  assertEquals({ ...run }, { status: "succeeded", counts: { records: 2000 } });
  assertEquals((await issues(sql)).length, 2000);

  await sql`select governance_private.queue_sweep('purchase', 'test')`;
  await sql`select governance_private.advance_sweep() from generate_series(1, 3)`;
  await sql`vacuum full shop.orders`;
  await sql`select governance_private.advance_sweep()`;
  const [anew] = await sql`select cursor::jsonb as cursor from governance.runs where status = 'running'`;
  assertEquals(anew!.cursor.block < half!.cursor.block, true);
});

Deno.test("a sweep reads the partitions of a partitioned table one after the other", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql.unsafe(`
    create table shop.parts (id int, org_id text not null, day int, note text, primary key (id, day)) partition by list (day);
    create table shop.parts_1 partition of shop.parts for values in (1);
    create table shop.parts_2 partition of shop.parts for values in (2);
  `).simple();
  await sql`select governance.register_entity('part', 'shop.parts')`;
  await saveRule(sql, {
    rule_key: "part-note",
    entity_type: "part",
    condition: and(is("note", "notNull")),
    message: "No note.",
  });
  await sql`insert into shop.parts values (1, 'acme', 1, null), (2, 'acme', 2, null), (3, 'acme', 2, 'x')`;
  await quiet(sql);
  assertEquals(await sweep(sql, "part"), []);
  assertEquals(await openIssues(world), ['part-note:["1", "1"]', 'part-note:["2", "2"]']);
});

Deno.test("admins start a sweep, others do not, and an unknown entity is named", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await addOrders(sql, { id: "1" });
  await quiet(sql);
  for (const person of ["viewer", "member", "steward", "nobody"] as const) {
    const { state } = await refused(world.as(person, (own) => own`select governance.sweep('purchase')`));
    assertEquals(state, "PT403", person);
  }
  await assertRejects(() => world.as("anon", (own) => own`select governance.sweep('purchase')`));
  const { state } = await refused(world.as("admin", (own) => own`select governance.sweep('unknown')`));
  assertEquals(state, "PT404");
  await world.as("admin", (own) => own`select governance.sweep('purchase')`);
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:1"]);
});

Deno.test("each organization has its own moving moments in a sweep, be they few or many, and one that is not known has none", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, {
    rule_key: "paid-since-today",
    timing: "schedule",
    condition: and(is("paid_at", ">=", "today")),
    message: "moments.m1_",
  });
  // Constants for the two organizations of the world, a join for twelve more, each a time zone of its own.
  for (const zones of [[], Array.from({ length: 12 }, (_, hour) => `Etc/GMT-${hour + 1}`)]) {
    for (const zone of zones) {
      await sql`select governance.register_organization(${zone}, ${zone}, ${zone}, 'US')`;
    }
    await silently(
      sql,
      `delete from shop.orders;
      insert into shop.orders (id, org_id, paid_at)
      select o.org_id || x.name, o.org_id, (date_trunc('day', now() at time zone o.time_zone) at time zone o.time_zone) + x.off
      from governance.organizations o cross join (values ('-before', interval '-1 minute'), ('-after', interval '1 minute')) x(name, off);
      insert into shop.orders (id, org_id, paid_at) values ('unknown', 'nobody', '2000-01-01')`,
    );
    await sweep(sql);
    const orgs = (await sql`select org_id from governance.organizations order by org_id`).map((row) =>
      row.org_id
    );
    assertEquals(
      (await openIssues(world)).toSorted(),
      orgs.map((org) => `paid-since-today:${org}-before`).toSorted(),
    );
    assertEquals([...new Set((await issues(sql)).map((issue) => issue.message))], ["moments.m1_"]);
  }
});
