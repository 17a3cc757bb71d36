import { assertEquals } from "@std/assert";
import { addCustomers, type Caller, createWorld, people, quiet, type World } from "../support/mod.ts";

/** A person in both organizations with a customer in each, and the source of what the person writes to each. */
async function sources(world: World, caller: Caller = "member"): Promise<Record<string, string>> {
  await quiet(world.sql);
  await world.as(caller, (own) => own`update shop.customers set email = gen_random_uuid()::text`);
  const rows = await world.sql`select org_id, source from governance.audit_events
    where transaction_id = (select transaction_id from governance.audit_events order by id desc limit 1)`;
  return Object.fromEntries(rows.map(({ org_id, source }) => [org_id, source]));
}

async function withBoth(): Promise<World> {
  const world = await createWorld();
  await world.sql`insert into governance.memberships values (${people.member}, 'globex', 'member')`;
  await addCustomers(world.sql, { id: "a" }, { id: "g", org_id: "globex" });
  return world;
}

const bind = (world: World, source_key: string, org_id: string | null, to: Record<string, string>) =>
  world.sql`insert into governance.source_systems ${
    world.sql({ source_key, org_id, label: source_key, ...to })
  }`;

Deno.test("who is bound to a source in one organization is a person in another, in one statement too", async () => {
  await using world = await withBoth();
  assertEquals(await sources(world), { acme: "person", globex: "person" });
  await bind(world, "sync:acme", "acme", { user_id: people.member });
  assertEquals(await sources(world), { acme: "sync:acme", globex: "person" });
});

Deno.test("each organization binds the same user to a source of its own", async () => {
  await using world = await withBoth();
  for (const org of ["acme", "globex"]) await bind(world, `sync:${org}`, org, { user_id: people.member });
  assertEquals(await sources(world), { acme: "sync:acme", globex: "sync:globex" });
});

Deno.test("an instance-wide source counts everywhere, except where the organization has one of its own", async () => {
  await using world = await withBoth();
  await bind(world, "sync:all", null, { user_id: people.member });
  assertEquals(await sources(world), { acme: "sync:all", globex: "sync:all" });
  await bind(world, "sync:acme", "acme", { user_id: people.member });
  assertEquals(await sources(world), { acme: "sync:acme", globex: "sync:all" });
});

Deno.test("a database role that is bound in one organization is sql in another", async () => {
  await using world = await withBoth();
  await bind(world, "sync:acme", "acme", { db_role: "service_role" });
  assertEquals(await sources(world, "service_role"), { acme: "sync:acme", globex: "sql" });
});
