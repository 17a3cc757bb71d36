import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EvaluationBrokeError } from "../../../shared/errors.ts";
import { and, context, judge, or, record, rule } from "./build.ts";

const nameIsFilled = and({ field: "name", operator: "isFilled" });

Deno.test("a record violates a rule when applies_when is true and the condition false", () => {
  const one = (appliesWhen: unknown, fields: Record<string, string | null>) =>
    judge([rule({ applies_when: appliesWhen, condition: nameIsFilled })], record(fields)).violations.length;
  const whenWon = and({ field: "status", operator: "=", value: "won" });
  assertEquals(one(null, { name: "", status: "won" }), 1);
  assertEquals(one(whenWon, { name: "", status: "won" }), 1);
  assertEquals(one(whenWon, { name: "", status: "lost" }), 0);
  assertEquals(one(whenWon, { name: "", status: null }), 0);
  assertEquals(one(whenWon, { name: "x", status: "won" }), 0);
});

Deno.test("a violation names the rule, its fields, and what was observed", () => {
  const verdict = judge(
    [rule({
      rule_key: "closed-needs-date",
      applies_when: and({ field: "status", operator: "=", value: "won" }),
      condition: or({ field: "closed_on", operator: "notNull" }, {
        field: "account.state",
        operator: "=",
        value: "CA",
      }),
      message: "{name} in {account.state} is {is_active}; {closed_on}",
    })],
    record({ status: "won", closed_on: null, "account.state": "NY", name: "A deal", is_active: true }),
    { closed_on: "date", is_active: "boolean" },
  );
  assertEquals(verdict, {
    key: "r1",
    token: 1,
    event_id: "7",
    queue_ids: ["1"],
    violations: [{
      rule_id: "id-of-closed-needs-date",
      rule_key: "closed-needs-date",
      fields: ["closed_on", "account.state"],
      message: "A deal in NY is true; (blank)",
      observed: { closed_on: null, "account.state": "NY" },
      suggested_fix: null,
    }],
    unevaluated: [],
    fixes: [],
    shadow: [],
    if_unfixed: null,
  });
});

Deno.test("a value that looks like a placeholder stays what it is", () => {
  const message = (template: string, fields: Record<string, string | null>) =>
    judge([rule({ condition: nameIsFilled, message: template })], record({ name: null, ...fields }))
      .violations[0]?.message;
  assertEquals(message("{a}{b}", { a: "{b}", b: "{a}" }), "{b}{a}");
  assertEquals(message("{a}", { a: "$& $1 {{a}}" }), "$& $1 {{a}}");
  assertEquals(message("{a} {nowhere} {} {", { a: " \t" }), "(blank) {nowhere} {} {");
});

Deno.test("a record that does not exist any more violates nothing", () => {
  const verdict = judge([rule({ condition: nameIsFilled })], record({}, { exists: false }), { name: "text" });
  assertEquals([verdict.violations, verdict.unevaluated, verdict.fixes, verdict.shadow], [[], [], [], []]);
});

Deno.test("a rule that reads what is not available is unevaluated, whatever the rest would say", () => {
  const rules = [
    rule({
      rule_key: "any",
      condition: or({ field: "name", operator: "isFilled" }, { field: "account.state", operator: "notNull" }),
    }),
    rule({
      rule_key: "filter",
      applies_when: and({ field: "account.state", operator: "null" }),
      condition: nameIsFilled,
    }),
    rule({ rule_key: "own", condition: nameIsFilled }),
  ];
  const classes = { name: "text", "account.state": "text" } as const;
  for (const parts of [{ dangling: ["account"] }, {}]) {
    const fields = parts.dangling === undefined ? { name: null } : { name: null, "account.state": null };
    const verdict = judge(rules, record(fields, parts), classes);
    assertEquals(verdict.violations.map((violation) => violation.rule_key), ["own"]);
    assertEquals(verdict.unevaluated.map(({ rule_id }) => rule_id), ["id-of-any", "id-of-filter"]);
  }
  const dangling = judge(
    rules,
    record({ name: "x", "account.state": null }, { dangling: ["account"] }),
    classes,
  );
  assertEquals(dangling.unevaluated[0]?.reason, 'The record that "account" points to cannot be read.');
});

Deno.test("a path through a null reference is null, and not unevaluated", () => {
  const verdict = judge(
    [rule({ condition: and({ field: "account.state", operator: "notNull" }) })],
    record({ "account.state": null }),
  );
  assertEquals(verdict.violations.length, 1);
  assertEquals(verdict.unevaluated, []);
});

Deno.test("a dangling relation is no reason for a rule on a relation of a similar name", () => {
  const verdict = judge(
    [rule({ condition: and({ field: "account_owner.name", operator: "notNull" }) })],
    record({ "account_owner.name": null }, { dangling: ["account"] }),
  );
  assertEquals(verdict.violations.length, 1);
});

Deno.test("an organization has the instance's rules but those it overrides, and its own", () => {
  const rules = [
    rule({ rule_key: "shared", condition: nameIsFilled }),
    rule({ rule_key: "overridden", condition: nameIsFilled, except_orgs: ["org", "third"] }),
    rule({ rule_key: "own", org_id: "org", condition: nameIsFilled }),
    rule({ rule_key: "others", org_id: "other", condition: nameIsFilled }),
  ];
  const keys = (org: string | null) =>
    judge(rules, record({ name: null }, { org_id: org })).violations.map((violation) => violation.rule_key);
  assertEquals(keys("org"), ["own", "shared"]);
  assertEquals(keys("other"), ["others", "overridden", "shared"]);
  assertEquals(keys("third"), ["shared"]);
  assertEquals(keys(null), ["overridden", "shared"]);
});

