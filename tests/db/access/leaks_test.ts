import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createWorld, type Person, type World } from "../support/mod.ts";
import { columns, findLeaks, plantRecords } from "./planted.ts";

const callers: Person[] = ["viewer", "member", "steward", "admin", "outsider"];

/** What people may see: which records are hidden, and which columns are granted; `null` grants the table. */
interface Sight {
  readonly hidden: string[];
  readonly customers: string[] | null;
  readonly orders: string[] | null;
}

const subset = (table: keyof typeof columns) =>
  fc.option(fc.subarray(columns[table].slice(1)).map((some) => ["id", ...some]), { freq: 3 });

const sights: fc.Arbitrary<Sight> = fc.record({
  hidden: fc.subarray([1, 2, 3, 4, 5, 6].flatMap((n) => [`zqcust${n}x`, `zqord${n}x`])),
  customers: subset("customers"),
  orders: subset("orders"),
});

async function look(world: World, { hidden, customers, orders }: Sight): Promise<void> {
  await world.sql`delete from shop.hidden`;
  await world.sql`insert into shop.hidden select unnest(${hidden}::text[])`;
  for (const [table, shown] of [["customers", customers], ["orders", orders]] as const) {
    const what = shown === null ? "select" : `select (${shown.join(", ")})`;
    await world.sql.unsafe(
      `revoke select on shop.${table} from authenticated; grant ${what} on shop.${table} to authenticated`,
    )
      .simple();
  }
}

Deno.test("nothing that anybody can select or call says a word of a record or a column that it cannot read", async () => {
  await using world = await createWorld();
  const planted = await plantRecords(world);
  await fc.assert(
    fc.asyncProperty(
      sights,
      fc.shuffledSubarray(callers, { minLength: 2, maxLength: 2 }),
      async (sight, some) => {
        await look(world, sight);
        const leaks: string[] = [];
        for (const caller of some) leaks.push(...await findLeaks(world, planted, caller));
        assertEquals(leaks, []);
      },
    ),
    { numRuns: 6, endOnFailure: true },
  );
});

/** A check that says yes to everything. */
const yes = (signature: string) =>
  `create or replace function governance_private.${signature} returns boolean language sql stable as 'select true'`;

Deno.test("the search finds what each of the checks keeps back", async (t) => {
  await using world = await createWorld();
  const planted = await plantRecords(world);
  const hidden = ["zqcust1x", "zqcust2x", "zqord4x"];
  const checks: Record<string, Sight> = {
    "can_read_record(p_entity_type text, p_record_key text)": { hidden, customers: null, orders: null },
    "may_see_all(p_org_id text, p_records jsonb)": { hidden, customers: null, orders: null },
    // Its order names a customer, too: both are hidden.
    "may_see_decision(p_org_id text, p_entity_type text, p_decision jsonb)": {
      hidden: ["zqcust4x", "zqord4x"],
      customers: null,
      orders: null,
    },
    "can_read_table(p_entity_type text)": { hidden: [], customers: ["id", "name"], orders: ["id"] },
    "can_read_field(p_entity_type text, p_field text)": {
      hidden: [],
      customers: ["id", "name"],
      orders: ["id"],
    },
    "writer_may_see(p_entity_type text, p_path text)": { hidden, customers: null, orders: null },
    "may_see_sample(p_entity_type text, p_record_key text, p_reads text[])": {
      hidden,
      customers: null,
      orders: null,
    },
    "may_see_told(p_org_id text, p_body text)": { hidden, customers: null, orders: null },
  };
  for (const [signature, sight] of Object.entries(checks)) {
    await t.step(signature, async () => {
      await look(world, sight);
      const name = signature.slice(0, signature.indexOf("("));
      const [before] = await world.sql`
        select pg_get_functiondef(oid) as text from pg_proc where proname = ${name} and pronamespace = 'governance_private'::regnamespace`;
      await world.sql.unsafe(yes(signature));
      assert((await findLeaks(world, planted, "admin")).length > 0);
      await world.sql.unsafe(before!.text);
      assertEquals(await findLeaks(world, planted, "admin"), []);
    });
  }
});
