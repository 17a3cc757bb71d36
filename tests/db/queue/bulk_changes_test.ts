import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import type { Sql } from "postgres";
import { addOrders, claim, claimed, createWorld, quiet } from "../support/mod.ts";

const addMany = (sql: Sql, count: number) =>
  sql`insert into shop.orders (id, org_id) select 'b' || n, 'acme' from generate_series(1, ${count}::int) as n`;

const waiting = async (sql: Sql) => ({
  ...(await sql`
    select (select count(*)::int from governance_private.change_queue) as queued,
      (select coalesce(sum(records), 0)::int from governance_private.bulk_changes) as bulk,
      (governance.queue_status() ->> 'pending')::int as pending`)[0],
});

Deno.test("a statement of a thousand records waits as one row, counts as a thousand, and loses none", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addMany(sql, 999);
  assertEquals(await waiting(sql), { queued: 999, bulk: 0, pending: 999 });
  await sql`delete from governance_private.change_queue`;
  await sql`update shop.orders set note = 'x'`;
  await sql`insert into shop.orders (id, org_id) values ('one', 'acme')`;
  await sql`update shop.orders set note = 'y'`;
  assertEquals(await waiting(sql), { queued: 1000, bulk: 1000, pending: 2000 });
  const seen = new Set<string>();
  for (let batch = await claim(world, 100); batch !== null; batch = await claim(world, 100)) {
    for (const { key, event_id } of batch.records) {
      seen.add(key);
      assert(event_id !== null);
    }
    await world.as(
      "service_role",
      (own) =>
        own`select governance.apply_verdicts(${batch!.lease_id}, ${batch!.entity_type}, ${
          batch!.rules_version
        }, ${
          own.json(batch!.records.map(({ key, token, event_id, queue_ids }) => ({
            key,
            token,
            event_id,
            queue_ids,
          })) as never)
        })`,
    );
  }
  assertEquals(seen.size, 1000);
  assertEquals(await waiting(sql), { queued: 0, bulk: 0, pending: 0 });
});

Deno.test("what is written one by one does not wait behind a bulk write, and the drain knows of both", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addMany(sql, 2000);
  assertEquals((await sql`select governance_private.drain() as rang`)[0]!.rang, true);
  await addOrders(sql, ...Array.from({ length: 100 }, (_, n) => ({ id: `s${n}` })));
  const batch = await claimed(world, 100);
  assert(batch.records.every(({ key }) => key.startsWith("s")));
  assert(batch.more);
  assert((await claimed(world, 100)).records.every(({ key }) => key.startsWith("b")));
});

Deno.test("a second claim waits for the one that is moving a bulk write, and finds work", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addMany(sql, 1000);
  const other = world.database.connect();
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = sql.begin(async (own) => {
    const [row] = await own`select governance.claim_changes(100) as batch`;
    await promise;
    return row!.batch.records.length as number;
  });
  const second = other`select governance.claim_changes(100) as batch`.execute();
  const third = world.database.connect();
  const blocked = async () =>
    (await third`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
      .length > 0;
  while (!await blocked()) await delay(20);
  resolve();
  assertEquals(await first, 100);
  assertEquals((await second)[0]!.batch.records.length, 100);
});

Deno.test("a bulk write that is rolled back leaves nothing; unregistering takes what waits; a fix in bulk is only verified", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await sql.begin(async (own) => {
    await addMany(own as unknown as Sql, 1000);
    throw new Error("no");
  }).catch(() => {});
  assertEquals(await waiting(sql), { queued: 0, bulk: 0, pending: 0 });
  await sql.begin(async (own) => {
    await own`insert into governance_private.write_causes (cause_kind, cause_id) values ('fix', 'x')`;
    await addMany(own as unknown as Sql, 1000);
    await own`delete from governance_private.write_causes`;
  });
  const batch = await claimed(world, 100);
  assert(batch.records.every(({ verify_only }) => verify_only));
  await sql`select governance.unregister_entity('purchase')`;
  assertEquals(await waiting(sql), { queued: 0, bulk: 0, pending: 0 });
});
