import { assertEquals } from "@std/assert";
import {
  addCustomers,
  addOrders,
  and,
  type Caller,
  createWorld,
  is,
  refused,
  saveBlock,
  saveRule,
  type World,
} from "../support/mod.ts";

const harsh = {
  rule_key: "amount-positive",
  org_id: "acme",
  entity_type: "purchase",
  dimension: "validity",
  enforcement: "block",
  status: "active",
  message: "{amount} is not positive.",
  condition: and(is("amount", ">", "0")),
};

const save = (world: World, rule: unknown, reason: string | null = null, caller: Caller = "admin") =>
  world.as(caller, async (own) => {
    const [row] = await own`select governance.save_rule(${own.json(rule as never)}, ${reason}) as saved`;
    return row!.saved;
  });
const check = (world: World, rule: unknown, caller: Caller = "steward") =>
  world.as(
    caller,
    async (own) => (await own`select governance.check_rule(${own.json(rule as never)}) as said`)[0]!.said,
  );
const codes = (said: { warnings: { code: string; certainty: string }[] }) =>
  said.warnings.map(({ code, certainty }) => `${code} ${certainty}`);

async function orders(world: World, wrong: number, right: number) {
  await addOrders(
    world.sql,
    ...Array.from({ length: wrong }, (_, n) => ({ id: `w${n}`, amount: "-1" })),
    ...Array.from({ length: right }, (_, n) => ({ id: `r${n}`, amount: "1" })),
  );
}

Deno.test("a block rule that most records violate is refused from every editor, and saved with a reason that stays", async () => {
  await using world = await createWorld();
  const { sql } = world;
  await orders(world, 11, 9);
  const refusal = await refused(save(world, harsh));
  assertEquals([refusal.state, refusal.detail.code, refusal.detail.violations, refusal.detail.applies], [
    "PT422",
    "rule-harsh",
    11,
    20,
  ]);
  assertEquals((await refused(saveBlock(sql, harsh))).detail.code, "rule-harsh");
  assertEquals((await refused(save(world, harsh, " "))).detail.code, "rule-harsh");
  const saved = await save(world, harsh, "The import is corrected next week.");
  assertEquals([saved.version, codes(saved)], [1, ["most-records-violate known"]]);
  const [first] = await sql`select reason from governance.rule_history where rule_id = ${saved.id}`;
  assertEquals(first!.reason, "The import is corrected next week.");
  // The reason was of that save: nothing lets the next one by.
  assertEquals(
    (await refused(save(world, { id: saved.id, condition: and(is("amount", ">", "5")) }))).detail.code,
    "rule-harsh",
  );
  // No setting insists.
  await refused(world.as("admin", async (own) => {
    await own`select set_config('governance.force', 'true', true)`;
    await own`update governance.data_quality_rules set condition = ${
      own.json(and(is("amount", ">", "5")) as never)
    } where id = ${saved.id}`;
  }));
});

Deno.test("half of the records, an issue rule, a shadow, or too few records to tell are no reason to refuse", async () => {
  await using world = await createWorld();
  await orders(world, 8, 1);
  await save(world, { ...harsh, rule_key: "few" });
  await orders2(world);
  for (const more of [{ enforcement: "issue" }, { status: "shadow" }, { status: "draft" }]) {
    await save(world, { ...harsh, rule_key: `harsh-${Object.values(more)[0]}`, ...more });
  }
  const draft =
    (await world.sql`select id from governance.data_quality_rules where rule_key = 'harsh-draft'`)[0]!.id;
  assertEquals((await refused(save(world, { id: draft, status: "active" }))).detail.code, "rule-harsh");
  await world.sql`update shop.orders set amount = 1 where id like 'm%' and id > 'm2'`;
  await save(world, { id: draft, status: "active" });
});

async function orders2(world: World) {
  await world.sql`delete from governance.data_quality_rules where rule_key = 'few'`;
  await world
    .sql`insert into shop.orders (id, org_id, amount) select 'm' || n, 'acme', -1 from generate_series(1, 40) n`;
}

Deno.test("only the records that the rule holds for and applies to are looked at", async () => {
  await using world = await createWorld();
  await orders(world, 20, 0);
  await world.sql`update shop.orders set org_id = 'globex'`;
  await save(world, harsh);
  await world.sql`delete from governance.data_quality_rules where rule_key = 'amount-positive'`;
  await world.sql`update shop.orders set org_id = 'acme'`;
  const saved = await save(world, { ...harsh, applies_when: and(is("status", "=", "won")) });
  assertEquals(codes(saved), ["applies-to-nothing known"]);
});

