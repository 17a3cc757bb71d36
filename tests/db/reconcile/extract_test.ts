import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Sql } from "postgres";
import { addOrders, createWorld, refused, type World } from "../support/mod.ts";
import { advanceAll, openBreaks, settle } from "./support.ts";

const FIELDS = ["amount", "status", "due_on", "paid_at"];

async function stage(
  sql: Sql,
  rows: unknown[],
  options: { tolerances?: Record<string, string>; isFull?: boolean; asOf?: string; source?: string } = {},
): Promise<{ extract: string; run: string }> {
  const [begun] = await sql`select governance.begin_extract('acme', 'purchase', ${
    options.source ?? "ledger"
  }, 'id',
    ${FIELDS}, ${sql.json(options.tolerances ?? {})}, ${options.isFull ?? true}, ${
    options.asOf ?? new Date()
  }) as id`;
  await sql`select governance.add_extract_rows(${begun!.id}, ${sql.json(rows as never)})`;
  const [run] = await sql`select governance.reconcile_extract(${begun!.id}) as id`;
  return { extract: begun!.id, run: run!.id };
}

async function withOrders(world: World): Promise<void> {
  await addOrders(
    world.sql,
    { id: "a", amount: "10.50", status: "paid", due_on: "2026-01-31", paid_at: "2026-01-30T10:00:00Z" },
    { id: "b", amount: "20.00", status: "open", due_on: "2026-02-28" },
    { id: "c", amount: null, status: null },
  );
  await settle(world.sql);
}

const AGREEING = [
  { id: "a", amount: 10.5, status: "paid", due_on: "2026-01-31", paid_at: "2026-01-30T11:00:00+01:00" },
  { id: "b", amount: "20", status: "open", due_on: "2026-02-28", paid_at: null },
  { id: "c", amount: null, status: "" },
];

Deno.test("an extract that says the same in other words has no break: 10.5 is 10.50, an instant is an instant", async () => {
  await using world = await createWorld();
  await withOrders(world);
  const { run } = await stage(world.sql, AGREEING);
  await advanceAll(world.sql);
  assertEquals(await openBreaks(world.sql), []);
  const [row] = await world.sql`select status, summary from governance.runs where id = ${run}`;
  assertEquals(row, { status: "succeeded", summary: "Comparison with another system: everything agrees." });
});

Deno.test("missing here, missing there and changed are told apart by field, and close when the systems agree again", async () => {
  await using world = await createWorld();
  await withOrders(world);
  const wrong = [{ ...AGREEING[0], amount: "11", status: "open" }, AGREEING[2], { id: "d", amount: 1 }];
  await stage(world.sql, wrong);
  await advanceAll(world.sql);
  const breaks = await openBreaks(world.sql);
  assertEquals(breaks.map(({ break_class, record_key }) => [break_class, record_key]), [
    ["differs-there", "a"],
    ["missing-here", ""],
    ["missing-there", "b"],
  ]);
  assertEquals(
    breaks[0]!.message,
    'ledger says otherwise of "a": amount is 10.5 here and 11 there; status is paid here and open there.',
  );

  await stage(world.sql, wrong);
  await advanceAll(world.sql);
  const events = await world.sql`select kind, count(*)::int from governance.data_quality_issue_events e
    join governance.data_quality_issues i on i.id = e.issue_id where i.rule_key = 'system-break-extract' group by 1`;
  assertEquals([...events], [{ kind: "opened", count: 3 }]);

  await stage(world.sql, AGREEING);
  await advanceAll(world.sql);
  assertEquals(await openBreaks(world.sql), []);
});

Deno.test("tolerances hold for numbers and for days, to the end of every month", async () => {
  await using world = await createWorld();
  await withOrders(world);
  const near = [
    { ...AGREEING[0], amount: "10.51", due_on: "2026-01-30" },
    { ...AGREEING[1], amount: "19.98", due_on: "2026-03-01" },
    AGREEING[2],
  ];
  await stage(world.sql, near, { tolerances: { amount: "0.01", due_on: "1" } });
  await advanceAll(world.sql);
  assertEquals((await openBreaks(world.sql)).map(({ record_key }) => record_key), ["b"]);
  await stage(world.sql, [AGREEING[0], { ...AGREEING[1], due_on: "2026-02-31" }, AGREEING[2]], {
    tolerances: { due_on: "400" },
  });
  await advanceAll(world.sql);
  assertStringIncludes(String((await openBreaks(world.sql))[0]!.message), "2026-02-31 there");
});

Deno.test("a partial extract does not say that what it lacks is missing", async () => {
  await using world = await createWorld();
  await withOrders(world);
  await stage(world.sql, [AGREEING[0]], { isFull: false });
  await advanceAll(world.sql);
  assertEquals(await openBreaks(world.sql), []);
});

Deno.test("what was touched after they looked, or just now, is in flight and no break", async () => {
  await using world = await createWorld();
  await withOrders(world);
  await world.sql`update shop.orders set amount = 11 where id = 'a'`;
  const { run } = await stage(world.sql, AGREEING);
  await advanceAll(world.sql);
  assertEquals(await openBreaks(world.sql), []);
  const [row] = await world
    .sql`select counts ->> 'in_flight' as in_flight from governance.runs where id = ${run}`;
  assertEquals(row!.in_flight, "1");
  await settle(world.sql);
  await stage(world.sql, AGREEING, { asOf: "2020-01-01T00:00:00Z" });
  await advanceAll(world.sql);
  assertEquals(await openBreaks(world.sql), []);
  await stage(world.sql, AGREEING);
  await advanceAll(world.sql);
  assertEquals((await openBreaks(world.sql)).length, 1);
});

