import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  claim,
  claimed,
  createWorld,
  is,
  outcomes,
  quiet,
  refused,
  saveBlock,
  saveRule,
} from "../support/mod.ts";

/** A match on a customer's orders. */
function orders(mode: string, threshold: number | undefined, ...rules: unknown[]) {
  return {
    field: "orders",
    operator: "=",
    match: { mode, ...(threshold === undefined ? {} : { threshold }) },
    value: and(...rules),
  };
}

/** t, f, u: how many orders of a customer are open, are not, have no status. */
const customers: Record<string, [t: number, f: number, u: number]> = {
  none: [0, 0, 0],
  t1: [1, 0, 0],
  f1: [0, 1, 0],
  u1: [0, 0, 1],
  t1f1: [1, 1, 0],
  t1u1: [1, 0, 1],
  f1u1: [0, 1, 1],
  t2: [2, 0, 0],
  t2f1u1: [2, 1, 1],
  t3: [3, 0, 0],
};

function expected(mode: string, k: number, [t, f, u]: [number, number, number]): boolean | null {
  const atLeast = (n: number) => t >= n ? true : t + u < n ? false : null;
  const not = (truth: boolean | null) => truth === null ? null : !truth;
  const some = t > 0 ? true : u > 0 ? null : false;
  switch (mode) {
    case "all":
      return f > 0 ? false : u > 0 ? null : true;
    case "some":
      return some;
    case "none":
      return not(some);
    case "atLeast":
      return atLeast(k);
    case "atMost":
      return not(atLeast(k + 1));
    default:
      return t > k || t + u < k ? false : u === 0 ? true : null;
  }
}

Deno.test("every match mode counts true, false and unknown the same in SQL and in evaluate", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, ...Object.keys(customers).map((id) => ({ id })));
  for (const [customer_id, [t, f, u]] of Object.entries(customers)) {
    const statuses = [...Array(t).fill("open"), ...Array(f).fill("done"), ...Array(u).fill(null)];
    if (statuses.length === 0) continue;
    await addOrders(
      sql,
      ...statuses.map((status, n) => ({ id: `${customer_id}-${n}`, customer_id, status })),
    );
  }
  // An order of another organization that points at a customer here does not count.
  await addOrders(sql, { id: "foreign", org_id: "globex", customer_id: "none", status: "open" });
  const modes: [string, number | undefined][] = [["all", undefined], ["some", undefined], ["none", 1]];
  for (const mode of ["atLeast", "atMost", "exactly"]) for (const k of [0, 1, 2, 3]) modes.push([mode, k]);
  for (const [mode, k] of modes) {
    const both = await outcomes(world, "customer", and(orders(mode, k, is("status", "=", "open"))));
    const wanted = Object.fromEntries(
      Object.entries(customers).map(([id, counts]) => [id, expected(mode, k ?? 0, counts)]),
    );
    assertEquals(both.sql, wanted, `${mode} ${k} in SQL`);
    assertEquals(both.typescript, wanted, `${mode} ${k} in TypeScript`);
  }
});

Deno.test("the group of a match reads the elements' own fields, their paths, moments and nested groups", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "a", state: "CA" }, { id: "b", state: "NY" }, { id: "c" });
  await addOrders(
    sql,
    { id: "1", customer_id: "a", due_on: "2001-01-01", amount: "5" },
    { id: "2", customer_id: "b", due_on: "2001-01-01" },
    { id: "3", customer_id: "c", due_on: "2999-01-01", amount: "5" },
  );
  const group = [
    is("customer.state", "in", ["CA", "NY"]),
    is("due_on", "<", "today-P30D"),
    { combinator: "or", rules: [is("amount", "notNull"), is("customer.state", "=", "NY")] },
  ];
  const both = await outcomes(
    world,
    "customer",
    and(is("state", "notNull"), orders("some", undefined, ...group)),
  );
  assertEquals(both.sql, { a: true, b: true, c: false });
  assertEquals(both.typescript, both.sql);
});

