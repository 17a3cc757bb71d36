import { assertEquals } from "@std/assert";
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
  quiet,
  saveRule,
  type World,
} from "../support/mod.ts";

const LIMIT = 5;

async function listed(sql: Sql): Promise<string[]> {
  const rows = await sql`select record_key from governance.further_violations order by record_key::integer`;
  return rows.map(({ record_key }) => record_key);
}

async function counting(world: World) {
  const [issue] = (await issues(world.sql)).filter(({ record_key }) => record_key === "");
  return issue === undefined ? null : [issue["status"], issue["observed"], issue["message"]];
}

const more = (count: number) => [
  "open",
  { count },
  `${count} further ${
    count === 1 ? "record violates" : "records violate"
  } this rule; the list is in governance.further_violations.`,
];

/** Twenty orders that violate a rule of which a sweep opens five issues. */
async function crowd(rule: Record<string, unknown>): Promise<World> {
  const world = await createWorld();
  await world.sql`update governance_private.queue_settings set issues_per_sweep = ${LIMIT}`;
  await addCustomers(world.sql, { id: "1" });
  await addOrders(
    world.sql,
    ...Array.from({ length: 20 }, (_, index) => ({ id: String(index + 1), customer_id: "1", note: null })),
  );
  await quiet(world.sql);
  await saveRule(world.sql, { rule_key: "has-note", message: "No note.", ...rule });
  await evaluateAll(world);
  return world;
}

for (
  const [name, rule] of [
    ["judged in SQL", { condition: and(is("note", "isFilled")) }],
    ["judged in TypeScript", {
      condition: and(is("note", "isFilled")),
      fix: [{ step: "set", field: "note", value: "x" }],
    }],
  ] as const
) {
  Deno.test(`a rule ${name} opens a limited number of issues a sweep; the rest is one issue and a list`, async () => {
    await using world = await crowd(rule);
    const { sql } = world;
    assertEquals((await openIssues(world)).length, LIMIT + 1);
    assertEquals((await listed(sql)).length, 15);
    assertEquals(await counting(world), more(15));

    // the next sweep opens none of those that are listed, and lists them again
    await sql`select governance_private.queue_sweep('purchase', 'test', false)`;
    await evaluateAll(world);
    assertEquals((await openIssues(world)).length, LIMIT + 1);
    assertEquals(await counting(world), more(15));

    // a record that is evaluated on a change leaves the list: with an issue of its own, or clean
    const [first, second] = await listed(sql);
    await sql`update shop.orders set status = 'draft' where id = ${first!}`;
    await sql`update shop.orders set note = 'filled' where id = ${second!}`;
    await evaluateAll(world);
    assertEquals((await openIssues(world)).length, LIMIT + 2);
    assertEquals((await listed(sql)).length, 13);
    assertEquals(await counting(world), more(13));
  });
}

Deno.test("the issue that counts closes when its list is empty, and opens again", async () => {
  await using world = await crowd({ condition: and(is("note", "isFilled")) });
  const { sql } = world;
  await sql`update shop.orders set note = 'filled'`;
  await evaluateAll(world);
  assertEquals([await listed(sql), await openIssues(world)], [[], []]);
  assertEquals((await counting(world))?.[0], "fixed");
  // what fired no trigger is taken off and put on by the sweep
  await sql.begin((own) =>
    own.unsafe(
      "alter table shop.orders disable trigger user; update shop.orders set note = null where id::integer > 10; alter table shop.orders enable trigger user",
    ).simple()
  );
  await sql`select governance_private.queue_sweep('purchase', 'test', false)`;
  await evaluateAll(world);
  assertEquals(await counting(world), more(5));
  await sql.begin((own) =>
    own.unsafe(
      "alter table shop.orders disable trigger user; update shop.orders set note = 'x' where id::integer > 10; alter table shop.orders enable trigger user",
    ).simple()
  );
  await sql`select governance_private.queue_sweep('purchase', 'test', false)`;
  await evaluateAll(world);
  assertEquals([await listed(sql), (await counting(world))?.[0]], [[], "fixed"]);
});

Deno.test("a rule that is retired takes its list with it", async () => {
  await using world = await crowd({ condition: and(is("note", "isFilled")) });
  const { sql } = world;
  await sql`update governance.data_quality_rules set status = 'deprecated' where rule_key = 'has-note'`;
  await evaluateAll(world);
  assertEquals([await listed(sql), await openIssues(world)], [[], []]);
});

Deno.test("a sweep ends beside an issue without a record where keys are uuids", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`update governance_private.queue_settings set issues_per_sweep = ${LIMIT}`;
  await sql`create table shop.parcels (id uuid primary key default gen_random_uuid(), org_id text not null, note text)`;
  await sql`insert into shop.parcels (org_id) select 'acme' from generate_series(1, 20)`;
  await sql`select governance.register_entity('parcel', 'shop.parcels')`;
  await saveRule(sql, {
    rule_key: "parcel-has-note",
    entity_type: "parcel",
    condition: and(is("note", "isFilled")),
    message: "No note.",
  });
  for (let sweep = 0; sweep < 2; sweep++) {
    await evaluateAll(world);
    assertEquals((await issues(sql)).filter(({ record_key }) => record_key !== "").length, LIMIT);
    assertEquals((await counting(world))?.[1], { count: 20 - LIMIT });
    assertEquals(
      (await sql`select distinct status from governance.runs where job = 'sweep'`).map((run) =>
        run["status"]
      ),
      [
        "succeeded",
      ],
    );
    await sql`select governance.sweep('parcel')`;
  }
});

Deno.test("what is about no record is no key of a table whose keys are uuids", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql.unsafe(`
    create table shop.parcels (id uuid primary key default gen_random_uuid(), org_id text not null, note text);
    alter table shop.parcels enable row level security;
    create policy visible on shop.parcels for select to authenticated using (org_id in (select governance_private.my_org_ids()));
    grant select on shop.parcels to authenticated, service_role;`).simple();
  await sql`select governance.register_entity('parcel', 'shop.parcels')`;
  await sql`update governance_private.queue_settings set issues_per_sweep = ${LIMIT}`;
  await sql`insert into shop.parcels (org_id) select 'acme' from generate_series(1, 8)`;
  await quiet(sql);
  const id = await saveRule(sql, {
    rule_key: "has-note",
    org_id: "acme",
    entity_type: "parcel",
    condition: and(is("note", "notNull")),
  });
  await evaluateAll(world);
  // The second one meets the issue that counts.
  await sql`select governance.sweep('parcel')`;
  await evaluateAll(world);
  const [runs] = await sql`select count(*)::int as n from governance.runs where status = 'running'`;
  assertEquals(runs!.n, 0);
  const seen = async (caller: "viewer" | "steward") =>
    (await world.as(
      caller,
      (own) => own`select record_key from governance.data_quality_issues where rule_id = ${id}`,
    )).length;
  assertEquals([await seen("viewer"), await seen("steward")], [LIMIT, LIMIT + 1]);
});
