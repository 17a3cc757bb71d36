import { assertEquals } from "@std/assert";
import { addOrders, and, createWorld, is, refused } from "../support/mod.ts";
import { exportRules, type FileRule, good, importRules, outcomes, places } from "./support.ts";

const rule = (parts: FileRule): FileRule => ({ ...good, ...parts });
const another = (parts: FileRule): FileRule => rule({ rule_key: "another", ...parts });

const faulty: readonly [what: string, rule: unknown, faults: readonly string[]][] = [
  ["no object", [], [""]],
  ["nothing in it", {}, ["/dimension", "/entity_type", "/message", "/rule_key"]],
  ["a field that rules do not have", another({ owner: 1, Message: "x", id: "x", sentence: "x" }), [
    "/Message",
    "/id",
    "/owner",
    "/sentence",
  ]],
  ["wrong types", another({ message: 1, description: [], due_in: true, version: "1", default_owner: {} }), [
    "/default_owner",
    "/description",
    "/due_in",
    "/message",
    "/version",
  ]],
  ["values that no rule may have", another({ severity: "awful", dimension: "beauty", status: "on" }), [
    "/dimension",
    "/severity",
    "/status",
  ]],
  ["forms", another({ rule_key: "Order", default_owner: "me", due_in: "soon", message: "", version: 0 }), [
    "/default_owner",
    "/due_in",
    "/message",
    "/rule_key",
    "/version",
  ]],
  ["a period that is over before it begins", another({ due_in: "-1 day" }), ["/due_in"]],
  ["a key of the product", another({ rule_key: "system-x" }), ["/rule_key"]],
  ["a key with a line break", another({ rule_key: "order\n" }), ["/rule_key"]],
  ["an organization that there is not", another({ org_id: "nowhere" }), ["/org_id"]],
  ["an entity that there is not", another({ entity_type: "starship" }), ["/entity_type"]],
  ["a condition of no shape", another({ condition: "x" }), ["/condition"]],
  [
    "faults deep in conditions, a fix and a message, beside a field of the wrong type",
    another({
      description: 1,
      applies_when: and(is("status", "="), and(is("nothing", "notNull"))),
      condition: and(is("amount", ">", "many")),
      fix: [{ step: "set", field: "amount", value: "x" }, { step: "pray" }],
      message: "{nobody}",
    }),
    [
      "/applies_when/rules/0/value",
      "/applies_when/rules/1/rules/0/field",
      "/condition/rules/0/value",
      "/description",
      "/fix/0/value",
      "/fix/1/step",
      "/message",
    ],
  ],
  ["a pair that does not go together", another({ enforcement: "block", timing: "async" }), ["/timing"]],
  ["no condition", another({ condition: null }), ["/condition"]],
  ["a fix rule without steps", another({ enforcement: "fix" }), ["/fix"]],
];

Deno.test("each fault of a rule is told with its place, also in a dry run, and nothing is saved", async (t) => {
  await using world = await createWorld();
  for (const [what, wrong, expected] of faulty) {
    await t.step(what, async () => {
      const told = await importRules(world, [good, wrong], { dryRun: true });
      assertEquals(told.faults.map(({ index, at }) => [index, at]).sort(), expected.map((at) => [1, at]));
      const refusal = await refused(importRules(world, [good, wrong]));
      assertEquals([refusal.state, refusal.detail.code], ["PT422", "rule-invalid"]);
      assertEquals(refusal.detail.faults, told.faults);
    });
  }
  assertEquals(
    (await world.sql`select from governance.data_quality_rules where org_id is not null`).count,
    0,
  );
});

Deno.test("a version that is none is a fault of a rule that there is, too", async () => {
  await using world = await createWorld();
  await importRules(world, [good]);
  for (const version of ["abc", 1.5, 3_000_000_000]) {
    const told = await importRules(world, [{ ...good, severity: "low", version }], { dryRun: true });
    assertEquals(places(told.faults), ["0 /version"], String(version));
  }
});

