import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  createWorld,
  is,
  people,
  refused,
  saveRule,
  type World,
} from "../support/mod.ts";
import { everything, preview, undo } from "./support.ts";

const member = { actor: people.member, from: "2020-01-01T00:00:00Z" };

/** Orders that a member has changed, made and deleted; nobody else may delete orders but the instance. */
async function worked(): Promise<World> {
  const world = await createWorld();
  await addCustomers(world.sql, { id: "1", name: "Ann", email: "secret" }, { id: "2", name: "Bob" });
  await addOrders(world.sql, { id: "1", note: "a", customer_id: "1" }, { id: "2", note: "a" }, {
    id: "3",
    note: "a",
  });
  await world.sql`grant delete on shop.orders to authenticated`;
  await world.as("member", async (own) => {
    await own`update shop.orders set note = 'b' where id in ('1', '2')`;
    await own`update shop.customers set email = 'public' where id = '1'`;
    await own`insert into shop.orders (id, org_id) values ('4', 'acme')`;
  });
  return world;
}

/** By record: its operation, or why it cannot be. */
const shown = async (
  world: World,
  scope: unknown = member,
  caller: "steward" | "admin" | "service_role" = "steward",
) =>
  Object.fromEntries(
    (await preview(world, scope, caller)).records.map(({ entity_type, record_key, operation, conflict }) => [
      `${entity_type} ${record_key}`,
      conflict?.reason ?? operation,
    ]),
  );

Deno.test("stewards undo what was done in their own organization, and nobody else does", async () => {
  await using world = await worked();
  for (
    const [caller, state] of [["anon", "42501"], ["viewer", "PT404"], ["member", "PT404"], [
      "outsider",
      "PT404",
    ]] as const
  ) {
    assertEquals((await refused(preview(world, member, caller))).state, state, caller);
    assertEquals((await refused(undo(world, member, caller))).state, state, caller);
  }
  const scope = { ...member, org_id: "acme" };
  assertEquals((await refused(undo(world, scope, "outsider"))).state, "PT403");
});

Deno.test("row policies hold: what the caller may not see, change, add or delete stays", async () => {
  await using world = await worked();
  const delete4 = { "purchase 4": "not-allowed" };
  const rest = { "customer 1": "update", "purchase 1": "update", "purchase 2": "update" };
  assertEquals(await shown(world), { ...rest, ...delete4 });
  assertEquals(await shown(world, member, "service_role"), { ...rest, "purchase 4": "delete" });
  await world.sql.unsafe(
    `create policy deletable on shop.orders for delete to authenticated using (note is null)`,
  );
  assertEquals(await shown(world), { ...rest, "purchase 4": "delete" });
  await world.sql.unsafe(`alter policy writable on shop.orders using (id <> '1') with check (id <> '2')`);
  await world.sql`update shop.customers set is_hidden = true`;
  assertEquals(await shown(world), {
    "purchase 1": "not-allowed",
    "purchase 2": "not-allowed",
    "purchase 4": "delete",
  });
  const before = await everything(world);
  const { detail } = await refused(undo(world, member));
  assertEquals(
    detail.conflicts.map((
      { record_key, reason }: { record_key: string; reason: string },
    ) => [record_key, reason]),
    [[null, "not-visible"], ["1", "not-allowed"], ["2", "not-allowed"]],
  );
  assertEquals(await everything(world), before);
  assertEquals((await undo(world, member, "steward", "skip")).counts.deleted, 1);
});

Deno.test("columns that the caller may not read are masked, and those that it may not write stay", async () => {
  await using world = await worked();
  await world.sql`revoke select, update on shop.customers from authenticated`;
  await world
    .sql`grant select (id, org_id, name, is_hidden), update (name) on shop.customers to authenticated`;
  const [item] = (await preview(world, { ...member, entity_type: "customer" })).records;
  assertEquals([item!.fields, item!.conflict!.reason], [{ email: { is_masked: true } }, "not-allowed"]);
  await world.sql`grant update (email) on shop.customers to authenticated`;
  await world.as("colleague", (own) => own`update shop.customers set email = 'theirs' where id = '1'`);
  const { detail } = await refused(undo(world, { ...member, entity_type: "customer" }));
  assertEquals(detail.conflicts[0].fields, [{ field: "email" }]);
  assertEquals(JSON.stringify(detail).includes("theirs"), false);
});

Deno.test("the rules of this moment hold: a block is shown beforehand, refuses the whole, or is left out", async () => {
  await using world = await worked();
  await saveRule(world.sql, {
    rule_key: "no-a",
    enforcement: "block",
    condition: and(is("note", "!=", "a")),
    message: "No a.",
  });
  await saveRule(world.sql, {
    rule_key: "no-secret",
    entity_type: "customer",
    enforcement: "block",
    condition: and(is("email", "!=", "secret")),
    message: "No secret.",
  });
  const before = await everything(world);
  assertEquals(await shown(world, member, "service_role"), {
    "customer 1": "refused",
    "purchase 1": "refused",
    "purchase 2": "refused",
    "purchase 4": "delete",
  });
  const refusal = await refused(undo(world, member, "service_role"));
  assertEquals([refusal.state, refusal.detail.conflicts[0].code, refusal.detail.conflicts.length], [
    "PT409",
    "blocked",
    3,
  ]);
  assertEquals(await everything(world), before);
  await world.sql`delete from governance.data_quality_rules where rule_key = 'no-secret'`;
  const { counts } = await undo(world, member, "service_role", "skip");
  assertEquals(counts, { records: 4, updated: 1, inserted: 0, deleted: 1, conflicts: 2 });
});

