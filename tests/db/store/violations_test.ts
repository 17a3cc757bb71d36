import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { addCustomers, and, createWorld, is, saveBlock, saveRule, type World } from "../support/mod.ts";

type Values = Record<string, unknown>;

/** What becomes of each record when a member tries to store them in one call. */
async function tried(world: World, records: readonly Values[]) {
  const list = records.map((values, n) => ({ n, values }));
  const [row] = await world.as(
    "member",
    (sql) =>
      sql`select governance.try_records('purchase', 'acme', ${
        sql.json(list as never)
      }) -> 'outcomes' as outcomes`,
  );
  // deno-lint-ignore no-explicit-any -- an outcome is as free as JSON is
  return (row!["outcomes"] as any[]).map(({ n: _, ...outcome }) => outcome);
}

const good: Values = { customer_id: "c", status: "open", amount: 1 };
const kinds: Record<string, Values> = {
  good,
  "a customer that nobody has": { ...good, customer_id: "nobody" },
  "a customer that the writer cannot see": { ...good, customer_id: "hidden" },
  "no customer": { ...good, customer_id: null },
  "no status": { ...good, status: null },
  "neither customer nor status": { ...good, customer_id: "nobody", status: null },
  "blocked": { ...good, amount: 13 },
  "blocked and a customer that nobody has": { ...good, amount: 13, customer_id: "nobody" },
  "no amount at all": { ...good, amount: "many" },
};

async function strictShop(): Promise<World> {
  const world = await createWorld();
  await addCustomers(world.sql, { id: "c" }, { id: "hidden", is_hidden: true });
  await world.sql`alter table shop.orders alter status set not null`;
  return world;
}

function reasonOf({ outcome, error }: Values) {
  const { code, message, sqlstate, constraint } = (error ?? {}) as Values;
  return { outcome, code, message, sqlstate, constraint };
}

Deno.test("each record of a list has the reason that it has alone, whatever stands beside it", async () => {
  await using world = await strictShop();
  await saveBlock(world.sql, { condition: and(is("amount", "!=", 13)), message: "Unlucky." });
  const alone: Record<string, Values> = {};
  for (const [kind, values] of Object.entries(kinds)) {
    const [outcome] = await tried(world, [{ id: "1", ...values }]);
    alone[kind] = outcome;
  }
  assertEquals(Object.values(alone).map(({ outcome, error }) => [outcome, (error as Values)?.["sqlstate"]]), [
    ["inserted", undefined],
    ["refused", "23503"],
    ["inserted", undefined],
    ["inserted", undefined],
    ["refused", "23502"],
    ["refused", "23502"],
    ["refused", undefined],
    ["refused", "23503"],
    ["refused", "22P02"],
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...Object.keys(kinds)), { minLength: 2, maxLength: 40 }),
      async (list) => {
        const outcomes = await tried(world, list.map((kind, n) => ({ id: String(n), ...kinds[kind] })));
        assertEquals(
          outcomes.map(reasonOf),
          list.map((kind) => reasonOf(alone[kind]!)),
        );
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("a thousand references to nothing cost a few statements, not one each", async () => {
  await using world = await strictShop();
  await world.sql.unsafe(`
    create sequence shop.attempts;
    grant usage on sequence shop.attempts to authenticated;
    create function shop.count_attempt() returns trigger language plpgsql as $$
    begin
      perform nextval('shop.attempts');
      return null;
    end $$;
    create trigger count_attempt before insert on shop.orders for each statement execute function shop.count_attempt()`)
    .simple();
  const records = Array.from(
    { length: 1000 },
    (_, n) => ({ id: String(n), status: "open", customer_id: n % 10 === 0 ? "c" : `nobody ${n}` }),
  );
  const outcomes = await tried(world, records);
  assertEquals(outcomes.filter(({ outcome }) => outcome === "inserted").length, 100);
  assertEquals(outcomes.filter(({ error }) => error?.sqlstate === "23503").length, 900);
  const [row] = await world.sql`select last_value::int as attempts from shop.attempts`;
  assertEquals(row!["attempts"], 3);
});

for (
  const [name, prepare] of [
    ["a trigger of the table", (world: World) =>
      world.sql.unsafe(`
        create function shop.mend() returns trigger language plpgsql as $$
        begin
          if new.customer_id = 'see' then new.customer_id := 'c'; end if;
          return new;
        end $$;
        create trigger mend before insert on shop.orders for each row execute function shop.mend()`)
        .simple()],
    ["a fix rule", (world: World) =>
      saveRule(world.sql, {
        rule_key: "mend",
        entity_type: "purchase",
        enforcement: "fix",
        condition: and(is("customer_id", "!=", "see")),
        fix: [{ step: "set", field: "customer_id", value: "c" }],
      })],
  ] as const
) {
  Deno.test(`what ${name} mends in the write is not taken for broken`, async () => {
    await using world = await strictShop();
    await prepare(world);
    const records = Array.from({ length: 20 }, (_, n) => ({
      id: String(n),
      status: "open",
      customer_id: n === 7 ? "nobody" : "see",
    }));
    const outcomes = await tried(world, records);
    const alone = (await tried(world, [records[0]!]))[0].outcome;
    assertEquals(outcomes.map(({ outcome }) => outcome), records.map((_, n) => n === 7 ? "refused" : alone));
  });
}

Deno.test("records of a table that points at itself are told apart: what their list brings is there for those after it", async () => {
  await using world = await createWorld();
  await world.sql`alter table shop.orders add column follows text references shop.orders (id)`;
  const follows = { "1": null, "2": "1", "3": "nothing", "4": "2" };
  const outcomes = await tried(
    world,
    Object.entries(follows).map(([id, followed]) => ({ id, status: "open", follows: followed })),
  );
  assertEquals(outcomes.map(reasonOf).map(({ outcome, sqlstate }) => [outcome, sqlstate]), [
    ["inserted", undefined],
    ["inserted", undefined],
    ["refused", "23503"],
    ["inserted", undefined],
  ]);
});
