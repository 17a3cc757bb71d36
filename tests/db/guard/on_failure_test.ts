import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import type { TransactionSql } from "postgres";
import {
  addOrders,
  and,
  claim,
  claimed,
  createWorld,
  evaluateAll,
  is,
  issues,
  quiet,
  refused,
  saveBlock,
  saveRule,
  settle,
} from "../support/mod.ts";

const readsNote = { condition: and(is("note", "notNull")) };

Deno.test("open: the write passes, a critical issue is raised, audit shows the gap and a sweep is queued", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql, readsNote);
  await quiet(sql);
  await sql`alter table shop.orders drop column note`;
  await world.as("member", (own) => own`insert into shop.orders (id, org_id) values ('1', 'acme')`);
  assertEquals((await sql`select id from shop.orders`).length, 1);
  await sql`select governance_private.drain()`;
  const [issue] = await issues(sql);
  assertEquals([issue!.rule_key, issue!.severity, issue!.status], [
    "system-column-lost",
    "high",
    "open",
  ]);
  const [gap] = await sql`select operation, after from governance.audit_events where operation = 'gap'`;
  assertEquals([gap!.after.stage, gap!.after.sqlstate], ["block", "42703"]);
  assertEquals((await sql`select reason from governance.runs`)[0]!.reason, "governance failed");
});

Deno.test("open: what a broken capture let by is found by the sweep, which closes the issue", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await sql`alter table governance_private.change_queue add constraint broken check (entity_type <> 'purchase')`;
  await addOrders(sql, { id: "1" });
  await sql`alter table governance_private.change_queue drop constraint broken`;
  const batch = await claimed(world);
  assertEquals(batch.records.map(({ key, event_id }) => [key, event_id]), [["1", null]]);
  await sql`update governance_private.record_leases set expires_at = now() - interval '1 second'`;
  await settle(world);
  const [issue] = await issues(sql);
  assertEquals([issue!.rule_key, issue!.status], ["system-governance-failed", "fixed"]);
});

Deno.test("open: writes that fail at the same time do not wait for each other, and one issue tells of them", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await saveRule(sql, {
    rule_key: "one-note",
    kind: "unique",
    dimension: "uniqueness",
    enforcement: "block",
    condition: { fields: [{ field: "note" }] },
    message: "The note is taken.",
  });
  await addOrders(sql, { id: "0" });
  await sql`alter table governance_private.unique_keys add constraint broken check (false) not valid`;
  await sql.begin(async (first) => {
    await first`update shop.orders set note = 'a' where id = '0'`;
    await sql.begin(async (second) => {
      await second`set local lock_timeout = '100ms'`;
      await second`insert into shop.orders (id, org_id, note) values ('1', 'acme', 'b')`;
    });
  });
  await sql`alter table governance_private.unique_keys drop constraint broken`;
  await evaluateAll(world);
  const failed = (await issues(sql)).filter((issue) => issue["rule_key"] === "system-governance-failed");
  assertEquals(failed.map((issue) => issue["status"]), ["fixed"]);
  const keys = await sql`select record_key from governance_private.unique_keys order by 1`;
  assertEquals(keys.map(({ record_key }) => record_key), ["0", "1"], "the keys are made anew");
});

Deno.test("failures of two entities are told of beside a transaction that changes the rules of both", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const rules = [
    await saveRule(sql),
    await saveRule(sql, {
      rule_key: "has-name",
      entity_type: "customer",
      condition: and(is("name", "notNull")),
    }),
  ];
  await quiet(sql);
  await sql`select governance_private.report_failure(e, 'capture', 'XX000', 'broken') from unnest(array['customer', 'purchase']) e`;
  const change = (own: TransactionSql, id: string | undefined) =>
    own`update governance.data_quality_rules set severity = 'low' where id = ${id!}`;
  let told: Promise<unknown> | undefined;
  await sql.begin(async (own) => {
    await change(own, rules[0]);
    told = claim(world);
    await delay(300);
    await change(own, rules[1]);
  });
  await told;
  await evaluateAll(world);
  const failed = (await issues(sql)).filter((issue) => issue["rule_key"] === "system-governance-failed");
  assertEquals(failed.map((issue) => [issue["entity_type"], issue["status"]]).sort(), [
    ["customer", "fixed"],
    ["purchase", "fixed"],
  ]);
});

Deno.test("closed: the write is refused with an error that says what failed", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`select governance.register_entity('purchase', 'shop.orders', null, 'owner_user_id', p_on_failure => 'closed')`;
  await sql`alter table governance_private.change_queue add constraint broken check (entity_type <> 'purchase')`;
  const { state, detail, message } = await refused(addOrders(sql, { id: "1", amount: "1" }));
  assertEquals([state, detail.code, detail.stage], ["PT503", "governance-failed", "capture"]);
  assertStringIncludes(message, "broken");
  assertEquals((await sql`select id from shop.orders`).length, 0);
});

Deno.test("closed: a dropped column refuses writes only until the drain has noticed it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`select governance.register_entity('purchase', 'shop.orders', p_on_failure => 'closed')`;
  await saveBlock(sql, readsNote);
  await sql`alter table shop.orders drop column note`;
  const write = () => sql`insert into shop.orders (id, org_id) values ('1', 'acme')`;
  assertEquals((await refused(write())).state, "PT503");
  await sql`select governance_private.drain()`;
  await write();
});

Deno.test("a failure that is the write's own, such as a lock timeout, is not taken for ours", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  const other = world.database.connect();
  await sql.begin(async (own) => {
    await own`lock table governance.data_quality_rules, governance_private.change_queue in access exclusive mode`;
    const { state } = await refused(other.begin(async (second) => {
      await second`set local lock_timeout = '100ms'`;
      await second`insert into shop.orders (id, org_id, amount) values ('1', 'acme', 1)`;
    }));
    assertEquals(state, "55P03");
  });
  assert(
    (await sql`select 1 from governance.audit_events where operation = 'gap' and after ->> 'stage' = 'capture'`)
      .length === 0,
  );
});