Deno.test("chunks of one record find what one big chunk finds, whichever side is longer", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, ...Array.from({ length: 30 }, (_, n) => ({ id: `k${n * 2}`, amount: "1.00" })));
  await settle(world.sql);
  const theirs = Array.from({ length: 45 }, (_, n) => ({ id: `k${n}`, amount: n === 4 ? 2 : 1 }));
  const found: unknown[] = [];
  for (const size of [1, 7, 20000]) {
    await world.sql`update governance.reconcile_jobs set chunk_size = ${size} where job = 'extract'`;
    await stage(world.sql, theirs);
    await advanceAll(world.sql);
    found.push(await openBreaks(world.sql));
  }
  assertEquals(found[0], found[2]);
  assertEquals(found[1], found[2]);
  assertEquals((found[2] as unknown[]).length, 22 + 7 + 1);
});

Deno.test("keys that are numbers walk in the order of numbers, also where theirs have fractions", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`create table shop.numbered (id integer primary key, org_id text not null, amount numeric)`;
  await sql`select governance.register_entity('numbered', 'shop.numbered')`;
  await sql`insert into shop.numbered select n, 'acme', n from generate_series(1, 120) n`;
  await settle(sql);
  await sql`update governance.reconcile_jobs set chunk_size = 7 where job = 'extract'`;
  const [begun] = await sql`select governance.begin_extract('acme', 'numbered', 'ledger', 'id', ${[
    "amount",
  ]}) as id`;
  const rows = Array.from({ length: 120 }, (_, n) => ({ id: n === 49 ? 50.5 : n + 1, amount: n + 1 }));
  await sql`select governance.add_extract_rows(${begun!.id}, ${
    sql.json([...rows, { id: "99999999999", amount: 0 }])
  })`;
  await sql`select governance.reconcile_extract(${begun!.id})`;
  await advanceAll(sql);
  assertEquals(
    (await openBreaks(sql)).map(({ break_class, message }) =>
      `${break_class} ${/"(.*?)"/.exec(String(message))?.[1]}`
    ),
    [
      "missing-here 50.5",
      "missing-here 99999999999",
      "missing-there 50",
    ],
  );
});

Deno.test("a run that is killed between chunks goes on, and two that advance at once double nothing", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, ...Array.from({ length: 40 }, (_, n) => ({ id: `k${n}`, amount: "1.00" })));
  await settle(world.sql);
  await world.sql`update governance.reconcile_jobs set chunk_size = 3 where job = 'extract'`;
  const theirs = Array.from({ length: 40 }, (_, n) => ({ id: `k${n}`, amount: n % 2 ? 1 : 2 }));
  const { run } = await stage(world.sql, theirs);
  const killed = world.database.connect();
  await killed.begin(async (sql) => {
    await sql`select governance.advance_reconciliation()`;
    throw new Error("killed");
  }).catch(() => {});
  const [one, two] = [world.database.connect(), world.database.connect()];
  await Promise.all([advanceAll(one), advanceAll(two)]);
  await advanceAll(world.sql);
  const [row] = await world
    .sql`select status, counts ->> 'found' as found, counts ->> 'opened' as opened from governance.runs where id = ${run}`;
  assertEquals({ ...row }, { status: "succeeded", found: "20", opened: "20" });
  assertEquals((await openBreaks(world.sql)).length, 20);
});

Deno.test("staging refuses what cannot be compared, names every fault and stages nothing", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const faulty = await refused(
    sql`select governance.begin_extract('acme', 'purchase', 'A b', 'tags', ${["nothing", "tags"]},
    ${sql.json({ amount: "-1" })})`,
  );
  assertEquals(faulty.state, "PT422");
  assertEquals(faulty.detail.faults.length, 5);
  const [begun] = await sql`select governance.begin_extract('acme', 'purchase', 'ledger', 'id', ${[
    "amount",
  ]}) as id`;
  const rows = await refused(
    sql`select governance.add_extract_rows(${begun!.id}, ${sql.json([{ id: "a" }, { amount: 1 }])})`,
  );
  assertEquals([rows.state, rows.message], [
    "PT422",
    'Nothing was staged: row 2 has no "id" that can be read as the key.',
  ]);
  await sql`select governance.add_extract_rows(${begun!.id}, ${sql.json([{ id: "a", amount: 1 }])})`;
  await sql`select governance.add_extract_rows(${begun!.id}, ${sql.json([{ id: "a", amount: 1 }])})`;
  await sql`select governance.add_extract_rows(${begun!.id}, ${
    sql.json([{ id: "a", amount: 2 }, { id: "a", amount: 3 }])
  })`;
  const [extract] =
    await sql`select row_count::int, contradictions::int from governance.extracts where id = ${begun!.id}`;
  assertEquals({ ...extract }, { row_count: 1, contradictions: 2 });
  await sql`select governance.reconcile_extract(${begun!.id})`;
  assertEquals((await refused(sql`select governance.add_extract_rows(${begun!.id}, '[]')`)).state, "PT409");
});

Deno.test("only stewards of the organization compare with another system", async () => {
  await using world = await createWorld();
  const begin = (caller: Parameters<World["as"]>[0]) =>
    world.as(
      caller,
      (sql) => sql`select governance.begin_extract('acme', 'purchase', 'ledger', 'id', ${["amount"]}) as id`,
    );
  for (const caller of ["viewer", "member", "outsider", "nobody"] as const) {
    assertEquals((await refused(() => begin(caller))).state, "PT403");
  }
  const [begun] = await begin("steward");
  const seen = await world.as("outsider", (sql) => sql`select id from governance.extracts`);
  assertEquals([...seen], []);
  const add = await refused(() =>
    world.as("outsider", (sql) => sql`select governance.add_extract_rows(${begun!.id}, '[{"id": "x"}]')`)
  );
  assertEquals(add.state, "PT403");
});
