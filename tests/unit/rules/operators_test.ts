import { assertEquals, assertStringIncludes } from "@std/assert";
import type { FieldValue } from "../../../shared/schema/json_patch.ts";
import type { FieldClass } from "../../../shared/schema/rule.ts";
import { and, context, outcome } from "./build.ts";

const T = true, F = false, U = null;
const SMILE = "\u{1F600}";

interface Case {
  readonly of: FieldClass;
  readonly left: FieldValue;
  readonly operator: string;
  readonly right?: unknown;
  readonly is: boolean | null;
}

function cases(
  of: FieldClass,
  operator: string,
  rows: readonly [FieldValue, unknown, boolean | null][],
): Case[] {
  return rows.map(([left, right, is]) => ({ of, left, operator, right, is }));
}

function check(table: readonly Case[]): void {
  for (const { of, left, operator, right, is } of table) {
    const comparison = { field: "f", operator, ...(right === undefined ? {} : { value: right }) };
    assertEquals(
      outcome(and(comparison), { f: left }, { f: of }),
      is,
      JSON.stringify({ of, left, operator, right }),
    );
  }
}

Deno.test("numbers compare exactly as decimals, with Postgres's order of NaN and infinities", () => {
  check([
    ...cases("number", "=", [
      ["12.50", "12.5", T],
      ["12.50", 12.5, T],
      ["0.1", "0.10000000000000000001", F],
      ["9007199254740993", "9007199254740992", F],
      ["9007199254740993", "9007199254740993.000", T],
      ["1e-07", "0.0000001", T],
      ["-0", "0", T],
      ["1e400", `1${"0".repeat(400)}`, T],
      ["NaN", "5", F],
      ["Infinity", "5", F],
      [null, "5", U],
    ]),
    ...cases("number", ">", [
      ["NaN", "99999999999999999999", T],
      ["Infinity", "99999999999999999999", T],
      ["-Infinity", "-99999999999999999999", F],
      ["0.30000000000000000001", "0.3", T],
      ["10", "9", T],
      ["10", "10.000", F],
      [null, "9", U],
    ]),
    ...cases("number", "<", [["-Infinity", "-1e300", T], ["2", "10", T], ["-10", "-9", T], [
      "1e-400",
      "0",
      F,
    ]]),
    ...cases("number", "<=", [["10.0", "10", T], ["10.01", "10", F], [null, "10", U]]),
    ...cases("number", ">=", [["10.0", "10", T], ["9.99", "10", F], [null, "10", U]]),
  ]);
});

Deno.test("NaN equals NaN and is above infinity when fields are compared", () => {
  const compare = (left: string, operator: string, right: string) =>
    outcome(and({ field: "a", operator, value: "b", valueSource: "field" }), { a: left, b: right }, {
      a: "number",
      b: "number",
    });
  assertEquals(compare("NaN", "=", "NaN"), T);
  assertEquals(compare("NaN", ">", "Infinity"), T);
  assertEquals(compare("Infinity", "=", "Infinity"), T);
  assertEquals(compare("-Infinity", "<", "Infinity"), T);
  assertEquals(compare("-Infinity", "<", "NaN"), T);
});

Deno.test("text compares by code point, with case and without normalisation", () => {
  check([
    ...cases("text", "=", [
      ["a", "a", T],
      ["a", "A", F],
      ["é", "e\u0301", F],
      ["", "", T],
      ["a ", "a", F],
      [SMILE, SMILE, T],
      [null, "", U],
    ]),
    ...cases("text", "<", [
      // U+FFFD is a lower code point than U+1F600, although its UTF-16 unit is higher.
      ["\uFFFD", SMILE, T],
      [SMILE, "\uFFFD", F],
      ["\uE000", SMILE, T],
      ["\uD7FF", "\uE000", T],
      ["Z", "a", T],
      ["a", "ab", T],
      ["10", "9", T],
      [null, "a", U],
    ]),
    ...cases("text", "!=", [["a", "b", T], ["a", "a", F], [null, "a", U]]),
  ]);
});

