import { assert, assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import {
  addOrders,
  and,
  createWorld,
  evaluateAll,
  is,
  openIssues,
  quiet,
  refused,
  saveBlock,
  saveRule,
  type World,
} from "../support/mod.ts";

/** Visits by region, those of the north by year too; one partition has its columns in another order and lost one. */
async function createVisits(world: World): Promise<void> {
  await world.sql.unsafe(`
    create table shop.visits (
      region text not null, day date not null, id int not null, org_id text not null, email text, note text, primary key (region, day, id)
    ) partition by list (region);
    create table shop.visits_north partition of shop.visits for values in ('north') partition by range (day);
    create table shop.visits_north_2026 partition of shop.visits_north for values from ('2026-01-01') to ('2027-01-01');
    create table shop.visits_south (
      note text, gone int, email text, id int not null, org_id text not null, day date not null, region text not null,
      primary key (region, day, id));
    alter table shop.visits_south drop column gone;
    alter table shop.visits attach partition shop.visits_south for values in ('south');
    select governance.register_entity('visit', 'shop.visits', 'email');`).simple();
  await quiet(world.sql);
}

/** Triggers of ours by table; row triggers that Postgres handed down are the parent's. */
async function hooks(sql: Sql): Promise<Record<string, string[]>> {
  const rows = await sql`
    select t.tgrelid::regclass::text as table, array_agg(t.tgname::text || case t.tgenabled when 'D' then ' off' else '' end order by t.tgname) as names
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid
    where p.pronamespace = 'governance_private'::regnamespace and c.relname like 'visits%' and t.tgparentid = 0 group by 1`;
  return Object.fromEntries(rows.map(({ table, names }) => [table, names]));
}

async function events(sql: Sql): Promise<string[]> {
  const rows = await sql`
    select operation || ' ' || record_key as event from governance.audit_events where entity_type = 'visit' and operation <> 'gap' order by id`;
  return rows.map(({ event }) => event);
}

const saveRules = async ({ sql }: World) => {
  await saveBlock(sql, {
    rule_key: "visit-note",
    entity_type: "visit",
    condition: and(is("note", "!=", "bad")),
    message: "Bad note.",
  });
  await saveBlock(sql, {
    rule_key: "visit-email-unique",
    entity_type: "visit",
    kind: "unique",
    condition: { fields: [{ field: "email", normalizer: "email" }] },
    message: "E-mail taken.",
  });
  await saveRule(sql, {
    rule_key: "visit-email-clean",
    entity_type: "visit",
    enforcement: "fix",
    timing: "write",
    condition: null,
    message: "An e-mail is in lower case.",
    fix: [{ step: "normalize", field: "email", using: "email" }],
  });
  await saveRule(sql, {
    rule_key: "visit-has-note",
    entity_type: "visit",
    timing: "write",
    condition: and(is("note", "notNull")),
    message: "No note.",
  });
  await quiet(sql);
};

Deno.test("a partitioned table and its partitions at every level carry the same hooks, and lose them together", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await createVisits(world);
  await saveRules(world);
  const all = await hooks(sql);
  const row = ["_100_normalise_insert", "_100_normalise_update"];
  const [parent, ...partitions] = [
    "shop.visits",
    "shop.visits_north",
    "shop.visits_north_2026",
    "shop.visits_south",
  ];
  assertEquals(Object.keys(all).sort(), [parent, ...partitions]);
  assert(
    all[parent!]!.includes("_300_block_insert") && all[parent!]!.includes("_500_capture_truncate") &&
      all[parent!]!.includes("_600_issue_update"),
  );
  for (const name of partitions) {
    assertEquals(all[name], all[parent!]!.filter((hook) => !row.includes(hook)), name);
  }
  await sql`select governance.pause('visit', 'test')`;
  const paused = await hooks(sql);
  for (const [table, names] of Object.entries(all)) {
    assertEquals(paused[table], names.map((name) => `${name} off`));
  }
  await sql`insert into shop.visits_south (region, day, id, org_id, email, note) values ('south', '2026-02-01', 1, 'acme', 'A@B.CO', 'bad')`;
  assertEquals(await events(sql), []);
  assertEquals((await sql`select email from shop.visits`)[0]!.email, "A@B.CO");
  await sql`select governance.resume('visit')`;
  assertEquals(await hooks(sql), all);
  await sql`update governance.data_quality_rules set status = 'deprecated' where entity_type = 'visit'`;
  await sql`select governance_private.drop_resting_hooks()`;
  for (const names of Object.values(await hooks(sql))) {
    assertEquals(names, [
      "_500_capture_delete",
      "_500_capture_insert",
      "_500_capture_truncate",
      "_500_capture_update",
    ]);
  }
  await sql`select governance.unregister_entity('visit')`;
  assertEquals(await hooks(sql), {});
  assertEquals(
    (await sql`select count(*)::int from pg_trigger where tgrelid::regclass::text like 'shop.visits%'`)[0]!
      .count,
    0,
  );
});

