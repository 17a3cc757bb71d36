import { assertEquals, assertStringIncludes } from "@std/assert";
import { and, context, outcome } from "./build.ts";

const classes = { d: "date", i: "instant", t: "text" } as const;
const batch = {
  ...context(),
  moments: new Map([[
    "org",
    new Map<string, string | null>([
      ["date:today-P30D", "2026-10-24"],
      ["instant:now", "2026-11-23T10:00:00.123456Z"],
      ["instant:today", null],
    ]),
  ]]),
};

Deno.test("moments are what Postgres delivered, and no arithmetic is done here", () => {
  const table: [unknown, Record<string, string | null>, boolean | null][] = [
    [{ field: "d", operator: "<", value: "today-P30D" }, { d: "2026-10-23" }, true],
    [{ field: "d", operator: "<", value: "today-P30D" }, { d: "2026-10-24" }, false],
    [{ field: "d", operator: "=", value: "today-P30D" }, { d: "2026-10-24" }, true],
    [{ field: "d", operator: "<", value: "today-P30D" }, { d: "-infinity" }, true],
    [{ field: "d", operator: "in", value: ["2001-01-01", "today-P30D"] }, { d: "2026-10-24" }, true],
    [{ field: "d", operator: "between", value: ["today-P30D", "2026-12-31"] }, { d: "2026-11-01" }, true],
    [{ field: "d", operator: "between", value: ["2999-01-01", "today-P30D"] }, { d: "2026-11-01" }, false],
    [{ field: "i", operator: "<=", value: "now" }, { i: "2026-11-23T10:00:00.123456Z" }, true],
    [{ field: "i", operator: "<=", value: "now" }, { i: "2026-11-23T10:00:00.123457Z" }, false],
    [{ field: "i", operator: "<=", value: "now" }, { i: null }, null],
    // An organization that governance does not know has no day.
    [{ field: "i", operator: "<=", value: "today" }, { i: "2026-11-23T10:00:00.000000Z" }, null],
    [{ field: "t", operator: "=", value: "now" }, { t: "now" }, true],
  ];
  for (const [comparison, fields, is] of table) {
    const all = { d: null, i: null, t: null, ...fields };
    assertEquals(outcome(and(comparison), all, classes, batch), is, JSON.stringify([comparison, fields]));
  }
});

Deno.test("a moment that was not delivered leaves its rule unevaluated", () => {
  const reason = outcome(
    and({ field: "d", operator: "<", value: "today" }),
    { d: "2026-01-01" },
    classes,
    batch,
  );
  assertEquals(reason, 'The moment "date:today" was not delivered.');
});

Deno.test("what is no moment of its class is refused", () => {
  for (const value of ["now", "today-PT1H", "today-P", "tomorrow", "today-P1Dx"]) {
    const reason = outcome(and({ field: "d", operator: "<", value }), { d: "2026-01-01" }, classes, batch);
    assertStringIncludes(String(reason), `"${value}"`);
  }
});