Deno.test("what a bounded look cannot tell is unknown, not fine", async () => {
  await using world = await createWorld();
  const { sql } = world;
  assertEquals(codes(await check(world, harsh)), ["applies-to-nothing unknown"]);
  await addCustomers(sql, { id: "1", name: "12" });
  const phone = {
    ...harsh,
    entity_type: "customer",
    enforcement: "issue",
    timing: "async",
    message: "No.",
    condition: and(is("name", "isPhone")),
  };
  assertEquals(codes(await check(world, phone)), ["applies-to-nothing unknown"]);
  await sql`insert into shop.orders (id, org_id, amount, note) select n::text, 'acme', 1, repeat('x', 1500) from generate_series(1, 4000) n`;
  assertEquals(codes(await check(world, { ...harsh, applies_when: and(is("status", "=", "won")) })), [
    "applies-to-nothing unknown",
  ]);
  assertEquals(codes(await check(world, harsh)), []);
  assertEquals(
    codes(await check(world, { ...harsh, kind: "unique", condition: { fields: [{ field: "status" }] } })),
    [
      "most-records-violate unknown",
    ],
  );
});

const fix = (rule_key: string, when: unknown, steps: unknown[]) => ({
  rule_key,
  org_id: "acme",
  entity_type: "purchase",
  dimension: "consistency",
  enforcement: "fix",
  timing: "async",
  status: "active",
  message: "Wrong.",
  applies_when: when,
  condition: null,
  fix: steps,
});
const set = (field: string, value: string) => ({ step: "set", field, value });

Deno.test("fix rules that undo each other are named, although no record shows it yet", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1", status: "new" });
  await save(world, fix("open-it", and(is("status", "=", "closed")), [set("status", "open")]));
  const { warnings } = await save(
    world,
    fix("close-it", and(is("status", "=", "open")), [set("status", "closed")]),
  );
  assertEquals(warnings.map((warning: Record<string, string>) => warning.code), [
    "fixes-chase",
    "applies-to-nothing",
  ]);
  assertEquals(
    warnings[0].message,
    'The fix rules "close-it" and "open-it" chase each other: each would change again what another has set. Nothing of theirs would be applied.',
  );
});

Deno.test("fix rules that feed each other in a circle of three are named", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1", status: "a" });
  await save(world, fix("a-to-b", and(is("status", "=", "a")), [set("status", "b"), set("note", "x")]));
  await save(world, fix("b-to-c", and(is("note", "=", "x")), [set("status", "c"), set("note", "y")]));
  const saved = await save(
    world,
    fix("c-to-a", and(is("note", "=", "y"), is("status", "=", "c")), [set("status", "a")]),
  );
  assertEquals(codes(saved).slice(0, 1), ["fixes-chase known"]);
  assertEquals(saved.warnings[0].message.includes('"c-to-a", "a-to-b" and "b-to-c"'), true);
});

Deno.test("fix rules of one field that come to rest on the sample are unknown, and those that share nothing are fine", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, { id: "1", note: " A " });
  const normalize = (field: string, using: string) => [{ step: "normalize", field, using }];
  await save(world, fix("trim-note", null, normalize("note", "trim")));
  const lower = await save(world, fix("lower-note", null, normalize("note", "lower")));
  assertEquals(codes(lower), ["fixes-chase unknown"]);
  assertEquals(codes(await save(world, fix("trim-status", null, normalize("status", "trim")))), []);
  // Without an SQL form it cannot be tried.
  const name = await save(world, fix("name-note", null, normalize("note", "title_case_name")));
  assertEquals(name.warnings[0].message.endsWith("Whether they chase each other is not known."), true);
});

Deno.test("saving changes what is given and nothing else, and takes the rights of an admin", async () => {
  await using world = await createWorld();
  const id = await saveRule(world.sql, { org_id: "acme", severity: "high" });
  const saved = await save(world, { id, message: "Other." });
  const [row] = await world
    .sql`select version, severity, message, enforcement from governance.data_quality_rules where id = ${id}`;
  assertEquals([saved.version, { ...row }], [2, {
    version: 2,
    severity: "high",
    message: "Other.",
    enforcement: "issue",
  }]);
  assertEquals(
    (await save(world, { rule_key: "order-has-amount", org_id: "acme", severity: "low" })).version,
    3,
  );
  for (const caller of ["member", "steward"] as const) {
    assertEquals((await refused(save(world, { id, severity: "critical" }, null, caller))).state, "PT403");
  }
  assertEquals((await refused(save(world, { id, severity: "low" }, null, "outsider"))).state, "PT404");
  assertEquals((await refused(save(world, { ...harsh, rule_key: "other" }, null, "steward"))).state, "42501");
  assertEquals((await refused(check(world, harsh, "member"))).state, "PT403");
  assertEquals(
    (await refused(save(world, { ...harsh, condition: and(is("gone", "null")) }))).detail.code,
    "rule-invalid",
  );
});
