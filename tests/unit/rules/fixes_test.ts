import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { applyPatch } from "../../../shared/fix/mod.ts";
import { composeFixes } from "../../../shared/rules/verdict/mod.ts";
import { and, context, type Fields, judge, record, rule } from "./build.ts";

function fix(key: string, steps: unknown[], parts: Record<string, unknown> = {}) {
  return rule({ rule_key: key, enforcement: "fix", fix: steps, ...parts });
}

const normalize = (field: string, using: string) => ({ step: "normalize", field, using });
const set = (field: string, value: unknown) => ({ step: "set", field, value });

/** What the record is after all fixes of a verdict. */
function patched(fields: Fields, verdict: ReturnType<typeof judge>): Fields {
  return verdict.fixes.reduce((values, { patch }) => applyPatch(values, patch), fields);
}

Deno.test("a fix becomes a patch that tests what was", () => {
  const verdict = judge([
    fix("tidy", [normalize("name", "collapse_whitespace"), normalize("name", "blank_to_null")]),
  ], record({ name: "  " }));
  assertEquals(verdict.fixes, [{
    rule_id: "id-of-tidy",
    patch: [{ op: "test", path: "/name", value: "  " }, { op: "replace", path: "/name", value: null }],
  }]);
});

Deno.test("a fix rule with a condition acts only where that is false", () => {
  const rules = [
    fix("usa", [set("country", "US")], { condition: and({ field: "country", operator: "=", value: "US" }) }),
  ];
  const fixes = (country: string | null) => judge(rules, record({ country })).fixes.length;
  assertEquals([fixes("USA"), fixes("US"), fixes(null)], [1, 0, 0]);
});

Deno.test("a fix rule without condition acts wherever applies_when holds", () => {
  const rules = [
    fix("usa", [set("country", "US")], { applies_when: and({ field: "state", operator: "=", value: "CA" }) }),
  ];
  const fixes = (state: string | null) => judge(rules, record({ state, country: null })).fixes.length;
  assertEquals([fixes("CA"), fixes("NY"), fixes(null)], [1, 0, 0]);
});

Deno.test("every kind of step has its value form", () => {
  const batch = context({
    industries: {
      tech: { member: true, canonical: "Technology" },
      Technology: { member: true },
      retial: { member: false, candidates: ["Retail"], case_sensitive: false },
      retail: { member: true, case_sensitive: false },
    },
  });
  const rows: [unknown, Fields, Fields][] = [
    [{ step: "map", field: "f", using: "us_state_code" }, { f: "california" }, { f: "CA" }],
    [{ step: "map", field: "f", using: "industries" }, { f: "tech" }, { f: "Technology" }],
    [{ step: "copy", field: "f", from: "g" }, { f: null, g: "x" }, { f: "x", g: "x" }],
    [{ step: "copy", field: "f", from: "g" }, { f: "kept", g: " " }, { f: "kept", g: " " }],
    [{ step: "set", field: "b", value: true }, { b: null }, { b: true }],
    [{ step: "set", field: "n", value: 5 }, { n: "5.00" }, { n: "5.00" }],
    [{ step: "set", field: "n", value: 5 }, { n: "4.00" }, { n: "5" }],
    [{ step: "set", field: "f", value: null }, { f: "x" }, { f: null }],
    [{ step: "nearest", field: "f", in: "industries", apply: true }, { f: "retial" }, { f: "retail" }],
    [{ step: "nearest", field: "f", in: "industries", apply: true }, { f: null }, { f: null }],
    [{ step: "normalize", field: "f", using: "phone_e164" }, { f: "(213) 373-4253" }, { f: "+12133734253" }],
    [{ step: "normalize", field: "f", using: "phone_e164" }, { f: null }, { f: null }],
  ];
  for (const [step, fields, after] of rows) {
    const verdict = judge([fix("one", [step])], record(fields), { n: "number", b: "boolean" }, batch);
    assertEquals(verdict.unevaluated, []);
    assertEquals(patched(fields, verdict), after, JSON.stringify(step));
  }
});

