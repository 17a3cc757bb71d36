import { assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import {
  addOrders,
  type Caller,
  createWorld,
  evaluateAll,
  issues,
  openIssues,
  people,
  quiet,
  refused,
  saveBlock,
  saveRule,
  type World,
} from "../support/mod.ts";

interface Waiver {
  caller?: Caller;
  org?: string;
  rule?: string;
  scope?: string;
  reason?: string;
  hours?: number;
  record?: string | null;
  source?: string | null;
  actor?: string | null;
}

async function grant(world: World, waiver: Waiver = {}): Promise<string> {
  const {
    caller = "steward",
    org = "acme",
    rule = "order-has-amount",
    scope = "rule",
    reason = "Agreed.",
    hours = 1,
  } = waiver;
  const { record = null, source = null, actor = null } = waiver;
  return await world.as(caller, async (sql) => {
    const [row] = await sql`select governance.grant_waiver(${org}, ${rule}, ${scope}, ${reason},
      now() + make_interval(hours => ${hours}), ${record}, ${source}, ${actor}) as id`;
    return row!.id;
  });
}

const expire = (sql: Sql) =>
  sql`update governance.waivers set granted_at = now() - interval '2 days', expires_at = now() - interval '1 second'`;

Deno.test("a waiver of a record binds the write, and bites again the moment it expires", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await grant(world, { scope: "record", record: "1" });
  await addOrders(sql, { id: "1" });
  await refused(addOrders(sql, { id: "2" }));
  await sql`update shop.orders set amount = 1 where id = '1'`;
  await sql`update shop.orders set amount = null where id = '1'`;
  await sql`update shop.orders set amount = 1 where id = '1'`;
  await expire(sql);
  await refused(sql`update shop.orders set amount = null where id = '1'`);
});

Deno.test("a waiver of a rule binds every execution of it, in its organization alone", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await saveRule(sql, { rule_key: "in-the-write", timing: "write" });
  await saveRule(sql, { rule_key: "after" });
  await grant(world);
  await grant(world, { rule: "in-the-write" });
  await grant(world, { rule: "after" });
  await quiet(sql);
  await addOrders(sql, { id: "1" });
  await refused(addOrders(sql, { id: "2", org_id: "globex" }));
  await evaluateAll(world);
  await sql`select governance.sweep('purchase')`;
  await evaluateAll(world);
  assertEquals(await issues(sql), []);
  await expire(sql);
  await refused(addOrders(sql, { id: "3" }));
  assertEquals((await sql`select governance_private.end_waivers() as n`)[0]!.n, 3);
  await evaluateAll(world);
  assertEquals(await openIssues(world), ["after:1", "in-the-write:1", "order-has-amount:1"]);
  assertEquals((await sql`select governance_private.end_waivers() as n`)[0]!.n, 0);
});

Deno.test("granting closes the issues it covers as not applicable, revoking lets them appear again", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await addOrders(sql, { id: "1" }, { id: "2" });
  await evaluateAll(world);
  const id = await grant(world, { scope: "record", record: "1" });
  const states = async () =>
    (await issues(sql)).map(({ record_key, status, resolution }) => [record_key, status, resolution]);
  assertEquals(await states(), [["1", "fixed", "not_applicable"], ["2", "open", null]]);
  await sql`update shop.orders set note = 'x'`;
  await evaluateAll(world);
  assertEquals(await states(), [["1", "fixed", "not_applicable"], ["2", "open", null]]);
  await world.as("admin", (own) => own`select governance.revoke_waiver(${id}, 'No longer.')`);
  await evaluateAll(world);
  assertEquals(await states(), [["1", "open", null], ["2", "open", null]]);
  const events = await sql`select operation, actor, after ->> 'revoked_reason' as reason
    from governance.audit_events where entity_type = 'governance_waiver' order by id`;
  assertEquals(events.map((row) => Object.values(row)), [["insert", people.steward, null], [
    "update",
    people.admin,
    "No longer.",
  ]]);
});