Deno.test("whatever table a statement addresses, each record is corrected, judged and captured once", async (t) => {
  await using world = await createWorld();
  const { sql } = world;
  await createVisits(world);
  await saveRules(world);
  const copy = (columns: string, row: string) =>
    world.database.admin.unsafe(`copy shop.visits_south (${columns}) from program $$printf '${row}\\n'$$`);
  const key = (region: string, day: string, id: number) => `["${region}", "${day}", "${id}"]`;
  const step = (name: string, work: string, expected: string[], mails?: string[]) =>
    t.step(name, async () => {
      await quiet(sql);
      const before = (await events(sql)).length;
      await sql.unsafe(work).simple();
      assertEquals((await events(sql)).slice(before).sort(), expected.sort());
      const queue =
        await sql`select count(*)::int from governance_private.change_queue where reason = 'write'`;
      assertEquals(queue[0]!.count, expected.length);
      if (mails !== undefined) {
        assertEquals((await sql`select email from shop.visits order by 1`).map(({ email }) => email), mails);
      }
    });
  await step(
    "an insert through the parent",
    `insert into shop.visits values ('north', '2026-03-01', 1, 'acme', 'ONE@X.CO', 'n'), ('south', '2026-03-01', 2, 'acme', 'TWO@X.CO', 'n')`,
    [`insert ${key("north", "2026-03-01", 1)}`, `insert ${key("south", "2026-03-01", 2)}`],
    ["one@x.co", "two@x.co"],
  );
  await step(
    "an insert into a partition between",
    `insert into shop.visits_north values ('north', '2026-03-01', 3, 'acme', 'THREE@X.CO', 'n')`,
    [`insert ${key("north", "2026-03-01", 3)}`],
  );
  await step(
    "an insert into a leaf whose columns stand in another order",
    `insert into shop.visits_south (region, day, id, org_id, email, note) values ('south', '2026-03-01', 4, 'acme', 'FOUR@X.CO', 'n')`,
    [`insert ${key("south", "2026-03-01", 4)}`],
    ["four@x.co", "one@x.co", "three@x.co", "two@x.co"],
  );
  await step(
    "an upsert into a leaf",
    `insert into shop.visits_south (region, day, id, org_id, email, note) values ('south', '2026-03-01', 4, 'acme', 'FOUR@Y.CO', 'n'), ('south', '2026-03-01', 5, 'acme', 'FIVE@X.CO', 'n')
     on conflict (region, day, id) do update set email = excluded.email`,
    [`update ${key("south", "2026-03-01", 4)}`, `insert ${key("south", "2026-03-01", 5)}`],
    ["five@x.co", "four@y.co", "one@x.co", "three@x.co", "two@x.co"],
  );
  await step(
    "an update through the parent",
    `update shop.visits set note = 'm'`,
    [
      key("north", "2026-03-01", 1),
      key("south", "2026-03-01", 2),
      key("north", "2026-03-01", 3),
      key("south", "2026-03-01", 4),
      key("south", "2026-03-01", 5),
    ].map((record) => `update ${record}`),
  );
  await step(
    "a move to another partition, which changes the key: the old record ends, the new begins",
    `update shop.visits set region = 'south', email = 'MOVED@X.CO' where id = 1`,
    [`delete ${key("north", "2026-03-01", 1)}`, `insert ${key("south", "2026-03-01", 1)}`],
    ["five@x.co", "four@y.co", "moved@x.co", "three@x.co", "two@x.co"],
  );
  await step(
    "a delete from a leaf",
    `delete from shop.visits_north_2026`,
    [`delete ${key("north", "2026-03-01", 3)}`],
  );
  await step("a delete through the parent", `delete from shop.visits where id in (2, 4)`, [
    `delete ${key("south", "2026-03-01", 2)}`,
    `delete ${key("south", "2026-03-01", 4)}`,
  ]);
  await t.step("a correction in the write is a fix, also of the moved record", async () => {
    const rows =
      await sql`select record_key, patch -> 1 ->> 'value' as value from governance.fixes order by applied_at, record_key`;
    assertEquals(rows.length, 7);
    assert(
      rows.some(({ record_key, value }) =>
        record_key === key("south", "2026-03-01", 1) && value === "moved@x.co"
      ),
    );
  });
  await t.step("a block rule refuses on the parent, on a leaf and in COPY", async () => {
    for (const table of ["shop.visits", "shop.visits_south"]) {
      const { detail } = await refused(
        sql.unsafe(
          `insert into ${table} (region, day, id, org_id, note) values ('south', '2026-03-02', 9, 'acme', 'bad')`,
        ),
      );
      assertEquals(detail.rules, ["visit-note"], table);
    }
    const { detail } = await refused(
      copy("region, day, id, org_id, note", "south\\t2026-03-02\\t9\\tacme\\tbad"),
    );
    assertEquals(detail.rules, ["visit-note"]);
  });
  await t.step("COPY into a leaf is captured and corrected", async () => {
    const before = (await events(sql)).length;
    await copy("region, day, id, org_id, email, note", "south\\t2026-03-02\\t9\\tacme\\tCOPIED@X.CO\\tn");
    assertEquals((await events(sql)).slice(before), [`insert ${key("south", "2026-03-02", 9)}`]);
    assertEquals((await sql`select email from shop.visits_south where id = 9`)[0]!.email, "copied@x.co");
  });
  await t.step("one key is one key, in whichever partition its holder is", async () => {
    const { detail } = await refused(
      sql`insert into shop.visits_north_2026 values ('north', '2026-05-01', 20, 'acme', 'copied@x.co', 'n')`,
    );
    assertEquals(detail.rules, ["visit-email-unique"]);
  });
  await t.step("neither the parent nor a leaf can be truncated", async () => {
    for (const table of ["shop.visits", "shop.visits_north", "shop.visits_south"]) {
      assertEquals((await refused(sql.unsafe(`truncate ${table}`))).detail.code, "truncate-refused", table);
    }
  });
});