Deno.test("an element of another organization does not count, one whose own reference cannot be read is not judged", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`create table shop.lines (id text primary key, org_id text not null, order_id text references shop.orders)`;
  await sql`select governance.register_entity('line', 'shop.lines')`;
  await addCustomers(sql, { id: "here", name: "H" }, { id: "there", name: "T", org_id: "globex" });
  await addOrders(sql, { id: "1", customer_id: "here" }, { id: "2", customer_id: "there" }, { id: "3" });
  await sql`insert into shop.lines values ('l1', 'acme', '1'), ('l2', 'acme', '2'), ('l3', 'globex', '3')`;
  const lines = (mode: string) => ({
    field: "lines",
    operator: "=",
    match: { mode },
    value: and(is("order.customer.name", "isFilled")),
  });
  const { typescript } = await outcomes(world, "purchase", and(lines("some")));
  assertEquals(typescript, {
    "1": true,
    "2": 'One of "lines" points to a record that cannot be read.',
    "3": false,
  });
  const [rule] = await sql`select (governance_private.compile_rule(r)).violates_sql as violates
    from governance.data_quality_rules r where rule_key = 'it-holds'`;
  const rows = await sql.unsafe(`select r.id from shop.orders r where ${rule!.violates}`);
  assertEquals(rows.map(({ id }) => id), ["3"]);
});

Deno.test("thousands of elements reach evaluate as four numbers", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await addCustomers(sql, { id: "a" });
  await sql`insert into shop.orders (id, org_id, customer_id, status)
    select n::text, 'acme', 'a', case when n % 2 = 0 then 'open' end from generate_series(1, 20000) n`;
  const id = await saveRule(sql, {
    rule_key: "customer-has-few-orders",
    entity_type: "customer",
    message: "Many.",
    condition: and(orders("atMost", 3, is("status", "=", "open"))),
  });
  await quiet(sql);
  await sql`update shop.customers set name = 'A'`;
  const batch = await claimed(world) as unknown as { records: { counts: Record<string, number[]> }[] };
  assertEquals(batch.records[0]!.counts, { [`${id}/condition/rules/0`]: [10000, 0, 10000, 0] });
  assertEquals(await claim(world), null);
});

Deno.test("a match that cannot be is refused, with every fault at once", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const status = is("status", "=", "open");
  const wrong: [unknown, at: string, words: string][] = [
    [{ ...orders("some", undefined, status), field: "invoices" }, "/field", "not a to-many relation"],
    [{ ...orders("some", undefined, status), field: "name" }, "/field", "not a to-many relation"],
    [orders("most", 1, status), "/match", "not a match mode"],
    [orders("atLeast", undefined, status), "/match", "threshold"],
    [orders("atLeast", 1.5, status), "/match", "threshold"],
    [orders("atLeast", -1, status), "/match", "threshold"],
    [{ ...orders("some", undefined, status), match: "some" }, "/match", "object"],
    [{ ...orders("some", undefined, status), match: { mode: "some", of: 1 } }, "/match", "object"],
    [{ ...orders("some", undefined, status), operator: "!=" }, "/operator", '"="'],
    [{ ...orders("some", undefined, status), value: "open" }, "/value", "group"],
    [orders("some", undefined, is("state", "=", "CA")), "/value/rules/0/field", "not a field of purchase"],
    [orders("some", undefined, orders("some", undefined, status)), "/value/rules/0/field", "not a to-many"],
    [orders("some", undefined, is("note", "isPhone")), "/value", "isPhone"],
    [is("orders", "notNull"), "/field", '"match"'],
  ];
  for (const [comparison, at, words] of wrong) {
    const refusal = await refused(
      saveRule(sql, { entity_type: "customer", message: "M.", condition: and(comparison) }),
    );
    assertEquals(
      refusal.detail.faults[0].at,
      `/condition/rules/0${at}`,
      JSON.stringify(refusal.detail.faults),
    );
    assertStringIncludes(refusal.detail.faults[0].message, words);
  }
  const both = await refused(
    saveRule(sql, {
      entity_type: "customer",
      message: "M.",
      condition: and(orders("most", 1, is("stat", "=", "x"))),
    }),
  );
  assertEquals(both.detail.faults.length, 2);
});

Deno.test("a block rule cannot count what points at its record", async () => {
  await using world = await createWorld();
  const refusal = await refused(
    saveBlock(world.sql, {
      entity_type: "customer",
      message: "M.",
      condition: and(orders("some", undefined, is("status", "=", "open"))),
    }),
  );
  assertStringIncludes(refusal.message, "cannot count orders");
});
