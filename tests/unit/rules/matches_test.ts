import { assertEquals } from "@std/assert";
import { and, judge, record, rule } from "./build.ts";

const match = (mode: string, threshold?: number) =>
  and({
    field: "tasks",
    operator: "=",
    match: { mode, ...(threshold === undefined ? {} : { threshold }) },
    value: and({ field: "status", operator: "=", value: "open" }),
  });

function outcomeOf(condition: unknown, counts: readonly number[] | undefined): boolean | null | string {
  const rules = [
    rule({ rule_key: "holds", condition }),
    rule({ rule_key: "fails", condition: { combinator: "and", not: true, rules: [condition] } }),
  ];
  const delivered = counts === undefined ? {} : {
    "id-of-holds/condition/rules/0": counts,
    "id-of-fails/condition/rules/0/rules/0": counts,
  };
  const { violations, unevaluated } = judge(rules, record({}, { counts: delivered }));
  if (unevaluated[0] !== undefined) return unevaluated[0].reason;
  const keys = violations.map(({ rule_key }) => rule_key);
  return keys.includes("holds") ? false : keys.includes("fails") ? true : null;
}

Deno.test("match modes follow from the counts of true, false and unknown", () => {
  const table: [mode: string, k: number | undefined, counts: readonly number[], is: boolean | null][] = [
    ["all", undefined, [0, 0, 0, 0], true],
    ["all", 1, [1, 0, 0, 0], true],
    ["all", undefined, [1, 0, 1, 0], null],
    ["all", undefined, [1, 1, 1, 0], false],
    ["some", undefined, [0, 0, 0, 0], false],
    ["some", undefined, [0, 1, 1, 0], null],
    ["some", undefined, [1, 1, 1, 0], true],
    ["none", undefined, [0, 0, 0, 0], true],
    ["none", undefined, [0, 1, 1, 0], null],
    ["none", undefined, [1, 0, 0, 0], false],
    ["atLeast", 0, [0, 0, 0, 0], true],
    ["atLeast", 2, [1, 5, 0, 0], false],
    ["atLeast", 2, [1, 5, 1, 0], null],
    ["atLeast", 2, [2, 5, 1, 0], true],
    ["atMost", 1, [0, 0, 0, 0], true],
    ["atMost", 1, [1, 0, 1, 0], null],
    ["atMost", 1, [2, 0, 1, 0], false],
    ["exactly", 0, [0, 3, 0, 0], true],
    ["exactly", 2, [2, 0, 0, 0], true],
    ["exactly", 2, [2, 0, 1, 0], null],
    ["exactly", 2, [1, 0, 1, 0], null],
    ["exactly", 2, [1, 9, 0, 0], false],
    ["exactly", 2, [3, 0, 1, 0], false],
  ];
  for (const [mode, k, counts, is] of table) {
    assertEquals(outcomeOf(match(mode, k), counts), is, `${mode} ${k} of ${counts}`);
  }
});

Deno.test("a match whose elements were not counted, or could not all be read, is not evaluated", () => {
  assertEquals(outcomeOf(match("some"), undefined), 'How many of "tasks" match was not delivered.');
  assertEquals(
    outcomeOf(match("some"), [5, 0, 1, 1]),
    'One of "tasks" points to a record that cannot be read.',
  );
});

Deno.test("a violation of a match names the relation", () => {
  const { violations } = judge(
    [rule({ condition: match("some") })],
    record({}, { counts: { "id-of-a-rule/condition/rules/0": [0, 1, 0, 0] } }),
  );
  assertEquals(violations.map(({ fields, observed }) => ({ fields, observed })), [{
    fields: ["tasks"],
    observed: {},
  }]);
});