Deno.test("steps of the wrong class are refused", () => {
  const steps = [
    normalize("n", "trim"),
    { step: "copy", field: "n", from: "f" },
    set("n", "five"),
    set("o", "x"),
    { step: "copy", field: "o", from: "o" },
  ];
  for (const step of steps) {
    const verdict = judge([fix("one", [step])], record({ n: "1", f: "x", o: "present" }), {
      n: "number",
      o: "other",
    });
    assertEquals(verdict.unevaluated.length, 1, JSON.stringify(step));
  }
});

Deno.test("fix rules build on each other, one patch each, in an order that composes", () => {
  const rules = [
    // By key, the second comes first; it needs what the others do.
    fix("c-trim", [normalize("name", "trim")]),
    fix("a-title", [normalize("name", "title_case_name")], {
      applies_when: and({ field: "name", operator: "matches", value: "^\\S.*\\S$" }),
    }),
    fix("b-copy", [{ step: "copy", field: "label", from: "name" }]),
  ];
  const fields = { name: " JOHN SMITH ", label: null };
  const verdict = judge(rules, record(fields));
  assertEquals(verdict.fixes.map(({ rule_id }) => rule_id).toSorted(), [
    "id-of-a-title",
    "id-of-b-copy",
    "id-of-c-trim",
  ]);
  assertEquals(patched(fields, verdict), { name: "John Smith", label: "John Smith" });
});

Deno.test("a record that a fix has just written is only verified", () => {
  const rules = [fix("a-up", [normalize("name", "upper")]), fix("b-down", [normalize("name", "lower")])];
  const first = judge(rules, record({ name: "Ab" }));
  assertEquals(patched({ name: "Ab" }, first), { name: "ab" });
  const second = judge(rules, record({ name: "ab" }, { verify_only: true }));
  assertEquals(second.fixes, []);
  assertEquals(second.violations.map(({ rule_key, suggested_fix }) => [rule_key, suggested_fix]), [[
    "a-up",
    null,
  ]]);
  assertStringIncludes(second.violations[0]?.message ?? "", '"a-up", "b-down" chase each other');
  assertEquals(second.violations[0]?.observed, { name: "ab" });
});

Deno.test("rules that chase each other back to where they began are told at once", () => {
  const rules = [fix("a-up", [normalize("name", "upper")]), fix("b-down", [normalize("name", "lower")])];
  const verdict = judge(rules, record({ name: "ab" }));
  assertEquals(verdict.fixes, []);
  assertEquals(verdict.violations.map(({ rule_key }) => rule_key), ["a-up"]);
});

Deno.test("a further fix of one rule alone is a violation with the fix suggested", () => {
  const verdict = judge(
    [fix("a-up", [normalize("name", "upper")])],
    record({ name: "ab" }, { verify_only: true }),
  );
  assertEquals(verdict.violations[0]?.suggested_fix?.[1], { op: "replace", path: "/name", value: "AB" });
  assertStringIncludes(verdict.violations[0]?.message ?? "", '"a-up" would change "name" once more');
});

Deno.test("a fix rule's nearest member is suggested unless the rule says apply", () => {
  const batch = context({ products: { GTXPro: { member: false, candidates: ["GTX Pro"] } } });
  const rules = (
    apply?: boolean,
  ) => [
    fix("name", [{
      step: "nearest",
      field: "product",
      in: "products",
      ...(apply === undefined ? {} : { apply }),
    }]),
  ];
  const suggested = judge(rules(), record({ product: "GTXPro" }), {}, batch);
  assertEquals([suggested.fixes.length, suggested.violations.length], [0, 1]);
  assertEquals(suggested.violations[0]?.suggested_fix?.[1]?.value, "GTX Pro");
  const applied = judge(rules(true), record({ product: "GTXPro" }), {}, batch);
  assertEquals([applied.fixes.length, applied.violations.length], [1, 0]);
});

