import { assertEquals, assertStringIncludes } from "@std/assert";
import { and, createWorld, is, refused, type RuleInput, saveRule } from "../support/mod.ts";

/** What is wrong with a rule: its part, where the fault is, and words of the fault. */
const faulty: [name: string, rule: RuleInput, at: string, words: string][] = [
  ["an unknown entity", { entity_type: "unicorn" }, "/entity_type", '"unicorn"'],
  ["an unknown field", { condition: and(is("amout", "notNull")) }, "/condition/rules/0/field", '"amout"'],
  [
    "an unknown field at the end of a path",
    { condition: and(is("customer.stat", "notNull")) },
    "/condition/rules/0/field",
    "customer.stat",
  ],
  [
    "an unknown relation",
    { condition: and(is("supplier.name", "notNull")) },
    "/condition/rules/0/field",
    "supplier.name",
  ],
  [
    "a path with an empty step",
    { condition: and(is("customer..name", "notNull")) },
    "/condition/rules/0/field",
    "customer..name",
  ],
  [
    "a path that begins with a dot",
    { condition: and(is(".amount", "notNull")) },
    "/condition/rules/0/field",
    ".amount",
  ],
  ["an unknown operator", { condition: and(is("amount", "~*", "1")) }, "/condition/rules/0/operator", '"~*"'],
  [
    "SQL as an operator",
    { condition: and(is("amount", "= 1 or 1 =", "1")) },
    "/condition/rules/0/operator",
    "= 1 or 1 =",
  ],
  [
    "a text for a number",
    { condition: and(is("amount", ">", "many")) },
    "/condition/rules/0/value",
    '"many"',
  ],
  ["infinity", { condition: and(is("amount", ">", "Infinity")) }, "/condition/rules/0/value", '"Infinity"'],
  [
    "a number with an exponent",
    { condition: and(is("amount", ">", "1e3")) },
    "/condition/rules/0/value",
    '"1e3"',
  ],
  [
    "a number of sixteen digits that is no string",
    { condition: and(is("amount", ">", 1234567890123456)) },
    "/condition/rules/0/value",
    "15 digits",
  ],
  ["a number for a text", { condition: and(is("note", "=", 5)) }, "/condition/rules/0/value", "5"],
  [
    "a date that is none",
    { condition: and(is("due_on", "<", "2026-02-30")) },
    "/condition/rules/0/value",
    "2026-02-30",
  ],
  [
    "a date in another form",
    { condition: and(is("due_on", "<", "23.11.2026")) },
    "/condition/rules/0/value",
    "23.11.2026",
  ],
  [
    "a moment without zone",
    { condition: and(is("paid_at", "<", "2026-11-23T10:00:00")) },
    "/condition/rules/0/value",
    "2026-11-23T10:00:00",
  ],
  ["a missing value", { condition: and(is("amount", ">")) }, "/condition/rules/0/value", "missing"],
  [
    "a text operator on a number",
    { condition: and(is("amount", "contains", "1")) },
    "/condition/rules/0/operator",
    "number",
  ],
  [
    "a comparison of what can only be there",
    { condition: and(is("tags", "=", "x")) },
    "/condition/rules/0/operator",
    "other",
  ],
  [
    "an order of booleans",
    { entity_type: "customer", condition: and(is("is_active", "<", true)) },
    "/condition/rules/0/operator",
    "boolean",
  ],
  [
    "fields of two classes",
    { condition: and(is("amount", "=", "note", "field")) },
    "/condition/rules/0/value",
    "class number",
  ],
  [
    "an unknown field on the right",
    { condition: and(is("amount", "=", "sum", "field")) },
    "/condition/rules/0/value",
    '"sum"',
  ],
  [
    "an unknown source of values",
    { condition: and(is("amount", "=", "1", "query")) },
    "/condition/rules/0/valueSource",
    '"query"',
  ],
  [
    "a comma string for a list",
    { condition: and(is("status", "in", "a,b")) },
    "/condition/rules/0/value",
    "list",
  ],
  [
    "a null in a list",
    { condition: and(is("status", "in", ["a", null])) },
    "/condition/rules/0/value",
    "missing",
  ],
  [
    "a single bound",
    { condition: and(is("amount", "between", ["1"])) },
    "/condition/rules/0/value",
    "two bounds",
  ],
  [
    "reversed bounds",
    { condition: and(is("amount", "between", ["10", "9"])) },
    "/condition/rules/0/value",
    "reversed",
  ],
  [
    "reversed bounds of notBetween",
    { condition: and(is("due_on", "notBetween", ["2026-02-01", "2026-01-01"])) },
    "/condition/rules/0/value",
    "reversed",
  ],
  [
    "an empty text to look for",
    { condition: and(is("note", "contains", "")) },
    "/condition/rules/0/value",
    "empty",
  ],
  [
    "an unknown reference set",
    { condition: and(is("note", "inReference", "planets")) },
    "/condition/rules/0/value",
    '"planets"',
  ],
  ["an empty group", { condition: and() }, "/condition/rules", "at least one"],
  [
    "an empty group inside",
    { condition: and(is("amount", "notNull"), and()) },
    "/condition/rules/1/rules",
    "at least one",
  ],
  [
    "another combinator",
    { condition: { combinator: "xor", rules: [is("amount", "notNull")] } },
    "/condition/combinator",
    '"and" or "or"',
  ],
  [
    "a combinator in capitals",
    { condition: { combinator: "AND", rules: [is("amount", "notNull")] } },
    "/condition/combinator",
    '"and" or "or"',
  ],
  ["a muted group", { condition: { ...and(is("amount", "notNull")), muted: true } }, "/condition", '"muted"'],
  [
    "a muted comparison",
    { condition: and({ ...is("amount", "notNull"), muted: true }) },
    "/condition/rules/0",
    '"muted"',
  ],
  [
    "an unknown key",
    { condition: and({ ...is("amount", "notNull"), sql: "true" }) },
    "/condition/rules/0",
    '"sql"',
  ],
  ["a group that is a text", { condition: "amount > 0" }, "/condition", "group is an object"],
  [
    "a fault in applies_when",
    { applies_when: and(is("nope", "null")) },
    "/applies_when/rules/0/field",
    '"nope"',
  ],
  ["no condition", { condition: null }, "/condition", "needs a condition"],
  ["a block that waits", { enforcement: "block", timing: "async" }, "/timing", "block goes with write"],
  ["a block by schedule", { enforcement: "block", timing: "schedule" }, "/timing", "block goes with write"],
  [
    "a unique rule whose issues open in the write",
    { kind: "unique", timing: "write", condition: { fields: [{ field: "note" }] } },
    "/timing",
    "after the write",
  ],
  [
    "a unique rule that follows a path to its records",
    {
      kind: "unique",
      applies_when: and(is("customer.name", "notNull")),
      condition: { fields: [{ field: "note" }] },
    },
    "/applies_when",
    "own columns",
  ],
  ["a unique rule without fields", { kind: "unique", condition: and() }, "/condition", '"fields"'],
  ["a reference rule without relation", { kind: "reference", condition: and() }, "/condition", '"relation"'],
  ["a fix without steps", { enforcement: "fix" }, "/fix", "at least one fix step"],
  ["an empty list of steps", { fix: [] }, "/fix", "at least one step"],
  ["a placeholder of an unknown field", { message: "No {amout}." }, "/message", "{amout}"],
  ["an empty placeholder", { message: "No {}." }, "/message", "{}"],
  ["an unknown step", { fix: [{ step: "guess", field: "note" }] }, "/fix/0/step", '"guess"'],
  ["a step that is no object", { fix: ["trim"] }, "/fix/0/step", "fix step"],
  ["a step without field", { fix: [{ step: "normalize", using: "trim" }] }, "/fix/0/field", "column"],
  [
    "a step on another record",
    { fix: [{ step: "set", field: "customer.name", value: "x" }] },
    "/fix/0/field",
    "customer.name",
  ],
  ["a step on the key", { fix: [{ step: "set", field: "id", value: "x" }] }, "/fix/0/field", "key"],
  [
    "an unknown normalizer",
    { fix: [{ step: "normalize", field: "note", using: "shout" }] },
    "/fix/0/using",
    '"shout"',
  ],
  [
    "a normalizer on a number",
    { fix: [{ step: "normalize", field: "amount", using: "trim" }] },
    "/fix/0/field",
    "number",
  ],
  [
    "an unknown mapping",
    { fix: [{ step: "map", field: "note", using: "zodiac" }] },
    "/fix/0/using",
    '"zodiac"',
  ],
  [
    "a nearest of no set",
    { fix: [{ step: "nearest", field: "note", in: "planets" }] },
    "/fix/0/in",
    '"planets"',
  ],
  ["a copy from nowhere", { fix: [{ step: "copy", field: "note" }] }, "/fix/0/from", "field"],
  [
    "a copy of another class",
    { fix: [{ step: "copy", field: "note", from: "amount" }] },
    "/fix/0/from",
    "class",
  ],
  [
    "a set to a value of another class",
    { fix: [{ step: "set", field: "amount", value: "much" }] },
    "/fix/0/value",
    '"much"',
  ],
];

