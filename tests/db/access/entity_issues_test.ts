import { assertEquals } from "@std/assert";
import { and, createWorld, is, people, saveRule, type World } from "../support/mod.ts";

/** Who sees the open issues and gaps about a whole entity. */
async function sees(
  world: World,
  caller: "viewer" | "member" | "steward" | "admin" | "outsider" | "service_role",
) {
  const issues = await world.as(
    caller,
    (own) =>
      own`select rule_key, entity_type from governance.data_quality_issues where record_key = '' order by 1, 2`,
  );
  const gaps = await world.as(
    caller,
    (own) => own`select entity_type from governance.audit_events where operation = 'gap' order by 1`,
  );
  return [
    ...issues.map(({ rule_key, entity_type }) => `${rule_key} ${entity_type}`),
    ...gaps.map((gap) => `gap ${gap.entity_type}`),
  ];
}

/** Another table, all of whose records belong to acme. */
async function withDesks(world: World): Promise<void> {
  await world.sql.unsafe(`
    create table shop.desks (id text primary key, place text);
    alter table shop.desks enable row level security;
    create policy visible on shop.desks to authenticated using (true);
    grant select, insert, update on shop.desks to authenticated, service_role;
    select governance.register_entity('desk', 'shop.desks', null, null, null, 'acme')`).simple();
}

/** Breaks the capture of an entity and writes. */
async function fail(world: World, entity: string, write: string): Promise<void> {
  await world.sql.unsafe(
    `create or replace function governance_private.${entity}_500_capture_insert() returns trigger
    language plpgsql security definer set search_path = '' as $$
    begin perform governance_private.report_failure('${entity}', 'capture', 'XX000', 'broken'); return null; end $$`,
  );
  await world.sql.unsafe(write);
  await world.sql`select governance_private.drain()`;
}

Deno.test("what fails of an entity that belongs to one organization is for its stewards and admins", async () => {
  await using world = await createWorld();
  await withDesks(world);
  await fail(world, "desk", "insert into shop.desks values ('1')");
  const all = ["system-governance-failed desk", "gap desk"];
  for (const caller of ["steward", "admin", "service_role"] as const) {
    assertEquals(await sees(world, caller), all, caller);
  }
  for (const caller of ["viewer", "member", "outsider"] as const) {
    assertEquals(await sees(world, caller), [], caller);
  }
});

Deno.test("what fails of an entity of several organizations is for instance administrators", async () => {
  await using world = await createWorld();
  await fail(world, "customer", "insert into shop.customers (id, org_id) values ('1', 'acme')");
  assertEquals(await sees(world, "service_role"), ["system-governance-failed customer", "gap customer"]);
  for (const caller of ["viewer", "member", "steward", "admin", "outsider"] as const) {
    assertEquals(await sees(world, caller), [], caller);
  }
});

Deno.test("a suspended rule is told to whom it holds for: its organization, or the instance where it is everybody's", async () => {
  await using world = await createWorld();
  await withDesks(world);
  const about = (entity_type: string, org_id: string | null, field: string) =>
    saveRule(world.sql, {
      rule_key: `${entity_type}-${org_id === null ? "all" : org_id}`,
      org_id,
      entity_type,
      condition: and(is(field, "isFilled")),
      message: "Empty.",
    });
  await about("customer", "acme", "email");
  await about("customer", null, "email");
  await about("desk", null, "place");
  await world.sql`alter table shop.customers drop column email`;
  await world.sql`alter table shop.desks drop column place`;
  await world
    .sql`select governance_private.suspend_broken_rules(e) from unnest(array['customer', 'desk']) as e`;
  const own = ["system-column-lost customer", "system-column-lost desk"];
  assertEquals(await sees(world, "steward"), own);
  assertEquals(await sees(world, "admin"), own);
  assertEquals(await sees(world, "outsider"), []);
  assertEquals((await sees(world, "service_role")).length, 3);
  await world.sql`alter table shop.desks add place text`;
  await world
    .sql`select governance_private.suspend_broken_rules(e) from unnest(array['customer', 'desk']) as e`;
  const [closed] = await world
    .sql`select status, resolution from governance.data_quality_issues where entity_type = 'desk'`;
  assertEquals({ ...closed }, { status: "fixed", resolution: "not_applicable" });
});

Deno.test("a steward of the organization gives an issue about its whole entity to somebody", async () => {
  await using world = await createWorld();
  await withDesks(world);
  await fail(world, "desk", "insert into shop.desks values ('1')");
  await world.as("steward", async (own) => {
    const [issue] = await own`select id from governance.review_queue`;
    await own`select governance.assign_issue(${issue!.id}, ${people.admin})`;
  });
  const [issue] = await world.sql`select owner_user_id from governance.data_quality_issues`;
  assertEquals(issue!.owner_user_id, people.admin);
});
