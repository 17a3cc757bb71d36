import { assertEquals } from "@std/assert";
import { planRules } from "../../../shared/rules/mod.ts";
import type { FieldClass } from "../../../shared/schema/rule.ts";
import { and, judge, record, rule } from "./build.ts";

const unique = rule({
  kind: "unique",
  condition: { fields: [{ field: "email", normalizer: "email" }], scope: ["state"] },
  message: "{group_size} have {email}.",
});
const reference = (condition?: unknown) =>
  rule({
    kind: "reference",
    target_field: "account.id",
    condition: { relation: "account", ...(condition === undefined ? {} : { condition }) },
    message: "Not so.",
  });
const customerOpen = and({ field: "state", operator: "=", value: "open" });

Deno.test("a unique rule is violated by a group of two, and says how many share the key", () => {
  const fields = { email: "{group_size}@x.example", state: null };
  const alone = judge([unique], record(fields));
  assertEquals([alone.violations, alone.unevaluated], [[], []]);
  const [violation] = judge([unique], record(fields, { groups: { "id-of-a-rule": 3 } })).violations;
  assertEquals(violation, {
    rule_id: "id-of-a-rule",
    rule_key: "a-rule",
    fields: ["email", "state"],
    message: "3 have {group_size}@x.example.",
    observed: { email: "{group_size}@x.example", state: null },
    suggested_fix: null,
  });
});

Deno.test("a group of another rule violates nothing", () => {
  const verdict = judge([unique], record({ email: "x", state: null }, { groups: { other: 3 } }));
  assertEquals(verdict.violations, []);
});

const references: readonly [
  name: string,
  fields: Record<string, string | null>,
  dangling: string[],
  condition: unknown,
  violated: boolean,
][] = [
  ["no reference passes", { "account.id": null, "account.state": null }, [], customerOpen, false],
  ["a record that satisfies passes", { "account.id": "1", "account.state": "open" }, [], customerOpen, false],
  ["a record that does not violates", { "account.id": "1", "account.state": "shut" }, [], customerOpen, true],
  ["unknown passes", { "account.id": "1", "account.state": null }, [], customerOpen, false],
  [
    "a record that cannot be read violates",
    { "account.id": null, "account.state": null },
    ["account"],
    customerOpen,
    true,
  ],
  ["without a condition it has to exist", { "account.id": null }, ["account"], undefined, true],
  ["without a condition existing will do", { "account.id": "1" }, [], undefined, false],
];
for (const [name, fields, dangling, condition, violated] of references) {
  Deno.test(`a reference rule: ${name}`, () => {
    const verdict = judge([reference(condition)], record(fields, { dangling }));
    assertEquals([verdict.violations.length, verdict.unevaluated], [violated ? 1 : 0, []]);
  });
}

Deno.test("what a reference rule reads beyond the record that it demands can still be out of reach", () => {
  const deep = reference(and({ field: "owner.state", operator: "=", value: "open" }));
  const fields = { "account.id": "1", "account.owner.state": null };
  const verdict = judge([deep], record(fields, { dangling: ["account.owner"] }));
  assertEquals([verdict.violations.length, verdict.unevaluated.length], [0, 1]);
});

Deno.test("fields on both sides of a reference rule's comparison are those of the record pointed to", () => {
  const same = reference(and({ field: "state", operator: "=", value: "city", valueSource: "field" }));
  const verdict = judge(
    [same],
    record({ "account.id": "1", "account.state": "a", "account.city": "b", city: "a" }),
  );
  assertEquals(verdict.violations.length, 1);
});

Deno.test("a rule of a kind whose parameters are wrong says so and keeps no other from running", () => {
  const classes = new Map<string, FieldClass>([["email", "text"], ["account.id", "text"]]);
  for (
    const parts of [
      { kind: "unique", condition: { fields: [] } },
      { kind: "unique", condition: { fields: [{ field: "email" }], more: 1 } },
      { kind: "unique", condition: { fields: [{ field: "nothing" }] } },
      { kind: "reference", condition: { relation: "" }, target_field: "account.id" },
      { kind: "reference", condition: { relation: "account" } },
      { kind: "guess", condition: {} },
    ]
  ) assertEquals(planRules([rule(parts)], classes).faults.length, 1, JSON.stringify(parts));
});

Deno.test("a rule by schedule judges what a sweep claims, and says nothing of the rest", () => {
  const scheduled = rule({ timing: "schedule", condition: and({ field: "name", operator: "notNull" }) });
  const changed = judge([scheduled], record({ name: null }));
  assertEquals([changed.violations, changed.unevaluated], [[], []]);
  assertEquals(judge([scheduled], record({ name: null }, { swept: true })).violations.length, 1);
});
