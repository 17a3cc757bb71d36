import { assert, assertStringIncludes } from "@std/assert";
import { and, outcome } from "./build.ts";

Deno.test("what a rule may not say is refused, with every fault at once", () => {
  const wrong: [unknown, string][] = [
    [{ combinator: "AND", rules: [{ field: "f", operator: "null" }] }, "combinator"],
    [{ combinator: "xor", rules: [{ field: "f", operator: "null" }] }, "combinator"],
    [{ combinator: "and", rules: [] }, "empty"],
    [{ combinator: "and", rules: [and()] }, "empty"],
    [{ combinator: "and", muted: true, rules: [{ field: "f", operator: "null" }] }, "muted"],
    [and({ field: "f", operator: "null", muted: true }), "muted"],
    [and({ field: "f", operator: "like", value: "a" }), "operator"],
    [and({ field: "g", operator: "=", value: "a" }), 'no field "g"'],
    [and({ field: "f", operator: "=" }), "missing"],
    [and({ field: "f", operator: "=", value: null }), "missing"],
    [and({ field: "f", operator: "=", value: 5 }), "not a text"],
    [and({ field: "n", operator: "=", value: "five" }), "not a number"],
    [and({ field: "n", operator: "=", value: "NaN" }), "not a number"],
    [and({ field: "n", operator: "=", value: "Infinity" }), "not a number"],
    [and({ field: "n", operator: "=", value: 0.1234567890123456 }), "15 significant digits"],
    [and({ field: "f", operator: "in", value: "a,b" }), "takes a list"],
    [and({ field: "f", operator: "in", value: ["a", null] }), ""],
    [and({ field: "n", operator: "between", value: "1,2" }), "takes a list"],
    [and({ field: "n", operator: "between", value: [1] }), "two bounds"],
    [and({ field: "n", operator: "between", value: [1, 2, 3] }), "two bounds"],
    [and({ field: "n", operator: "between", value: [2, 1] }), "reversed"],
    [and({ field: "f", operator: "contains", value: "" }), "empty"],
    [and({ field: "f", operator: "matches", value: "(?i)a" }), "(?"],
    [and({ field: "f", operator: "=", value: "n", valueSource: "field" }), "class"],
    [and({ field: "f", operator: "=", value: "nowhere", valueSource: "field" }), "no field"],
    [and({ field: "d", operator: "=", value: "2026-02-29" }), "not a date"],
    [and({ field: "d", operator: "=", value: "2026-2-9" }), "not a date"],
    [and({ field: "i", operator: "=", value: "2026-02-28" }), "not a moment"],
    [and({ field: "i", operator: "=", value: "2026-02-28T24:00:00Z" }), "not a moment"],
    [and({ field: "u", operator: "=", value: "not-a-uuid" }), "not a UUID"],
    [and({ field: "b", operator: "=", value: "true" }), "neither true nor false"],
    [and({ field: "o", operator: "=", value: "x" }), "cannot be used"],
    [and({ field: "f", operator: "inReference", value: ["a"] }), "reference set"],
    [and("f = 1"), ""],
    [null, ""],
    ["a = b", ""],
  ];
  const fields = {
    f: "x",
    n: "1",
    d: "2026-01-01",
    i: "2026-01-01T00:00:00.000000Z",
    u: null,
    b: true,
    o: "present",
  };
  const classes = { n: "number", d: "date", i: "instant", u: "uuid", b: "boolean", o: "other" } as const;
  for (const [condition, part] of wrong) {
    const reason = outcome(condition, fields, classes);
    assert(typeof reason === "string", JSON.stringify(condition));
    assertStringIncludes(reason, "cannot run");
    assertStringIncludes(reason, part);
  }
  const both = String(
    outcome(
      and({ field: "g", operator: "null" }, { field: "n", operator: "=", value: "x" }),
      fields,
      classes,
    ),
  );
  assertStringIncludes(both, "/rules/0/field: ");
  assertStringIncludes(both, "/rules/1/value: ");
});

Deno.test("a rule whose groups are nested too deep for the stack keeps no other from running", () => {
  let condition: unknown = and({ field: "f", operator: "notNull" });
  for (let depth = 0; depth < 20_000; depth++) condition = and(condition);
  assertStringIncludes(String(outcome(condition, { f: "x" })), "cannot run");
});
