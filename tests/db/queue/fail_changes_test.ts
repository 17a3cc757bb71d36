import { assert, assertEquals } from "@std/assert";
import {
  addOrders,
  apply,
  type Batch,
  claim,
  claimed,
  createWorld,
  issues,
  queued,
  quiet,
  verdict,
  type World,
} from "../support/mod.ts";

const size = (batch: Batch | null) => batch?.records.length ?? 0;

async function prepare(world: World, count: number): Promise<void> {
  await quiet(world.sql);
  await world.sql`update governance_private.queue_settings set backoff_seconds = 0`;
  await addOrders(world.sql, ...Array.from({ length: count }, (_, n) => ({ id: `${n}` })));
}

const expire = ({ sql }: World) =>
  sql`update governance_private.record_leases set expires_at = clock_timestamp() - interval '1 second' where lease_id is not null`;
const fail = (world: World, batch: Batch, ...keys: string[]) =>
  world.as(
    "service_role",
    (own) => own`select governance.fail_changes(${batch.lease_id}, ${keys}, 'it broke')`,
  );

Deno.test("an expired lease is claimed again in batches of half the size, down to one record", async () => {
  await using world = await createWorld();
  await prepare(world, 8);
  for (const expected of [8, 4]) {
    assertEquals(size(await claim(world)), expected);
    await expire(world);
  }
  const sizes = [];
  for (let batch = await claim(world); batch !== null; batch = await claim(world)) sizes.push(size(batch));
  assertEquals(sizes.toSorted().reverse(), [4, 2, 2]);
});

Deno.test("a batch is never larger than any of its records may still be part of", async () => {
  await using world = await createWorld();
  await prepare(world, 4);
  await fail(world, await claimed(world), "0", "1", "2", "3");
  await world
    .sql`update governance_private.record_leases set batch_limit = case when record_key in ('1', '3') then 1 else 2 end`;
  for (let batch = await claim(world); batch !== null; batch = await claim(world)) {
    const poisoned = batch.records.some(({ key }) => key === "1" || key === "3");
    assert(!poisoned || batch.records.length === 1, "a suspect is judged alone");
  }
});

Deno.test("a record that fails alone backs off, longer each time, while the others go on", async () => {
  await using world = await createWorld();
  await prepare(world, 2);
  await world.sql`update governance_private.queue_settings set backoff_seconds = 100`;
  const batch = await claimed(world);
  await fail(world, batch, "0");
  await apply(world, batch, batch.records.filter(({ key }) => key === "1").map((record) => verdict(record)));
  const delay = async () => {
    const [row] = await world
      .sql`select round(extract(epoch from available_at - clock_timestamp()))::int as seconds
      from governance_private.change_queue where record_key = '0'`;
    return row!.seconds;
  };
  const first = await delay();
  assert(first > 90 && first <= 100, `${first}`);
  assertEquals(await claim(world), null);
  await world.sql`update governance_private.change_queue set available_at = now()`;
  await fail(world, await claimed(world), "0");
  const second = await delay();
  assert(second > 190 && second <= 200, `${second}`);
});

async function die(world: World, key: string): Promise<void> {
  for (let n = 0; n < 5; n++) await fail(world, await claimed(world), key);
}

Deno.test("what fails alone five times is a dead letter with a critical issue, and leaves the queue", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await prepare(world, 1);
  await die(world, "0");
  assertEquals(await queued(sql), []);
  const [letter] =
    await sql`select org_id, entity_type, record_key, failures, error from governance_private.dead_letters`;
  assertEquals({ ...letter }, {
    org_id: "acme",
    entity_type: "purchase",
    record_key: "0",
    failures: 5,
    error: "it broke",
  });
  const [issue] = await issues(sql);
  assertEquals([issue!.rule_key, issue!.org_id, issue!.record_key, issue!.severity], [
    "system-dead-letter",
    "acme",
    "0",
    "critical",
  ]);
  assertEquals(
    (await world.as("steward", (own) => own`select rule_key from governance.data_quality_issues`)).length,
    1,
  );
});

Deno.test("a later change of a dead record is evaluated afresh, and closes the issue", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await prepare(world, 1);
  await die(world, "0");
  await sql`update shop.orders set note = 'another try'`;
  const batch = await claimed(world);
  assertEquals(batch.records.map(({ token }) => token), [1]);
  await apply(world, batch, batch.records.map((record) => verdict(record)));
  assertEquals((await issues(sql)).map(({ status }) => status), ["fixed"]);
});

Deno.test("a change that was written while its record was failing for the last time is not buried with it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await prepare(world, 1);
  for (let n = 0; n < 4; n++) await fail(world, await claimed(world), "0");
  const last = await claimed(world);
  await sql`update shop.orders set note = 'the correction'`;
  await fail(world, last, "0");
  assertEquals((await sql`select from governance_private.dead_letters`).length, 1);
  assertEquals(await queued(sql), ["0"]);
  assertEquals(size(await claim(world)), 1);
});

Deno.test("an evaluator that dies of one record buries only that one", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await prepare(world, 9);
  for (let turn = 0; turn < 60; turn++) {
    const batch = await claim(world);
    if (batch === null) break;
    if (batch.records.some(({ key }) => key === "5")) await expire(world);
    else await apply(world, batch, batch.records.map((record) => verdict(record)));
  }
  assertEquals(
    (await sql`select record_key from governance_private.dead_letters`).map(({ record_key }) => record_key),
    ["5"],
  );
  assertEquals((await sql`select from governance_private.change_queue`).length, 0);
});

Deno.test("queue_status counts what waits, what is held and what is dead", async () => {
  await using world = await createWorld();
  await prepare(world, 3);
  await claim(world, 1);
  const [row] = await world.sql`select governance.queue_status() as status`;
  const { pending, leased, dead, sweeps, oldest_seconds } = row!.status;
  assertEquals([pending, leased, dead, sweeps], [2, 1, 0, 0]);
  assert(oldest_seconds >= 0 && oldest_seconds < 60);
});
