import { assertEquals } from "@std/assert";
import { createWorld, refused, saveRule, type World } from "../support/mod.ts";
import { backtest, positive } from "./support.ts";

/** A backtest in as many calls as it takes, with the parts added up. */
async function inParts(world: World, rule: unknown, between: (call: number) => Promise<unknown>) {
  const sum = { calls: 0, records: 0, violations: 0, writes: 0, hits: 0 };
  const days = new Map<string, number>();
  for (let next: unknown = null; sum.calls === 0 || next !== null; sum.calls++) {
    const part = await backtest(world, rule, { budget: 1, next });
    sum.records += part.current.records;
    sum.violations += part.current.violations;
    sum.writes += part.replay.writes;
    sum.hits += part.replay.violations;
    for (const { day, violations } of part.replay.by_day) days.set(day, (days.get(day) ?? 0) + violations);
    next = part.next;
    assertEquals(next === null, part.current.complete && part.replay.complete);
    if (next !== null) await between(sum.calls);
  }
  return { ...sum, days: Object.fromEntries(days) };
}

Deno.test("a backtest that ends at its budget goes on where it stopped, and its parts add up to the whole", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into shop.orders (id, org_id, amount, note)
    select n::text, 'acme', case when n % 7 = 0 then -1 else n end, repeat('x', 1000) from generate_series(1, 16000) n`;
  await sql`update shop.orders set amount = -2 where id::int between 100 and 2100 and amount > 0`;
  const whole = await backtest(world, positive, { budget: 60_000 });
  assertEquals([whole.next, whole.current.complete, whole.replay.complete], [null, true, true]);
  // What is written meanwhile is of another backtest.
  const sum = await inParts(
    world,
    positive,
    (call) => call === 3 ? sql`update shop.orders set amount = -9 where id = '1'` : Promise.resolve(),
  );
  assertEquals(sum.calls > 3, true);
  assertEquals([sum.records, sum.violations], [16000, whole.current.violations]);
  assertEquals([sum.writes, sum.hits], [whole.replay.writes, whole.replay.violations]);
  assertEquals(
    sum.days,
    Object.fromEntries(
      whole.replay.by_day.map((x: { day: string; violations: number }) => [x.day, x.violations]),
    ),
  );
});

Deno.test("a backtest does not go on with another rule, of another time, or from a place that is none", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql, { org_id: "acme" });
  await sql`insert into shop.orders (id, org_id, note) select n::text, 'acme', repeat('x', 1000) from generate_series(1, 16000) n`;
  const { next } = await backtest(world, { id }, { budget: 1 });
  const code = async (call: Promise<unknown>) => (await refused(call)).detail.code;
  assertEquals(await code(backtest(world, { id }, { next, days: 7 })), "stale");
  assertEquals(await code(backtest(world, positive, { next })), "stale");
  await sql`update governance.data_quality_rules set severity = 'low' where id = ${id}`;
  assertEquals(await code(backtest(world, { id }, { next })), "stale");
  const { next: fresh } = await backtest(world, { id }, { budget: 1 });
  const wrongs = ["next", 1, [], {}, { ...fresh, from: "-infinity" }, { ...fresh, from: "x" }, {
    ...fresh,
    to: "infinity",
  }]
    .concat(
      [{ parts: 0, done: 0 }, { parts: 1, done: 2 }, { parts: "x", done: 0 }].map((replay) => ({
        ...fresh,
        replay,
      })),
    )
    .concat([{ leaf: "x", block: 0, blocks: 0 }, { leaf: "1" }].map((current) => ({ ...fresh, current })));
  for (const wrong of wrongs) {
    assertEquals(
      await code(backtest(world, { id }, { next: wrong })),
      "invalid-value",
      JSON.stringify(wrong),
    );
  }
});