Deno.test("a partition that is attached or created later is found by drain, hooked and swept", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await createVisits(world);
  await saveRules(world);
  await evaluateAll(world);
  await sql.unsafe(`
    create table shop.visits_west (like shop.visits including all);
    insert into shop.visits_west values ('west', '2026-03-01', 1, 'acme', 'a@x.co', null), ('west', '2026-03-01', 2, 'acme', 'b@x.co', 'n');
    alter table shop.visits attach partition shop.visits_west for values in ('west');
    create table shop.visits_north_2027 partition of shop.visits_north for values from ('2027-01-01') to ('2028-01-01');`)
    .simple();
  await sql`select governance_private.drain()`;
  const all = await hooks(sql);
  for (const name of ["shop.visits_west", "shop.visits_north_2027"]) {
    assertEquals(all[name], all["shop.visits_south"], name);
  }
  await evaluateAll(world);
  assertEquals(await openIssues(world), ['visit-has-note:["west", "2026-03-01", "1"]']);
  const { detail } = await refused(
    sql`insert into shop.visits_north_2027 values ('north', '2027-03-01', 1, 'acme', 'b@x.co', 'n')`,
  );
  assertEquals(detail.rules, ["visit-email-unique"], "the keys of the new records are known");
  await sql`update shop.visits_west set note = 'n' where id = 1`;
  assertEquals(await openIssues(world), []);
});