Deno.test("dates and instants order right through infinity, BC, microseconds and years past 9999", () => {
  check([
    ...cases("date", "<", [
      ["2026-11-22", "2026-11-23", T],
      ["0044-03-15 BC", "0001-01-01", T],
      ["10000-01-01", "9999-12-31", F],
      ["infinity", "9999-12-31", F],
      ["-infinity", "0001-01-01", T],
      [null, "2026-01-01", U],
    ]),
    ...cases("instant", "<", [
      ["2026-11-23T10:00:00.123456Z", "2026-11-23T10:00:00.123457Z", T],
      ["2026-11-23T10:00:00.123456Z", "2026-11-23T12:00:00.123456+02:00", F],
      ["2026-11-23T09:59:59.999999Z", "2026-11-23T12:00:00+02:00", T],
      ["0044-03-15T00:00:00.000000Z BC", "0001-01-01T00:00:00Z", T],
      ["294276-12-31T23:59:59.999999Z", "9999-12-31T23:59:59Z", F],
      ["infinity", "2026-01-01T00:00:00Z", F],
      ["-infinity", "2026-01-01T00:00:00Z", T],
    ]),
    ...cases("instant", "=", [
      ["2026-01-01T00:00:00.000000Z", "2025-12-31T22:00:00-02:00", T],
      ["2024-03-01T00:30:00.500000Z", "2024-02-29T23:30:00.5-01:00", T],
    ]),
  ]);
  const between = (left: string, right: string) =>
    outcome(and({ field: "a", operator: "<", value: "b", valueSource: "field" }), { a: left, b: right }, {
      a: "date",
      b: "date",
    });
  assertEquals(between("0044-03-15 BC", "0044-03-16 BC"), T);
  assertEquals(between("0045-03-15 BC", "0044-03-15 BC"), T);
  assertEquals(between("infinity", "infinity"), F);
});

Deno.test("boolean, uuid and enum take equality and lists only", () => {
  const id = "0b0e7a9e-5a0c-4a43-9a3c-0f2d6f1b8f11";
  check([
    ...cases("boolean", "=", [[true, true, T], [false, true, F], [null, true, U]]),
    ...cases("uuid", "=", [[id, id.toUpperCase(), T], [null, id, U]]),
    ...cases("enum", "in", [["won", ["won", "lost"], T], ["open", ["won", "lost"], F], [null, ["won"], U]]),
  ]);
  for (
    const [of, left, operator, right] of [["boolean", true, "<", true], ["uuid", id, ">", id], [
      "enum",
      "a",
      "contains",
      "a",
    ]] as const
  ) {
    const reason = outcome(and({ field: "f", operator, value: right }), { f: left }, { f: of });
    assertStringIncludes(String(reason), "cannot be used");
  }
});

Deno.test("nothing is in an empty list, and null is neither in nor out of any other", () => {
  check([
    ...cases("text", "in", [["a", ["a", "b"], T], ["c", ["a", "b"], F], [null, ["a"], U], ["a", [], F], [
      null,
      [],
      F,
    ]]),
    ...cases("text", "notIn", [["a", ["a"], F], ["c", ["a"], T], [null, ["a"], U], ["a", [], T], [
      null,
      [],
      T,
    ]]),
    ...cases("number", "in", [["1.0", ["1", "2"], T], ["3", [1, 2], F]]),
  ]);
});

Deno.test("a list of fields is unknown when a member is null and none is equal", () => {
  const is = (a: FieldValue, b: FieldValue) =>
    outcome(and({ field: "f", operator: "in", value: ["a", "b"], valueSource: "field" }), { f: "x", a, b });
  assertEquals(is("x", null), T);
  assertEquals(is("y", null), U);
  assertEquals(is("y", "z"), F);
});

Deno.test("between includes its bounds, and holds nothing between reversed fields", () => {
  check([
    ...cases("number", "between", [["5", ["5", "7"], T], ["7.0", [5, 7], T], ["7.01", [5, 7], F], [null, [
      5,
      7,
    ], U], ["5", [5, 5], T]]),
    ...cases("number", "notBetween", [["5", [5, 7], F], ["8", [5, 7], T], [null, [5, 7], U]]),
    ...cases("date", "between", [["2026-02-28", ["2026-02-01", "2026-02-28"], T]]),
  ]);
  const byFields = (low: FieldValue, high: FieldValue, operator = "between") =>
    outcome(and({ field: "f", operator, value: ["low", "high"], valueSource: "field" }), {
      f: "5",
      low,
      high,
    }, {
      f: "number",
      low: "number",
      high: "number",
    });
  assertEquals(byFields("9", "1"), F);
  assertEquals(byFields(null, "1"), F);
  assertEquals(byFields(null, "9"), U);
  assertEquals(byFields("1", null), U);
  assertEquals(byFields("6", null), F);
  assertEquals(byFields("6", null, "notBetween"), T);
});