Deno.test("saving refuses each fault, names where it is, and saves nothing", async (t) => {
  await using world = await createWorld();
  for (const [name, rule, at, words] of faulty) {
    await t.step(name, async () => {
      const { state, message, detail } = await refused(saveRule(world.sql, { rule_key: "faulty", ...rule }));
      assertEquals([state, detail.code], ["PT422", "rule-invalid"]);
      const fault = detail.faults.find((each: { at: string }) => each.at === at);
      assertStringIncludes(fault?.message ?? JSON.stringify(detail.faults), words);
      assertStringIncludes(message, 'The rule "faulty" cannot be saved');
    });
  }
  const [left] = await world
    .sql`select count(*)::int from governance.data_quality_rules where rule_key = 'faulty'`;
  assertEquals(left!.count, 0);
});

Deno.test("one error names every fault of a rule at once", async () => {
  await using world = await createWorld();
  const { detail } = await refused(saveRule(world.sql, {
    enforcement: "block",
    timing: "async",
    applies_when: and(is("nope", "null")),
    condition: and(is("amount", "=", "x"), and(), is("note", "matches", "(?=x)")),
    message: "{gone}",
    fix: [{ step: "set", field: "amount", value: "x" }, { step: "guess", field: "note" }],
  }));
  assertEquals(detail.faults.map((fault: { at: string }) => fault.at), [
    "/timing",
    "/applies_when/rules/0/field",
    "/condition/rules/0/value",
    "/condition/rules/1/rules",
    "/condition/rules/2/value",
    "/fix/0/value",
    "/fix/1/step",
    "/message",
  ]);
});

