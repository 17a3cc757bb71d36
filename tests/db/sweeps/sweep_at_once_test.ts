import { assertEquals } from "@std/assert";
import {
  addOrders,
  and,
  applyIn,
  claim,
  createWorld,
  evaluateAll,
  is,
  judge,
  openIssues,
  quiet,
  saveRule,
} from "../support/mod.ts";
import { sweep } from "./support.ts";

Deno.test("an old verdict of a sweep never comes over a newer one of evaluate", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  await quiet(sql);
  await sql`select governance_private.queue_sweep('purchase', 'test')`;
  const finished: string[] = [];
  let judged: Promise<void> | undefined;
  await sql.begin(async (sweeper) => {
    await sweeper`select governance_private.advance_sweep()`;
    // The sweep has judged and not committed: somebody corrects the record, and it is evaluated.
    await sql`update shop.orders set amount = 5 where id = '1'`;
    judged = evaluateAll(world).then(() => void finished.push("evaluated"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertEquals(finished, [], "the evaluator waits for the sweep");
  });
  await judged;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["order-has-amount:2"]);
});

Deno.test("a record that is being evaluated is left to its evaluator", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  await quiet(sql);
  await sql`insert into governance_private.record_leases (entity_type, record_key, lease_id, token, expires_at)
    values ('purchase', '1', gen_random_uuid(), 1, now() + interval '1 hour')`;
  assertEquals(await sweep(sql), ["1"]);
  assertEquals(await openIssues(world), ["order-has-amount:2"]);
  const leases =
    await sql`select record_key from governance_private.record_leases where lease_id is not null`;
  assertEquals(leases.map(({ record_key }) => record_key), ["1"]);
});

Deno.test("a sweep holds back no writer", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await addOrders(sql, { id: "1" });
  await quiet(sql);
  await sql`select governance_private.queue_sweep('purchase', 'test')`;
  await sql.begin(async (sweeper) => {
    await sweeper`select governance_private.advance_sweep()`;
    await sql.begin(async (writer) => {
      await writer`set local lock_timeout = '100ms'`;
      await writer`update shop.orders set note = 'x' where id = '1'`;
      await writer`insert into shop.orders (id, org_id) values ('2', 'acme')`;
    });
  });
  assertEquals((await sql`select from shop.orders`).length, 2);
});

Deno.test("a claim that has swept one entity does not wait for another of which the rules are being changed", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const claim = () =>
    world.as("service_role", async (own) => {
      await own`set local lock_timeout = '1s'`;
      await own`select governance.claim_changes(100, '{}')`;
    });
  const sweeps = async () =>
    (await sql`select entity_type, status from governance.runs order by created_at, id`)
      .map(({ entity_type, status }) => `${entity_type} ${status}`);
  await sql`select governance_private.queue_sweep('purchase', 'test')`;
  await sql`select governance_private.queue_sweep('customer', 'test')`;
  await sql.begin(async (own) => {
    await own`update governance.entities set rules_version = rules_version where entity_type = 'customer'`;
    await claim();
    assertEquals(await sweeps(), ["purchase succeeded", "customer queued"]);
  });
  await claim();
  assertEquals(await sweeps(), ["purchase succeeded", "customer succeeded"]);
});

Deno.test("what a sweep left to evaluate is applied while the sweep goes on", async () => {
  await using world = await createWorld();
  const { sql } = world;
  // In SQL alone it cannot be said whether this is a phone number.
  await saveRule(sql, {
    rule_key: "note-is-phone",
    condition: and(is("note", "isPhone")),
    message: "No phone number.",
  });
  await addOrders(sql, { id: "1", note: "x" });
  await quiet(sql);
  await sql`select governance_private.queue_sweep('purchase', 'test')`;
  let batch = await claim(world);
  while (batch === null) batch = await claim(world);
  await sql.begin(async (sweeper) => {
    await sweeper`select governance_private.advance_sweep()`;
    await world.as("service_role", async (evaluator) => {
      await evaluator`set local lock_timeout = '1s'`;
      await applyIn(evaluator, batch!, [...await judge(world, batch!)]);
    });
  });
  assertEquals(await openIssues(world), ["note-is-phone:1"]);
});

Deno.test("a sweep that cannot make keys anew beside a long write leaves it at that, and goes on when the write is over", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql, {
    rule_key: "one-note",
    kind: "unique",
    dimension: "uniqueness",
    condition: { fields: [{ field: "note" }] },
    message: "The note is taken.",
  });
  await addOrders(sql, { id: "1", note: "a" }, { id: "2", note: "a" });
  await quiet(sql);
  await sql`select governance_private.rebuild_keys('purchase'), governance_private.queue_sweep('purchase', 'test')`;
  await sql`select governance_private.queue_sweep('customer', 'test')`;
  await sql.begin(async (writer) => {
    await writer`update shop.orders set amount = 1 where id = '1'`;
    assertEquals(await claim(world), null);
    assertEquals(
      (await sql`select entity_type || ' ' || status as run from governance.runs order by 1`).map(({ run }) =>
        run
      ),
      ["customer succeeded", "purchase queued"],
    );
    const [row] = await sql`select current_setting('lock_timeout') as timeout`;
    assertEquals(row!.timeout, "0");
  });
  await sql`update governance.runs set available_at = now()`;
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["one-note:1", "one-note:2"]);
});

Deno.test("a sweep waits for no issue that somebody is deciding on: its record is left to evaluate", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  await evaluateAll(world);
  await sql`update shop.orders set amount = 1`;
  await quiet(sql);
  await sql.begin(async (steward) => {
    await steward`select from governance.data_quality_issues where record_key = '1' for update`;
    assertEquals(await sweep(sql), ["1"]);
    assertEquals(await openIssues(world), ["order-has-amount:1"]);
  });
  await evaluateAll(world);
  assertEquals(await openIssues(world), []);
});
