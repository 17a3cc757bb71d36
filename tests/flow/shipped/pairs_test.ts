import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { startTestStack } from "../../helpers/stack.ts";
import { openSql, untilDrained } from "../support.ts";
import { addresses } from "./addresses.ts";
import { billing } from "./billing.ts";
import { imports } from "./imports.ts";
import { members } from "./members.ts";
import { type Example, inOrder, org, type Pair, type Rec, world } from "./pair.ts";
import { sales } from "./sales.ts";

const pairs: Readonly<Record<string, Pair>> = { ...sales, ...addresses, ...members, ...billing, ...imports };

/** Writes an example, and what points at it; returns its key. */
async function write(sql: Sql, table: string, given: Rec | Example): Promise<string> {
  const { record, children = [] } = "record" in given ? given as Example : { record: given };
  const insert = async (into: string, values: Rec) => {
    const [row] = await sql`insert into ${sql(`public.${into}`)} ${
      sql({ org_id: org, ...inOrder[into]?.(), ...values } as never)
    } returning id`;
    return row!["id"] as string;
  };
  const id = await insert(table, record);
  for (const [into, values] of children) {
    await insert(
      into,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === "$" ? id : value])),
    );
  }
  return id;
}

Deno.test("every shipped issue and fix rule fires on one record and not on its neighbour", async (t) => {
  await using stack = await startTestStack();
  await using sql = openSql(stack);
  await sql.unsafe(world).simple();
  const written: { rule: string; pair: Pair; fires: string; passes: string }[] = [];
  for (const [rule, pair] of Object.entries(pairs)) {
    written.push({
      rule,
      pair,
      fires: await write(sql, pair.table, pair.fires),
      passes: await write(sql, pair.table, pair.passes),
    });
  }
  await untilDrained(sql, 120_000);
  const acted = await sql<{ record_key: string; rule_key: string }[]>`
    select record_key, rule_key from governance.data_quality_issues where status = 'open'
    union select record_key, rule_key from governance.fixes order by 2`;
  const rulesOn = (id: string) =>
    acted.filter(({ record_key }) => record_key === id).map(({ rule_key }) => rule_key);

  for (const { rule, pair, fires, passes } of written) {
    await t.step(rule, async () => {
      assertEquals(rulesOn(fires), [rule, ...pair.besides ?? []].sort());
      assertEquals(rulesOn(passes), []);
      const [row] = await sql`select to_jsonb(r) as r from ${
        sql(`public.${pair.table}`)
      } r where id = ${fires}`;
      for (const [column, value] of Object.entries(pair.becomes ?? {})) {
        assertEquals(row!["r"][column], value);
      }
    });
  }

  await t.step("no shipped rule is left out", async () => {
    const rules = await sql`select rule_key from governance.data_quality_rules
      where org_id is null and status = 'active' and enforcement in ('issue', 'fix')`;
    assertEquals(rules.map((row) => row["rule_key"]).sort(), Object.keys(pairs).sort());
  });
  await t.step("what the examples point at is in order", () => {
    const examples = new Set(written.flatMap(({ fires, passes }) => [fires, passes]));
    const others = acted.filter(({ record_key }) =>
      record_key.startsWith("00000000-0000-4000-8000-0000000003")
    );
    assertEquals(others.filter(({ record_key }) => !examples.has(record_key)), []);
  });
});