Deno.test("an undone fix is not done again to the same value", () => {
  const rules = [fix("trim", [normalize("name", "trim")])];
  const undone = [{ rule_id: "id-of-trim", field: "name", from: " a " }];
  assertEquals(judge(rules, record({ name: " a " }, { undone })).fixes, []);
  assertEquals(judge(rules, record({ name: " b " }, { undone })).fixes.length, 1);
});

Deno.test("a fix rule that lacks a field is unevaluated; an issue rule only loses its suggestion", () => {
  const steps = [{ step: "copy", field: "name", from: "account.name" }];
  const classes = { "account.name": "text" } as const;
  const verdict = judge(
    [
      fix("f", steps),
      rule({ rule_key: "i", condition: and({ field: "name", operator: "isFilled" }), fix: steps }),
    ],
    record({ name: null, "account.name": null }, { dangling: ["account"] }),
    classes,
  );
  assertEquals(verdict.unevaluated.map(({ rule_id }) => rule_id), ["id-of-f"]);
  assertEquals(verdict.violations.map(({ rule_key, suggested_fix }) => [rule_key, suggested_fix]), [[
    "i",
    null,
  ]]);
});

Deno.test("composed fixes lead from what was to what shall be, whatever the rules did on the way", () => {
  const change = fc.record({
    ruleId: fc.constantFrom("a", "b", "c"),
    field: fc.constantFrom("x", "y", "z"),
    to: fc.constantFrom("1", "2", "3", null),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (wanted) => {
      const before: Record<string, string | null> = { x: "0", y: "0", z: "0" };
      const after = { ...before };
      const changes = wanted.flatMap(({ ruleId, field, to }) => {
        const from = after[field] ?? null;
        if (from === to) return [];
        after[field] = to;
        return [{ ruleId, field, from, to }];
      });
      const fixes = composeFixes(changes);
      assertEquals(fixes.reduce((values, { patch }) => applyPatch(values, patch), before as Fields), after);
      assertEquals(new Set(fixes.map(({ rule_id }) => rule_id)).size, fixes.length);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("evaluating a fixed record again fixes nothing more", () => {
  const rules = [
    fix("tidy", [normalize("name", "collapse_whitespace"), normalize("name", "blank_to_null")]),
    fix("title", [normalize("name", "title_case_name")]),
    fix("phone", [normalize("phone", "phone_e164"), normalize("phone", "blank_to_null")]),
    fix("email", [normalize("email", "email"), normalize("email", "blank_to_null")]),
    fix("state", [{ step: "map", field: "state", using: "us_state_code" }]),
    fix("zip", [normalize("zip", "postal_code")]),
    fix("site", [normalize("site", "url")]),
  ];
  const text = (...samples: string[]) =>
    fc.oneof(fc.constant(null), fc.constantFrom(...samples), fc.string({ unit: "grapheme", maxLength: 12 }));
  const fields = fc.record({
    name: text(" JOHN  SMITH ", "mcdonald", "  "),
    phone: text("(213) 373-4253", " +44 20 7946 0958", "x"),
    email: text(" A@B.co ", "no mail"),
    state: text("calif.", "NY "),
    zip: text("941031234", "k1a0b1"),
    site: text("Example.com/"),
  });
  fc.assert(
    fc.property(fields, (values) => {
      const verdict = judge(rules, record(values));
      assertEquals(verdict, judge(rules, record(values)));
      const again = judge(rules, record(patched(values, verdict), { verify_only: true }));
      assertEquals([again.fixes, again.violations], [[], []]);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a fix rule whose set was not asked is unevaluated", () => {
  for (
    const step of [{ step: "nearest", field: "f", in: "products" }, {
      step: "map",
      field: "f",
      using: "products",
    }]
  ) {
    const verdict = judge([fix("one", [step])], record({ f: "GTXPro" }));
    assertEquals([verdict.unevaluated.length, verdict.violations.length, verdict.fixes.length], [1, 0, 0]);
    assertEquals(judge([fix("one", [step])], record({ f: null })).unevaluated, []);
  }
});