Deno.test("a partition that is detached loses the hooks, its records lose issues and keys", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await createVisits(world);
  await saveRules(world);
  await sql`insert into shop.visits values ('south', '2026-03-01', 1, 'acme', 'a@x.co', null)`;
  await evaluateAll(world);
  assertEquals((await openIssues(world)).length, 1);
  await sql`alter table shop.visits detach partition shop.visits_south`;
  await sql`select governance_private.drain()`;
  assertEquals(Object.keys(await hooks(sql)).sort(), [
    "shop.visits",
    "shop.visits_north",
    "shop.visits_north_2026",
  ]);
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
  await sql`insert into shop.visits_south (region, day, id, org_id, note) values ('x', '2026-03-01', 2, 'acme', 'bad')`;
  await sql`truncate shop.visits_south`;
  await sql`insert into shop.visits values ('north', '2026-03-01', 1, 'acme', 'a@x.co', 'n')`;
});

Deno.test("records that a foreign key deletes from a partitioned table are captured once each", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await createVisits(world);
  await sql.unsafe(`create table shop.regions (name text primary key, org_id text not null);
    insert into shop.regions values ('north', 'acme'), ('south', 'acme');
    insert into shop.visits values ('south', '2026-03-01', 1, 'acme'), ('south', '2026-03-01', 2, 'acme');
    alter table shop.visits add foreign key (region) references shop.regions on update cascade on delete cascade;`)
    .simple();
  const before = (await events(sql)).length;
  await sql`delete from shop.regions where name = 'south'`;
  assertEquals((await events(sql)).slice(before), [
    'delete ["south", "2026-03-01", "1"]',
    'delete ["south", "2026-03-01", "2"]',
  ]);
});

Deno.test("a partition is not registered by itself, and an entity whose table becomes one is set aside", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await createVisits(world);
  await sql`select governance.unregister_entity('visit')`;
  const { message, detail } = await refused(
    sql`select governance.register_entity('visit', 'shop.visits_south')`,
  );
  assertEquals([detail.code, message.includes("shop.visits")], ["invalid-value", true]);
  await sql.unsafe(`create table shop.visits_east (like shop.visits including all);
    select governance.register_entity('visit', 'shop.visits_east');
    alter table shop.visits attach partition shop.visits_east for values in ('east');
    select governance_private.drain();`).simple();
  const issue =
    await sql`select rule_key, severity from governance.data_quality_issues where status = 'open'`;
  assertEquals(issue.map((row) => ({ ...row })), [{
    rule_key: "system-entity-broken",
    severity: "critical",
  }]);
});

Deno.test("a new partition that somebody is writing to gets its hooks afterwards, and holds up nobody meanwhile", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await createVisits(world);
  await saveRule(sql);
  await evaluateAll(world);
  await sql`create table shop.visits_east partition of shop.visits for values in ('east')`;
  await sql.begin(async (writer) => {
    await writer`insert into shop.visits (region, day, id, org_id) values ('east', '2026-02-01', 1, 'acme')`;
    await addOrders(sql, { id: "1" });
    assertEquals(await evaluateAll(world), ["purchase:1"]);
    assertEquals((await hooks(sql))["shop.visits_east"], undefined);
  });
  assertEquals([...new Set(await evaluateAll(world))], ['visit:["east", "2026-02-01", "1"]']);
  assertEquals((await hooks(sql))["shop.visits_east"]!.includes("_500_capture_insert"), true);
});
