import { assert, assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  apply,
  type Batch,
  claim,
  claimed,
  createWorld,
  evaluate,
  evaluateAll,
  is,
  issues,
  openIssues,
  people,
  queued,
  quiet,
  refused,
  saveRule,
  verdict,
  violation,
  type World,
} from "../support/mod.ts";

const keys = (batch: Batch | null) => batch?.records.map(({ key }) => key).sort() ?? [];

async function expire({ sql }: World): Promise<void> {
  await sql`update governance_private.record_leases set expires_at = clock_timestamp() - interval '1 second' where lease_id is not null`;
  await sql`update governance_private.queue_settings set backoff_seconds = 0`;
}

Deno.test("a batch brings each record's fields, the rules, the classes and what the rules look up", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.reference_sets (set_key, description, case_sensitive) values ('states', 'States.', false)`;
  await sql`insert into governance.reference_values (set_key, value, canonical) values ('states', 'California', null), ('states', 'CA', 'California')`;
  await saveRule(sql, {
    rule_key: "reads-much",
    condition: and(
      is("amount", ">", "1"),
      is("customer.state", "inReference", "states"),
      is("paid_at", "notNull"),
      is("tags", "null"),
    ),
    message: "{customer.is_active}",
  });
  await quiet(sql);
  await addCustomers(sql, { id: "c", state: "ca", is_active: true }, { id: "d", state: "Californa" }, {
    id: "x",
    org_id: "globex",
  });
  await sql`delete from governance_private.change_queue`;
  await addOrders(
    sql,
    { id: "1", amount: "12345678901.50", customer_id: "c", paid_at: "2026-01-01T00:00:00.5+02:00" },
    { id: "2", customer_id: "d" },
    { id: "3", customer_id: "x" },
  );
  const batch = await claimed(world);
  assertEquals([batch.entity_type, batch.lease_seconds, batch.more], ["purchase", 60, false]);
  assertEquals(batch.classes, {
    amount: "number",
    "customer.is_active": "boolean",
    "customer.state": "text",
    paid_at: "instant",
    tags: "other",
  });
  const [one, two, three] = batch.records.toSorted((a, b) => a.key.localeCompare(b.key));
  assertEquals(one!.fields, {
    amount: "12345678901.50",
    "customer.is_active": true,
    "customer.state": "ca",
    paid_at: "2025-12-31T22:00:00.500000Z",
    tags: null,
  });
  assertEquals([one!.org_id, one!.default_country, one!.exists, one!.verify_only, one!.token, one!.undone], [
    "acme",
    "DE",
    true,
    false,
    1,
    [],
  ]);
  assertEquals([two!.dangling, three!.dangling, three!.fields["customer.state"]], [[], ["customer"], null]);
  assertEquals(batch.lookups.states!.acme, {
    ca: { member: true, canonical: "California", case_sensitive: false },
    Californa: { member: false, case_sensitive: false, candidates: ["California"] },
  });
  const [rule] = batch.rules!;
  assertEquals([rule!.rule_key, rule!.org_id, rule!.except_orgs, rule!.enforcement], [
    "reads-much",
    null,
    [],
    "issue",
  ]);
});

Deno.test("what a rule looks up is looked up only for the records that it concerns", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await sql`insert into governance.reference_sets (set_key, description, case_sensitive) values ('states', 'States.', false)`;
  await sql`insert into governance.reference_values (set_key, value) values ('states', 'California')`;
  const looksUp = {
    entity_type: "purchase",
    condition: and(is("note", "inReference", "states")),
    message: "{note}",
  };
  await saveRule(sql, {
    ...looksUp,
    rule_key: "open-in-a-state",
    applies_when: and(is("status", "=", "open")),
  });
  await saveRule(sql, {
    ...looksUp,
    rule_key: "acme-in-a-state",
    org_id: "acme",
    applies_when: and(is("amount", ">", "9")),
  });
  await saveRule(sql, {
    rule_key: "status-is-tidy",
    entity_type: "purchase",
    enforcement: "fix",
    condition: null,
    fix: [{ step: "normalize", field: "status", using: "trim" }],
    message: "{status}",
  });
  await quiet(sql);
  await addOrders(
    sql,
    { id: "1", status: "open", note: "Calfornia" },
    { id: "2", status: "won", note: "Nowhere" },
    { id: "3", status: "won", note: "Elsewhere", amount: "10" },
    { id: "4", status: "won", note: "Anywhere", amount: "10", org_id: "globex" },
    { id: "5", note: "Unknown" },
    { id: "6", status: " open", note: "Somewhere" },
  );
  const batch = await claimed(world);
  const asked = Object.entries(batch.lookups.states ?? {}).flatMap(([org, values]) =>
    Object.keys(values as object).map((value) => `${org} ${value}`)
  );
  assertEquals(asked.toSorted(), ["acme Calfornia", "acme Elsewhere"]);
  // Of the last order a fix makes one that the rule concerns: evaluate asks then.
  await sql`select governance.release_changes(${batch.lease_id})`;
  await evaluateAll(world);
  assertEquals((await openIssues(world)).toSorted(), [
    "acme-in-a-state:3",
    "open-in-a-state:1",
    "open-in-a-state:6",
  ]);
});

Deno.test("rules that the caller knows are not sent again", async () => {
  await using world = await createWorld();
  await saveRule(world.sql);
  await quiet(world.sql);
  await addOrders(world.sql, { id: "1" });
  const first = await claimed(world, 1);
  await addOrders(world.sql, { id: "2" });
  const second = await claim(world, 1, { purchase: first.rules_version });
  assertEquals([second!.rules, second!.classes], [null, null]);
});

Deno.test("several queue rows of one record are claimed and judged once", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  for (const note of ["a", "b", "c"]) await sql`update shop.orders set note = ${note}`;
  const batch = await claimed(world);
  assertEquals(batch.records.map((record) => record.queue_ids.length), [4]);
  await apply(world, batch, batch.records.map((record) => verdict(record)));
  assertEquals((await sql`select from governance_private.change_queue`).length, 0);
});

Deno.test("two evaluators that claim at once share the records and hold none twice", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  for (let n = 0; n < 3; n++) {
    await addOrders(sql, ...Array.from({ length: 20 }, (_, i) => ({ id: `${n}-${i}` })));
  }
  await sql`update shop.orders set note = 'x'`;
  const batches = await Promise.all(Array.from({ length: 4 }, () => claim(world, 7)));
  const all = batches.flatMap((batch) => keys(batch));
  assertEquals(new Set(all).size, all.length);
  assert(all.length > 0);
  while (true) {
    const batch = await claim(world, 7);
    if (batch === null) break;
    all.push(...keys(batch));
  }
  assertEquals(new Set(all).size, all.length);
});

Deno.test("a claim does not wait for a record that another session is just claiming", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  const [first, second] = [world.database.connect(), world.database.connect()];
  await first.begin(async (one) => {
    const [a] = await one`select governance.claim_changes(1) as batch`;
    const [b] = await second`select governance.claim_changes(1) as batch`;
    assertEquals([...keys(a!.batch), ...keys(b!.batch)].sort(), ["1", "2"]);
  });
});

Deno.test("a record that changes while another session is claiming it is not leased twice", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  const [first, second] = [world.database.connect(), world.database.connect()];
  let waiting: Promise<Record<string, unknown>[]>;
  await first.begin(async (one) => {
    const [row] = await one`select governance.claim_changes(1) as batch`;
    assertEquals(keys(row!.batch), ["1"]);
    await sql`update shop.orders set note = 'meanwhile'`;
    waiting = second`select governance.claim_changes(1) as batch`.execute();
    await new Promise((resolve) => setTimeout(resolve, 100));
  });
  assertEquals((await waiting!)[0]!.batch, null);
  assertEquals(
    (await sql`select from governance_private.record_leases where lease_id is not null`).length,
    1,
  );
  assertEquals(await queued(sql), ["1"]);
});

Deno.test("a verdict of a record that changed meanwhile is discarded and the record queued again", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await quiet(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  const batch = await claimed(world);
  await sql`update shop.orders set amount = 5 where id = '1'`;
  const counts = await apply(
    world,
    batch,
    batch.records.map((record) => verdict(record, { violations: [violation(id)] })),
  );
  assertEquals([counts.applied, counts.stale, counts.opened], [1, 1, 1]);
  assertEquals((await issues(sql)).map(({ record_key }) => record_key), ["2"]);
  assertEquals(await queued(sql), ["1"]);
  assertEquals((await claimed(world)).records[0]!.fields.amount, "5.00");
});

Deno.test("a verdict under a lease that was given to somebody else is discarded", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  const late = await claimed(world);
  await expire(world);
  const next = await claimed(world);
  assert(next.records[0]!.token > late.records[0]!.token);
  const judge = (batch: Batch) =>
    apply(world, batch, batch.records.map((record) => verdict(record, { violations: [violation(id)] })));
  assertEquals((await judge(late)).applied, 0);
  assertEquals(await issues(sql), []);
  const forged = { ...next.records[0]!, token: late.records[0]!.token };
  assertEquals((await apply(world, next, [verdict(forged)])).applied, 0, "an old token under the new lease");
});

Deno.test("a heartbeat prolongs a lease, and says when it is lost", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  const { lease_id } = await claimed(world);
  const beat = async () => (await sql`select governance.heartbeat(${lease_id}) as held`)[0]!.held;
  await sql`update governance_private.record_leases set expires_at = clock_timestamp() + interval '1 second'`;
  assertEquals(await beat(), true);
  const [lease] =
    await sql`select expires_at > clock_timestamp() + interval '50 seconds' as long from governance_private.record_leases`;
  assertEquals(lease!.long, true);
  await expire(world);
  assertEquals(await beat(), false);
});

Deno.test("a batch given back untouched is claimed again at once, whole", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await quiet(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  const { lease_id } = await claimed(world);
  assertEquals(await claim(world), null);
  await sql`select governance.release_changes(${lease_id})`;
  assertEquals(keys(await claim(world)), ["1", "2"]);
});

Deno.test("the verdicts of rules that were changed meanwhile release the batch", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  const batch = await claimed(world);
  await sql`update governance.data_quality_rules set severity = 'low' where id = ${id}`;
  const counts = await apply(
    world,
    batch,
    batch.records.map((record) => verdict(record, { violations: [violation(id)] })),
  );
  assertEquals([counts.outdated, counts.applied], [true, 0]);
  assertEquals(await issues(sql), []);
  assertEquals(await queued(sql), ["1"]);
});

Deno.test("applying a verdict twice, and judging the same change twice, changes nothing the second time", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  const batch = await claimed(world);
  const judge = () =>
    apply(world, batch, batch.records.map((record) => verdict(record, { violations: [violation(id)] })));
  await judge();
  const before = await issues(sql);
  assertEquals((await judge()).applied, 0);
  await sql`select governance_private.queue_sweep('purchase', 'again', true)`;
  await evaluate(world, () => ({ violations: [violation(id)] }));
  assertEquals(await issues(sql), before);
  assertEquals((await sql`select from governance.data_quality_issue_events`).length, 1);
});

Deno.test("what the caller sends is checked before anything is touched", async () => {
  await using world = await createWorld();
  for (const limit of [0, -1, 5001, null]) {
    const { state } = await refused(
      world.as("service_role", (own) => own`select governance.claim_changes(${limit})`),
    );
    assertEquals(state, "PT422");
  }
  const bad = [
    "{}",
    "[{}]",
    '[{"key": "1", "token": 1, "queue_ids": [], "fixes": [{"patch": [{"op": "remove", "path": "/a"}]}]}]',
  ];
  for (const verdicts of bad) {
    const { state } = await refused(
      world.as(
        "service_role",
        (own) =>
          own`select governance.apply_verdicts(gen_random_uuid(), 'purchase', '1', ${verdicts}::text::jsonb)`,
      ),
    );
    assertEquals(state, "PT422", verdicts);
  }
});

Deno.test("people cannot reach the queue", async (t) => {
  await using world = await createWorld();
  const lease = people.nobody;
  for (const caller of ["anon", "member", "admin"] as const) {
    for (
      const call of [
        "governance.claim_changes(1)",
        `governance.heartbeat('${lease}')`,
        `governance.release_changes('${lease}')`,
        `governance.fail_changes('${lease}', '{}', '')`,
        `governance.apply_verdicts('${lease}', 'purchase', '1', '[]')`,
        "governance.queue_status()",
        "governance.ring_doorbell()",
      ]
    ) {
      await t.step(`${caller}: ${call}`, async () => {
        assertEquals((await refused(world.as(caller, (own) => own.unsafe(`select ${call}`)))).state, "42501");
      });
    }
  }
});