Deno.test("presence is never unknown, and blank is what String.prototype.trim removes", () => {
  const blank = "\t\n\v\f\r \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";
  const rows: [FieldClass, FieldValue, boolean, boolean][] = [
    // class, value, is null, is blank
    ["text", null, true, true],
    ["text", "", false, true],
    ["text", blank, false, true],
    ["text", "\u200b", false, false],
    ["text", " a ", false, false],
    ["number", null, true, true],
    ["number", "0", false, false],
    ["boolean", false, false, false],
    ["other", "present", false, false],
    ["other", null, true, true],
  ];
  for (const [of, left, isNull, isBlank] of rows) {
    check([
      { of, left, operator: "null", is: isNull },
      { of, left, operator: "notNull", is: !isNull },
      { of, left, operator: "isBlank", is: isBlank },
      { of, left, operator: "isFilled", is: !isBlank },
    ]);
  }
});

Deno.test("text operators are literal", () => {
  check([
    ...cases("text", "contains", [["100%", "%", T], ["abc", "%", F], ["a_c", "_", T], ["abc", "B", F], [
      `a${SMILE}b`,
      SMILE,
      T,
    ], [null, "a", U]]),
    ...cases("text", "doesNotContain", [["abc", "d", T], ["abc", "b", F], [null, "a", U]]),
    ...cases("text", "beginsWith", [["abc", "ab", T], ["abc", "b", F], ["", "a", F], [null, "a", U]]),
    ...cases("text", "doesNotBeginWith", [["abc", "ab", F], ["abc", "b", T], [null, "a", U]]),
    ...cases("text", "endsWith", [["abc", "bc", T], ["abc", "b", F], [`a${SMILE}`, SMILE, T], [
      null,
      "a",
      U,
    ]]),
    ...cases("text", "doesNotEndWith", [["abc", "bc", F], ["abc", "b", T], [null, "a", U]]),
  ]);
  const field = (left: FieldValue, right: FieldValue) =>
    outcome(and({ field: "a", operator: "contains", value: "b", valueSource: "field" }), {
      a: left,
      b: right,
    });
  assertEquals(field("abc", "b"), T);
  assertEquals(field("abc", ""), T);
  assertEquals(field("abc", null), U);
});

Deno.test("matches searches, anchors bind to the whole text, and null is unknown", () => {
  check([
    ...cases("text", "matches", [["xabcx", "abc", T], ["xabcx", "^abc$", F], ["a\nb", "^a.b$", T], [
      "abc\n",
      "c$",
      F,
    ], [null, "a", U]]),
    ...cases("text", "doesNotMatch", [["abc", "d", T], ["abc", "b", F], [null, "a", U]]),
  ]);
});

Deno.test("inReference asks the delivered lookups of the record's organization", () => {
  const condition = and({ field: "f", operator: "inReference", value: "products" });
  const batch = context({
    products: {
      "GTX Pro": { member: true },
      GTXPro: { member: false, candidates: ["GTX Pro"] },
      __proto__x: { member: false },
    },
  });
  assertEquals(outcome(condition, { f: "GTX Pro" }, {}, batch), T);
  assertEquals(outcome(condition, { f: "GTXPro" }, {}, batch), F);
  assertEquals(outcome(condition, { f: null }, {}, batch), U);
  for (const value of ["never asked", "constructor", "__proto__", "toString"]) {
    assertStringIncludes(String(outcome(condition, { f: value }, {}, batch)), "was not delivered");
  }
});

Deno.test("groups combine three-valued, as SQL does", () => {
  const truths = {
    t: and({ field: "t", operator: "notNull" }),
    f: and({ field: "t", operator: "null" }),
    u: and({ field: "n", operator: "=", value: "x" }),
  };
  const fields = { t: "x", n: null };
  const of = (combinator: string, a: keyof typeof truths, b: keyof typeof truths, not = false) =>
    outcome({ combinator, not, rules: [truths[a], truths[b]] }, fields);
  assertEquals([
    of("and", "t", "t"),
    of("and", "t", "u"),
    of("and", "f", "u"),
    of("and", "u", "f"),
    of("and", "u", "u"),
  ], [T, U, F, F, U]);
  assertEquals([
    of("or", "f", "f"),
    of("or", "f", "u"),
    of("or", "t", "u"),
    of("or", "u", "t"),
    of("or", "u", "u"),
  ], [F, U, T, T, U]);
  assertEquals([
    of("and", "t", "u", true),
    of("and", "f", "u", true),
    of("or", "t", "u", true),
    of("or", "u", "u", true),
  ], [U, T, F, U]);
});
