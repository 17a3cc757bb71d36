import { assertEquals } from "@std/assert";
import { addOrders, createWorld, refused } from "../support/mod.ts";
import { roles } from "../access/matrix.ts";

Deno.test("nobody but the owner changes, deletes or truncates audit, even where a table grant says so", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1" });
  const [{ month }] = await world
    .sql`select tableoid::regclass::text as month from governance.audit_events limit 1` as unknown as [
      { month: string },
    ];
  const attempts = ["governance.audit_events", "governance.audit_events_default", month].flatMap((table) => [
    `insert into ${table} (org_id, entity_type, operation, db_role, source) values ('acme', 'purchase', 'update', 'x', 'x')`,
    `update ${table} set actor = null`,
    `delete from ${table}`,
    `truncate ${table}`,
  ]);
  for (const caller of roles) {
    for (const attempt of attempts) {
      const { state } = await refused(world.as(caller, (own) => own.unsafe(attempt)));
      assertEquals(state, "42501", `${caller}: ${attempt}`);
    }
  }
  await world.sql.unsafe(`grant all on all tables in schema governance to service_role, authenticated`);
  await addOrders(world.sql, { id: "2" });
  for (const attempt of attempts.filter((text) => !text.startsWith("insert"))) {
    if (attempt.includes("default") && !attempt.startsWith("truncate")) continue; // it has no rows
    assertEquals(
      (await refused(world.as("service_role", (own) => own.unsafe(attempt)))).state,
      "PT403",
      attempt,
    );
  }
  assertEquals(
    (await world
      .sql`select count(*)::integer as n from governance.audit_events where entity_type = 'purchase'`)[0]!.n,
    2,
  );
});

Deno.test("months that are older than what is kept are dropped, and writers go on", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const old = async () =>
    (await sql`select count(*)::integer as n from governance.audit_events where occurred_at < now() - interval '3 months'`)[
      0
    ]!.n;
  await sql`create table governance.audit_events_202001 partition of governance.audit_events for values from ('2020-01-01') to ('2020-02-01')`;
  await sql`insert into governance.audit_events (occurred_at, org_id, entity_type, operation, db_role, source)
    select t, 'acme', 'purchase', 'update', 'x', 'sql' from unnest(array['2020-01-10', '2020-06-01']::timestamptz[]) t`;
  assertEquals((await sql`select governance_private.purge_audit() as n`)[0]!.n, 0, "everything is kept");
  assertEquals(
    (await refused(world.as("admin", (own) => own`select governance.set_audit_retention(3)`))).state,
    "42501",
  );
  await world.as("service_role", (own) => own`select governance.set_audit_retention(3)`);
  assertEquals(await old(), 2);
  assertEquals((await sql`select governance_private.purge_audit() as n`)[0]!.n, 1);
  assertEquals(await old(), 0, "also what no month had");
  await addOrders(sql, { id: "1" });
  await sql`update governance.entities set registered_at = '2019-01-01'`;
  const { state } = await refused(sql`select governance.record_as_of('purchase', '1', '2020-01-15')`);
  assertEquals(state, "PT422");
});

Deno.test("what fell into the default partition moves into its month when that is made", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.audit_events (occurred_at, org_id, entity_type, operation, db_role, source)
    values (date_trunc('month', now() at time zone 'utc') + interval '4 months 1 day', 'acme', 'purchase', 'update', 'x', 'sql')`;
  const where = async () =>
    (await sql`select tableoid::regclass::text as name from governance.audit_events where occurred_at > now() + interval '2 months'`)[
      0
    ]!.name;
  assertEquals(await where(), "governance.audit_events_default");
  assertEquals((await sql`select governance_private.make_audit_partitions(4) as n`)[0]!.n, 1);
  assertEquals(/_\d{6}$/.test(await where()), true);
  const change = () => world.as("service_role", (own) => own.unsafe("delete from governance.audit_events"));
  await sql.unsafe(
    "grant delete on governance.audit_events to service_role; grant select on governance.audit_events to service_role",
  );
  assertEquals((await refused(change())).state, "PT403");
});