Deno.test("faults of all rules come at once, of rules that stand in two files as well", async () => {
  await using world = await createWorld();
  const told = await importRules(world, [
    rule({ severity: "x" }),
    good,
    rule({ rule_key: "b" }),
    rule({ rule_key: "b", org_id: null, entity_type: "customer" }),
    rule({ rule_key: "c", version: 1 }),
  ], { dryRun: true });
  assertEquals(places(told.faults), [
    "0 /severity",
    "0 /rule_key",
    "1 /rule_key",
    "2 /rule_key",
    "3 /rule_key",
  ]);
  assertEquals(told.rules.filter(({ index }) => index !== null).map(({ outcome }) => outcome), [
    "refused",
    "refused",
    "refused",
    "refused",
    "new",
  ]);
});

Deno.test("what no rule may become is a fault: another entity, another kind", async () => {
  await using world = await createWorld();
  await importRules(world, [good]);
  const told = await importRules(world, [
    rule({ kind: "unique", condition: { fields: [{ field: "status" }] } }),
  ], { dryRun: true });
  assertEquals(places(told.faults), ["0 /kind"]);
  const moved = await importRules(world, [
    rule({ entity_type: "customer", condition: and(is("name", "notNull")) }),
  ], {
    dryRun: true,
  });
  assertEquals(places(moved.faults), ["0 /entity_type", "0 /rule_key"]);
});

Deno.test("what saving would refuse for lack of sense or evidence is told by a dry run, and insisted on with a reason", async () => {
  await using world = await createWorld();
  await addOrders(world.sql, ...Array.from({ length: 12 }, (_, n) => ({ id: `w${n}`, amount: "-1" })));
  const harsh = rule({ rule_key: "harsh", enforcement: "block", condition: and(is("amount", ">", "0")) });
  await importRules(world, [rule({ status: "shadow" })], {}, "admin");
  const rules = [harsh, good];
  const told = await importRules(world, rules, { dryRun: true }, "admin");
  assertEquals(places(told.faults), ["0 /condition rule-harsh", "1 /status evidence-missing"]);
  await refused(importRules(world, rules, {}, "admin"));
  const insisted = await importRules(
    world,
    rules,
    { dryRun: true, reason: "Agreed in the meeting." },
    "admin",
  );
  assertEquals(insisted.rules.flatMap(({ warnings }) => warnings.map(({ code }) => code)), [
    "most-records-violate",
  ]);
  await importRules(world, rules, { reason: "Agreed in the meeting." }, "admin");
  const reasons = await world.sql`
    select distinct reason, is_imported from governance.data_quality_rule_versions v where v.org_id = 'acme' order by 1`;
  assertEquals(reasons.map(({ reason }) => reason), ["Agreed in the meeting.", "Imported from files."]);
  assertEquals((await world.sql`select from governance_private.rule_change_notes`).count, 0);
});

Deno.test("one faulty rule among all that ship keeps every one of them out", async () => {
  await using world = await createWorld();
  const rules = await exportRules(world);
  await world.sql`delete from governance.data_quality_rules`;
  const wrong = rules.findIndex(({ rule_key }) => rule_key === "won-deal-has-amount");
  rules[wrong]!.condition = and(is("nothing", "notNull"));
  const refusal = await refused(importRules(world, rules));
  assertEquals(refusal.detail.faults.map(({ index, at }: { index: number; at: string }) => [index, at]), [
    [wrong, "/condition/rules/0/field"],
  ]);
  assertEquals((await world.sql`select from governance.data_quality_rules`).count, 0);
  assertEquals(outcomes(await importRules(world, rules, { dryRun: true }))["new"], rules.length - 1);
});

Deno.test("what is no list of rules is refused", async () => {
  await using world = await createWorld();
  for (const wrong of [null, {}, "x", 1]) {
    assertEquals((await refused(importRules(world, wrong))).detail.code, "invalid-value");
  }
});