Deno.test("records of others that refer to what would go are not taken along", async () => {
  await using world = await createWorld();
  await world.sql.unsafe(`
    create policy addable on shop.customers for insert to authenticated with check (true);
    create policy deletable on shop.customers for delete to authenticated using (true);
    create table shop.notes (id serial primary key, customer_id text references shop.customers on delete cascade)`)
    .simple();
  await world.as("member", async (own) => {
    await own`insert into shop.customers (id, org_id, is_hidden) values ('1', 'acme', false), ('2', 'acme', false), ('3', 'acme', false)`;
    await own`insert into shop.orders (id, org_id, customer_id) values ('1', 'acme', '1')`;
  });
  await world.sql`insert into shop.notes (customer_id) values ('3')`;
  await addOrders(world.sql, { id: "2", customer_id: "2" });
  await world.sql`create policy deletable on shop.orders for delete to authenticated using (true)`;
  assertEquals(await shown(world), {
    "customer 1": "delete",
    "customer 2": "referenced",
    "customer 3": "referenced",
    "purchase 1": "delete",
  });
  await world.as("colleague", (own) => own`update shop.orders set note = 'mine' where id = '1'`);
  assertEquals((await shown(world))["customer 1"], "referenced", "its order stays, and so must it");
});

Deno.test("a record that somebody else deleted or made anew since is a conflict", async () => {
  await using world = await createWorld();
  await world.sql`create policy deletable on shop.orders for delete to authenticated using (true)`;
  await addOrders(world.sql, { id: "1" }, { id: "2" }, { id: "3" });
  await world.as("member", async (own) => {
    await own`update shop.orders set note = 'b' where id = '1'`;
    await own`delete from shop.orders where id in ('2', '3')`;
    await own`insert into shop.orders (id, org_id) values ('4', 'acme')`;
  });
  await world.sql`delete from shop.orders where id in ('1', '4')`;
  await addOrders(world.sql, { id: "2", note: "another" });
  assertEquals(await shown(world), {
    "purchase 1": "deleted-since",
    "purchase 2": "key-taken",
    "purchase 3": "insert",
  });
});

Deno.test("a large preview comes in pages, and only its conflicts when those are asked for", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, ...Array.from({ length: 7 }, (_, n) => ({ id: String(n), note: "a" })));
  await world.as("member", (own) => own`update shop.orders set note = 'b'`);
  await world.as("colleague", (own) => own`update shop.orders set note = 'c' where id in ('2', '5')`);
  const keys: string[] = [];
  for (let after: unknown = null; after !== undefined;) {
    const page = await preview(world, member, "steward", { after: after ?? undefined, limit: 3 });
    assertEquals(page.counts, { records: 7, updated: 5, inserted: 0, deleted: 0, conflicts: 2 });
    keys.push(...page.records.map(({ record_key }) => record_key));
    after = page.next ?? undefined;
  }
  assertEquals(keys, ["0", "1", "2", "3", "4", "5", "6"]);
  const conflicts = await preview(world, member, "steward", { conflictsOnly: true });
  assertEquals(conflicts.records.map(({ record_key }) => record_key), ["2", "5"]);
});

Deno.test("more records than fit into a statement of a person are refused before anything is held, with how to narrow them", async () => {
  await using world = await createWorld();
  await world.sql.unsafe(
    "create or replace function governance_private.undo_limit() returns bigint language sql immutable return 2",
  );
  await addOrders(world.sql, { id: "1" }, { id: "2" }, { id: "3" });
  await world.as("member", (own) => own`update shop.orders set note = 'x'`);
  for (const work of [() => undo(world, member), () => preview(world, member)]) {
    const { state, detail } = await refused(work);
    assertEquals([state, detail], ["PT409", {
      code: "too-many-records",
      records: 3,
      limit: 2,
      entities: { purchase: 3 },
    }]);
  }
  assertEquals((await undo(world, { ...member, record_key: "1" })).counts.updated, 1);
  assertEquals((await undo(world, member, "service_role")).counts.updated, 2);
});

Deno.test("a scope that says nothing, or what nobody understands, is refused", async () => {
  await using world = await createWorld();
  const scopes = [
    {},
    [],
    { actor: people.member },
    { colour: "red" },
    { import: "x" },
    { from: "yesterday-ish" },
    { fix: 1 },
    { rule_version: 1, from: "2020-01-01" },
    { import: people.member, undo: people.member },
  ];
  for (const scope of scopes) {
    const { state, detail } = await refused(undo(world, scope));
    assertEquals([state, detail.code], ["PT422", "invalid-value"], JSON.stringify(scope));
  }
  assertEquals((await refused(undo(world, { import: people.member }))).state, "PT404");
});

Deno.test("what was erased does not come back, and says so; what an undo is for stands with its events", async () => {
  await using world = await worked();
  await world.as(
    "admin",
    (own) => own`select governance.erase_record('customer', '1', '{email}', 'asked for')`,
  );
  assertEquals((await shown(world))["customer 1"], "erased");
  const { undo_id } = await undo(world, { ...member, entity_type: "purchase" }, "service_role");
  const reasons = await world
    .sql`select distinct reason from governance.audit_events where cause_id = ${undo_id}`;
  assertEquals(reasons.map(({ reason }) => reason), ["because"]);
  await world.as(
    "steward",
    (own) => own`select governance_private.plan_undo('{"from": "2020-01-01"}', false)`,
  );
  const [left] = await world.sql`select (select count(*)::int from governance_private.undo_steps)
    + (select count(*)::int from governance_private.undo_history) as rows`;
  assertEquals(left!["rows"], 0);
});
