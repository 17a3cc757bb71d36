import { assertEquals } from "@std/assert";
import { addCustomers, addOrders, createWorld, people, refused, type World } from "../support/mod.ts";
import { everything, preview, undo } from "./support.ts";

const member = { actor: people.member, from: "2020-01-01T00:00:00Z" };

/** Two customers with an order each, made before anybody does anything that is undone. */
async function shop(): Promise<World> {
  const world = await createWorld();
  await world.sql.unsafe(`
    create policy deletable on shop.orders for delete to authenticated using (org_id in (select governance_private.my_org_ids('member')));
    create policy deletable on shop.customers for delete to authenticated using (org_id in (select governance_private.my_org_ids('member')));
    create policy addable on shop.customers for insert to authenticated with check (org_id in (select governance_private.my_org_ids('member')))`)
    .simple();
  await addCustomers(world.sql, { id: "1", name: "Ann", state: "BE" }, { id: "2", name: "Bob" });
  await addOrders(world.sql, { id: "o1", customer_id: "1", amount: "10.50", note: "a" }, {
    id: "o2",
    customer_id: "2",
    amount: "20",
  });
  return world;
}

Deno.test("updates, inserts and deletes of somebody in a span of time come back whole, and the undo can be undone", async () => {
  await using world = await shop();
  const before = await everything(world);
  await world.as("member", async (own) => {
    await own`update shop.customers set name = 'Anna', state = 'BB' where id = '1'`;
    await own`update shop.customers set name = 'Annette' where id = '1'`;
    await own`delete from shop.customers where id = '2'`;
    await own`insert into shop.customers (id, org_id, name, is_hidden) values ('3', 'acme', 'Cid', false)`;
    await own`insert into shop.orders (id, org_id, customer_id) values ('o3', 'acme', '3')`;
    await own`delete from shop.orders where id = 'o1'`;
  });
  const after = await everything(world);
  const shown = await preview(world, member);
  assertEquals(shown.counts, { records: 6, updated: 2, inserted: 2, deleted: 2, conflicts: 0 });
  assertEquals(shown.is_tried, true);
  const item = (entity: string, key: string) =>
    shown.records.find((each) => each.entity_type === entity && each.record_key === key)!;
  assertEquals(item("customer", "1").fields, {
    name: { from: "Annette", to: "Ann" },
    state: { from: "BB", to: "BE" },
  });
  // A foreign key had set it to null.
  assertEquals(item("purchase", "o2").fields, { customer_id: { from: null, to: "2" } });
  assertEquals([item("purchase", "o3").operation, item("purchase", "o1").operation], ["delete", "insert"]);
  assertEquals(await everything(world), after, "a preview changes nothing");

  const undone = await undo(world, member);
  assertEquals(undone.counts, shown.counts);
  assertEquals(await everything(world), before);
  const causes = await world.sql`select distinct cause_kind, actor::text from governance.audit_events
    where cause_id = ${undone.undo_id}`;
  assertEquals(causes.map((row) => ({ ...row })), [{ cause_kind: "undo", actor: people.steward }]);

  await undo(world, { undo: undone.undo_id });
  assertEquals(await everything(world), after);
  await undo(world, member);
  assertEquals(await everything(world), before, "what was undone and done again can be undone again");
  const [row] = await world
    .sql`select scope, reason, undone_by, org_ids from governance.undos where id = ${undone.undo_id}`;
  assertEquals({ ...row }, {
    scope: member,
    reason: "because",
    undone_by: people.steward,
    org_ids: ["acme"],
  });
});

Deno.test("what somebody else wrote since is shown with both values, and never overwritten", async () => {
  await using world = await shop();
  await world.as("member", (own) => own`update shop.customers set name = name || '!', state = 'XX'`);
  await world.as("colleague", (own) => own`update shop.customers set name = 'Else' where id = '1'`);
  const shown = await preview(world, member);
  assertEquals(shown.counts, { records: 2, updated: 1, inserted: 0, deleted: 0, conflicts: 1 });
  assertEquals(shown.records[0]!.conflict!.fields, [{ field: "name", expected: "Ann!", actual: "Else" }]);
  const before = await everything(world);
  const refusal = await refused(undo(world, member));
  assertEquals([refusal.state, refusal.detail.code, refusal.detail.conflicts[0].record_key], [
    "PT409",
    "stale",
    "1",
  ]);
  assertEquals(await everything(world), before);
  const skipped = await undo(world, member, "steward", "skip");
  assertEquals([skipped.counts.updated, skipped.counts.conflicts], [1, 1]);
  const rows = await world.sql`select id, name, state from shop.customers order by id`;
  assertEquals(rows.map(({ id, name, state }) => [id, name, state]), [["1", "Else", "XX"], [
    "2",
    "Bob",
    null,
  ]]);
});
