import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { addCustomers, addOrders, createWorld, type Person, refused, type World } from "../support/mod.ts";

interface AsOf {
  existed: boolean;
  record: Record<string, unknown> | null;
  masked: string[];
  gaps: { stage: string }[];
  is_whole: boolean;
}

const now = async ({ sql }: World): Promise<string> =>
  (await sql`select clock_timestamp()::text as at`)[0]!.at;

async function asOf(world: World, entity: string, key: string, at: string, caller: Person = "admin") {
  const [row] = await world.as(
    caller,
    (own) => own`select governance.record_as_of(${entity}, ${key}, ${at}::text::timestamptz) as seen`,
  );
  return row!.seen as AsOf;
}

const ids = ["1", "2", "3"];
const word = fc.constantFrom("a", "b", null);
const step = fc.oneof(
  fc.record({ do: fc.constant("add customer" as const), id: fc.constantFrom(...ids), word }),
  fc.record({
    do: fc.constant("add order" as const),
    id: fc.constantFrom(...ids),
    of: fc.constantFrom(...ids),
    word,
  }),
  fc.record({ do: fc.constant("change customers" as const), id: fc.constantFrom(...ids), word }),
  fc.record({
    do: fc.constant("change orders" as const),
    from: fc.constantFrom(...ids),
    amount: fc.integer({ min: 0, max: 9 }),
  }),
  fc.record({ do: fc.constant("drop customer" as const), id: fc.constantFrom(...ids) }),
  fc.record({ do: fc.constant("drop order" as const), id: fc.constantFrom(...ids) }),
  fc.record({
    do: fc.constant("rename order" as const),
    id: fc.constantFrom(...ids),
    to: fc.constantFrom(...ids),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function perform({ sql }: World, it: Step): Promise<unknown> {
  switch (it.do) {
    case "add customer":
      return sql`insert into shop.customers (id, org_id, name) values (${it.id}, 'acme', ${it.word}) on conflict do nothing`;
    case "add order":
      return sql`insert into shop.orders (id, org_id, customer_id, note)
        select ${it.id}, 'acme', c.id, ${it.word} from shop.customers c where c.id = ${it.of} on conflict do nothing`;
    case "change customers":
      return sql`update shop.customers set name = ${it.word}, email = ${it.word} where id >= ${it.id}`;
    case "change orders":
      return sql`update shop.orders set amount = ${it.amount}, paid_at = now() where id >= ${it.from}`;
    case "drop customer":
      return sql`delete from shop.customers where id = ${it.id}`;
    case "drop order":
      return sql`delete from shop.orders where id = ${it.id}`;
    case "rename order":
      return sql`update shop.orders set id = ${it.to} where id = ${it.id} and not exists (select from shop.orders where id = ${it.to})`;
  }
}

Deno.test("a record as of any moment is the copy that was taken then, on random histories of related entities", async () => {
  await using world = await createWorld();
  const tables = [["customer", "shop.customers"], ["purchase", "shop.orders"]] as const;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      await world.sql`delete from shop.orders`;
      await world.sql`delete from shop.customers`;
      const copies: { at: string; rows: Map<string, unknown> }[] = [];
      for (const it of steps) {
        await perform(world, it);
        const rows = new Map<string, unknown>();
        for (const [entity, table] of tables) {
          for (
            const { id, row } of await world.sql.unsafe(
              `select id, to_jsonb(t) - 'updated_at' as row from ${table} t`,
            )
          ) {
            rows.set(`${entity} ${id}`, row);
          }
        }
        copies.push({ at: await now(world), rows });
      }
      for (const { at, rows } of copies) {
        const told = await world.sql`
          select e || ' ' || k as name, governance.record_as_of(e, k, ${at}::text::timestamptz) -> 'record' as row
          from unnest(array['customer', 'purchase']) e cross join unnest(${ids}::text[]) k
          where exists (select from governance.audit_events a where a.entity_type = e and a.record_key = k)`;
        const known = new Map(told.filter(({ row }) => row !== null).map(({ name, row }) => [name, row]));
        assertEquals(known, rows);
      }
    }),
    { numRuns: 25 },
  );
});