Deno.test("a rule that cannot be planned is reported, and the others go on", () => {
  const verdict = judge(
    [
      rule({ rule_key: "bad", condition: and({ field: "nowhere", operator: "null" }) }),
      rule({ rule_key: "good", condition: nameIsFilled }),
      rule({ rule_key: "no-condition" }),
      rule({
        rule_key: "bad-fix",
        condition: nameIsFilled,
        fix: [{ step: "normalize", field: "name", using: "magic" }],
      }),
      rule({ rule_key: "no-fix", enforcement: "fix", fix: [] }),
      rule({
        rule_key: "foreign-fix",
        enforcement: "fix",
        fix: [{ step: "set", field: "account.name", value: "x" }],
      }),
    ],
    record({ name: null, "account.name": "y" }),
  );
  assertEquals(verdict.violations.map((violation) => violation.rule_key), ["good"]);
  assertEquals(verdict.unevaluated.map(({ rule_id }) => rule_id), [
    "id-of-bad",
    "id-of-bad-fix",
    "id-of-foreign-fix",
    "id-of-no-condition",
    "id-of-no-fix",
  ]);
  assertStringIncludes(
    verdict.unevaluated[0]?.reason ?? "",
    'The rule "bad" cannot run: /condition/rules/0/field: There is no field "nowhere".',
  );
});

Deno.test("block rules open an issue like issue rules", () => {
  const verdict = judge([rule({ enforcement: "block", condition: nameIsFilled })], record({ name: null }));
  assertEquals(verdict.violations.length, 1);
});

Deno.test("shadow rules count, and do nothing", () => {
  const trim = [{ step: "normalize", field: "name", using: "trim" }];
  const verdict = judge(
    [
      rule({
        rule_key: "would-issue",
        status: "shadow",
        condition: and({ field: "name", operator: "=", value: "x" }),
      }),
      rule({ rule_key: "would-fix", status: "shadow", enforcement: "fix", fix: trim }),
      rule({ rule_key: "would-not", status: "shadow", condition: nameIsFilled }),
    ],
    record({ name: " a " }),
  );
  assertEquals(verdict.shadow, [{ rule_id: "id-of-would-fix" }, { rule_id: "id-of-would-issue" }]);
  assertEquals([verdict.violations, verdict.fixes], [[], []]);
});

Deno.test("an issue rule's steps are suggested as a patch with tests, not applied", () => {
  const batch = context({
    products: {
      GTXPro: { member: false, candidates: ["GTX Pro", "GTX Plus Pro"] },
      Zzz: { member: false, candidates: ["GTX Pro"] },
    },
  });
  const rules = [rule({
    condition: and({ field: "product", operator: "inReference", value: "products" }),
    fix: [{ step: "nearest", field: "product", in: "products" }],
    message: '"{product}" is not in the catalogue.',
  })];
  const [violation] = judge(rules, record({ product: "GTXPro" }), {}, batch).violations;
  assertEquals(violation?.suggested_fix, [
    { op: "test", path: "/product", value: "GTXPro" },
    { op: "replace", path: "/product", value: "GTX Pro" },
  ]);
  assertEquals(violation?.message, '"GTXPro" is not in the catalogue.');
  assertEquals(judge(rules, record({ product: "Zzz" }), {}, batch).violations[0]?.suggested_fix, null);
});

Deno.test("issue rules judge the record as the fix rules left it", () => {
  const batch = context({ products: { "GTX Pro ": { member: false, candidates: ["GTX Pro"] } } });
  const verdict = judge(
    [
      rule({
        rule_key: "tidy",
        enforcement: "fix",
        fix: [{ step: "normalize", field: "product", using: "trim" }],
      }),
      rule({
        rule_key: "known",
        condition: and({ field: "product", operator: "inReference", value: "products" }),
      }),
      rule({ rule_key: "short", condition: and({ field: "product", operator: "=", value: "x" }) }),
    ],
    record({ product: "GTX Pro " }),
    {},
    batch,
  );
  assertEquals(verdict.fixes.map(({ rule_id }) => rule_id), ["id-of-tidy"]);
  assertEquals(verdict.violations.map(({ rule_key, observed }) => [rule_key, observed]), [["short", {
    product: "GTX Pro",
  }]]);
});

Deno.test("a delivered value that is not of its class breaks the evaluation of that record", () => {
  const rules = [rule({ condition: and({ field: "d", operator: "<", value: "2026-01-01" }) })];
  assertThrows(() => judge(rules, record({ d: "yesterday" }), { d: "date" }), EvaluationBrokeError);
});

Deno.test("fields named like an object's own machinery are fields like others", () => {
  const fields = JSON.parse('{"__proto__": "x", "constructor": null, "toString": "y"}');
  const verdict = judge(
    [rule({
      condition: and({ field: "__proto__", operator: "=", value: "z" }, {
        field: "constructor",
        operator: "null",
      }, {
        field: "toString",
        operator: "=",
        value: "y",
      }),
      fix: [{ step: "set", field: "__proto__", value: "z" }],
    })],
    record(fields),
  );
  const [violation] = verdict.violations;
  if (violation === undefined) throw new Error("no violation");
  assertEquals(Object.keys(violation.observed), ["__proto__", "constructor", "toString"]);
  assertEquals(violation.suggested_fix?.[1], { op: "replace", path: "/__proto__", value: "z" });
  assertEquals(JSON.parse(JSON.stringify(violation)).observed.toString, "y");
  assertEquals(({} as Record<string, unknown>)["z"], undefined);
});
