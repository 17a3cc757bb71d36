import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { addCustomers, addOrders, createWorld, interleave, refused, saveRule } from "../support/mod.ts";
import { requests, savePolicy } from "../twophase/support.ts";

/** Updates of a table wait inside the statement, behind our row triggers and before those of the statement. */
async function holdUpdates(sql: Sql, table: string): Promise<void> {
  await sql.unsafe(`
    create function shop.hold() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock(77); return new; end';
    create trigger zz_hold before update on ${table} for each row execute function shop.hold()`).simple();
}

Deno.test("a rule is retired while somebody reads its table: nobody waits, and its hooks rest until the table is free", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { enforcement: "block" });
  const hooks = async () =>
    (await sql`select tgname from pg_trigger where tgrelid = 'shop.orders'::regclass and tgname like '_300%' order by 1`)
      .map(({ tgname }) => tgname);
  const setStatus = (status: string) =>
    sql.begin(async (own) => {
      await own`set local lock_timeout = '200ms'`;
      await own`update governance.data_quality_rules set status = ${status} where id = ${id}`;
      await own`select governance_private.drop_resting_hooks()`;
    });
  const placed = await hooks();
  assertEquals(placed, ["_300_block_insert", "_300_block_update"]);
  await sql.begin(async (reader) => {
    await reader`select from shop.orders`;
    await setStatus("deprecated");
    assertEquals(await hooks(), placed);
    await addOrders(sql, { id: "1" });
    await setStatus("active");
    assertEquals((await refused(addOrders(sql, { id: "2" }))).detail.code, "blocked");
    await setStatus("deprecated");
  });
  await sql`select governance_private.drop_resting_hooks()`;
  assertEquals(await hooks(), []);
  await addOrders(sql, { id: "3" });
  await setStatus("active");
  assertEquals((await refused(addOrders(sql, { id: "4" }))).detail.code, "blocked");
});

Deno.test("what a policy held back of a write that was under way when it was retired becomes a change request", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await savePolicy(sql);
  await addOrders(sql, { id: "1", amount: "5" });
  await holdUpdates(sql, "shop.orders");
  const writer = world.database.connect();
  await interleave(
    world,
    (own) => own`select pg_advisory_xact_lock(77)`,
    () => writer`update shop.orders set amount = 6 where id = '1'`,
    () => sql`update governance.change_policies set status = 'retired' where id = ${id}`,
  );
  assertEquals((await sql`select amount::int from shop.orders`)[0]!.amount, 5);
  assertEquals((await requests(sql)).length, 1);
  await sql`update shop.orders set amount = 7 where id = '1'`;
  assertEquals((await sql`select amount::int from shop.orders`)[0]!.amount, 7);
  await sql`select governance_private.drop_resting_hooks()`;
  await sql`select governance_private.drop_resting_hooks()`;
  const left = await sql`select proname from pg_proc where pronamespace = 'governance_private'::regnamespace
    and proname ~ '^purchase_(200|350)'`;
  assertEquals(left.length, 0);
});

Deno.test("what a fix corrected in a write that was under way when its rule was retired is recorded as a fix", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, {
    rule_key: "email-is-tidy",
    entity_type: "customer",
    enforcement: "fix",
    timing: "write",
    condition: null,
    message: "Tidied.",
    fix: [{ step: "normalize", field: "email", using: "email" }],
  });
  await addCustomers(sql, { id: "1", email: "a@x.org" });
  await holdUpdates(sql, "shop.customers");
  const writer = world.database.connect();
  await interleave(
    world,
    (own) => own`select pg_advisory_xact_lock(77)`,
    () => writer`update shop.customers set email = ' B@X.org' where id = '1'`,
    () => sql`update governance.data_quality_rules set status = 'deprecated' where id = ${id}`,
  );
  assertEquals((await sql`select email from shop.customers`)[0]!.email, "b@x.org");
  assertEquals((await sql`select from governance.fixes`).length, 1);
  assertEquals((await sql`select from governance_private.write_fixes`).length, 0);
});