for (
  const [scope, waiver, granted, other] of [
    ["source", { source: "import" }, "colleague", "member"],
    ["actor", { actor: people.member }, "member", "colleague"],
    ["organization", {}, "member", null],
  ] as const
) {
  Deno.test(`a write of a waived ${scope} passes, and a sweep says the same of it as evaluate: an issue`, async () => {
    await using world = await createWorld();
    const { sql } = world;
    await sql`insert into governance.source_systems (source_key, org_id, label, user_id) values ('import', 'acme', 'Import', ${people.colleague})`;
    await saveBlock(sql);
    await grant(world, { scope, ...waiver });
    await quiet(sql);
    const write = (caller: Caller, id: string) =>
      world.as(caller, (own) => own`insert into shop.orders (id, org_id) values (${id}, 'acme')`);
    await write(granted, "1");
    if (other !== null) assertEquals((await refused(write(other, "2"))).detail.code, "blocked");
    await evaluateAll(world);
    assertEquals(await openIssues(world), ["order-has-amount:1"]);
    await sql`delete from governance.data_quality_issues`;
    await sql`select governance.sweep('purchase')`;
    await evaluateAll(world);
    assertEquals(await openIssues(world), ["order-has-amount:1"]);
    await expire(sql);
    await refused(write(granted, "3"));
  });
}

Deno.test("a source cannot be claimed by a setting", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveBlock(sql);
  await grant(world, { scope: "source", source: "import" });
  await refused(world.as("member", async (own) => {
    await own`select set_config('governance.source', 'import', true), set_config('request.headers', '{"x-source": "import"}', true)`;
    await own`insert into shop.orders (id, org_id) values ('1', 'acme')`;
  }));
});

Deno.test("a fix rule corrects nothing that is waived, in the write or after it", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const fix = [{ step: "normalize", field: "note", using: "trim" }];
  const tidy = { enforcement: "fix", condition: null, message: "Blanks.", fix };
  await saveRule(sql, { ...tidy, rule_key: "tidy-write", timing: "write" });
  await saveRule(sql, {
    ...tidy,
    rule_key: "tidy-status",
    fix: [{ step: "normalize", field: "status", using: "trim" }],
  });
  for (const rule of ["tidy-write", "tidy-status"]) {
    await grant(world, { rule, scope: "record", record: "1" });
  }
  await addOrders(sql, { id: "1", note: " a ", status: " b " }, { id: "2", note: " a ", status: " b " });
  await evaluateAll(world);
  const rows = await sql`select note, status from shop.orders order by id`;
  assertEquals(rows.map((row) => Object.values(row)), [[" a ", " b "], ["a", "b"]]);
});

Deno.test("a backtest says what is waived", async () => {
  await using world = await createWorld();
  const { sql } = world;
  const id = await saveRule(sql);
  await grant(world, { scope: "record", record: "1" });
  await addOrders(sql, { id: "1" }, { id: "2" }, { id: "3", amount: "1" });
  const [row] = await sql`select governance.backtest_rule(${sql.json({ id })}, 'acme') as result`;
  const { current, replay } = row!.result;
  assertEquals([current.violations, current.waived, replay.violations, replay.waived], [1, 1, 1, 1]);
  const keys = await sql`select k from governance.backtest_keys(${sql.json({ id })}, 'acme') k`;
  assertEquals(keys.map(({ k }) => k), ["2"]);
});

Deno.test("only stewards and admins grant and revoke, with a reason, an end, and of a rule that holds for them", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await saveRule(sql);
  await saveRule(sql, { rule_key: "theirs", org_id: "globex" });
  for (const caller of ["viewer", "member", "outsider", "nobody"] as const) {
    assertEquals((await refused(grant(world, { caller }))).state, "PT403", caller);
  }
  for (
    const bad of [
      { reason: " " },
      { hours: -1 },
      { scope: "everything" },
      { scope: "record" },
      { scope: "actor" },
    ]
  ) assertEquals((await refused(grant(world, bad))).state, "PT422");
  const endless =
    sql`select governance.grant_waiver('acme', 'order-has-amount', 'rule', 'For ever.', 'infinity')`;
  assertEquals((await refused(endless)).state, "PT422");
  assertEquals((await refused(grant(world, { rule: "theirs" }))).state, "PT404");
  const id = await grant(world, { caller: "admin", reason: " A tender. " });
  const [waiver] =
    await sql`select granted_by, granted_role, reason, expires_at > now() as ends from governance.waivers where id = ${id}`;
  assertEquals({ ...waiver }, {
    granted_by: people.admin,
    granted_role: "authenticated",
    reason: "A tender.",
    ends: true,
  });
  const revoke = (caller: Caller, reason = "No.") =>
    world.as(caller, (own) => own`select governance.revoke_waiver(${id}, ${reason})`);
  assertEquals((await refused(revoke("outsider"))).state, "PT404");
  assertEquals((await refused(revoke("member"))).state, "PT403");
  assertEquals((await refused(revoke("steward", " "))).state, "PT422");
  await revoke("steward");
  assertEquals((await refused(revoke("steward"))).state, "PT409");
});