Deno.test("a record that was there before its table was registered is told from then on, and not before", async () => {
  await using world = await createWorld();
  const before = await now(world);
  await world.sql`select governance.unregister_entity('customer')`;
  await addCustomers(world.sql, { id: "1", name: "old" });
  await world.sql`select governance.register_entity('customer', 'shop.customers', 'name', 'owner_user_id')`;
  const at = await now(world);
  await world.sql`update shop.customers set name = 'new'`;
  await world.sql`delete from shop.customers`;
  assertEquals((await asOf(world, "customer", "1", at)).record!.name, "old");
  const error = await refused(asOf(world, "customer", "1", before));
  assertEquals(error.state, "PT422");
  assertStringIncludes(error.message, "is not known");
  assertEquals((await refused(asOf(world, "customer", "none", at))).state, "PT404");
  assertEquals((await refused(asOf(world, "nothing", "1", at))).state, "PT404");
  assertEquals((await refused(asOf(world, "customer", "1", "2999-01-01"))).state, "PT422");
});

Deno.test("the past of a record is for who may read the record now, and tells the columns that its reader may read", async () => {
  await using world = await createWorld();
  await addCustomers(world.sql, { id: "1", name: "a", email: "secret" }, {
    id: "2",
    name: "b",
    is_hidden: true,
  });
  const at = await now(world);
  await world.sql`update shop.customers set name = 'c', email = 'other'`;
  assertEquals((await asOf(world, "customer", "1", at, "viewer")).record!.email, "secret");
  assertEquals((await refused(asOf(world, "customer", "2", at, "admin"))).state, "PT404");
  assertEquals((await refused(asOf(world, "customer", "1", at, "outsider"))).state, "PT404");
  await world.sql.unsafe(`revoke select on shop.customers from authenticated;
    grant select (id, org_id, name, is_hidden) on shop.customers to authenticated`).simple();
  const seen = await asOf(world, "customer", "1", at, "viewer");
  assertEquals([seen.record!.name, seen.record!.email ?? null], ["a", null]);
  assert(seen.masked.includes("email"));
  const events = await world.as(
    "viewer",
    (own) => own`select before, masked from governance.audit_trail where operation = 'update'`,
  );
  assertEquals(events.map(({ before, masked }) => [before, masked]), [[{ name: "a", email: null }, [
    "email",
  ]]]);
});

Deno.test("the past says when writes went by unseen", async () => {
  await using world = await createWorld();
  await addCustomers(world.sql, { id: "1", name: "a" });
  const at = await now(world);
  await world.sql`select governance.pause('customer', 'repair')`;
  const meanwhile = await now(world);
  await world.sql`update shop.customers set name = 'b'`;
  await world.sql`select governance.resume('customer')`;
  assertEquals((await asOf(world, "customer", "1", at, "viewer")).gaps.map(({ stage }) => stage), [
    "pause",
    "resume",
  ]);
  assertEquals((await asOf(world, "customer", "1", meanwhile)).gaps.map(({ stage }) => stage), [
    "pause",
    "resume",
  ]);
  assertEquals((await asOf(world, "customer", "1", await now(world))).gaps, []);
});

Deno.test("the history of a field, and what somebody or something changed, come in pages", async () => {
  await using world = await createWorld();
  const from = await now(world);
  await addOrders(world.sql, { id: "1", note: "a" }, { id: "2" });
  for (const note of ["b", "c"]) {
    await world.as("member", (own) => own`update shop.orders set note = ${note} where id = '1'`);
  }
  await world.as("steward", (own) => own`update shop.orders set amount = 1`);
  const history = (before: number | null, limit: number) =>
    world.as(
      "viewer",
      (own) =>
        own`select event_id, old_value, new_value from governance.field_history('purchase', '1', 'note', ${before}, ${limit})`,
    );
  const first = await history(null, 2);
  assertEquals(first.map((row) => [row.old_value, row.new_value]), [["b", "c"], ["a", "b"]]);
  const second = await history(first[1]!.event_id, 2);
  assertEquals(second.map((row) => [row.old_value, row.new_value]), [[null, "a"]]);
  const to = await now(world);
  const changes = (after: number | null) =>
    world.as(
      "viewer",
      (own) =>
        own`select id, record_key, after from governance.changes_by(${from}::text::timestamptz, ${to}::text::timestamptz,
        p_actor => '00000000-0000-4000-8000-00000000a004', p_after_id => ${after}, p_limit => 1)`,
    );
  const [one] = await changes(null);
  const [two] = await changes(one!.id);
  assertEquals([one!.record_key, two!.record_key].sort(), ["1", "2"]);
  assertEquals((await changes(two!.id)).length, 0);
  const nobody = world.as(
    "viewer",
    (own) => own`select * from governance.changes_by(${from}::text::timestamptz, ${to}::text::timestamptz)`,
  );
  assertEquals((await refused(nobody)).state, "PT422");
});