const outsideTheGrammar = [
  "",
  "(?i)a",
  "(?=a)",
  "a*?",
  "a+?",
  "a**",
  "\\bword",
  "(a)\\1",
  "[a",
  "(a",
  "a)",
  "a|",
  "|a",
  "()",
  "*a",
  "a{2,1}",
  "a{256}",
  "a{",
  "[]",
  "[[:alpha:]]",
  "\\p{L}",
  "\\x41",
  "(a{100}){100}",
  "]",
  "}",
  "[z-a]",
  "\\",
];

Deno.test("a pattern outside the grammar is refused", async (t) => {
  await using world = await createWorld();
  for (const pattern of outsideTheGrammar) {
    await t.step(JSON.stringify(pattern), async () => {
      const { detail } = await refused(
        saveRule(world.sql, { condition: and(is("note", "matches", pattern)) }),
      );
      assertEquals(detail.faults[0].at, "/condition/rules/0/value");
    });
  }
});

Deno.test("a bad rule key and a system key are refused", async () => {
  await using world = await createWorld();
  for (const rule_key of ["Has Capitals", "system-mine", "a--b", "a".repeat(81)]) {
    const { state } = await refused(saveRule(world.sql, { rule_key }));
    assertEquals(state, "23514", rule_key);
  }
});

Deno.test("a rule cannot use another organization's reference set, nor a shared rule an organization's", async () => {
  await using world = await createWorld();
  await world
    .sql`insert into governance.reference_sets (set_key, org_id, description) values ('ours', 'acme', 'Ours.')`;
  const rule = (org_id: string | null) => ({
    rule_key: "known-note",
    org_id,
    condition: and(is("note", "inReference", "ours")),
  });
  for (const org_id of ["globex", null]) {
    const { message } = await refused(saveRule(world.sql, rule(org_id)));
    assertEquals(message.includes('the reference set "ours" belongs to another organization'), true);
  }
  await saveRule(world.sql, rule("acme"));
});
