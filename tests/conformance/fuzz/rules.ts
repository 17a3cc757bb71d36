import fc from "fast-check";
import type { TrialRule } from "../trial/round.ts";
import { COLUMNS } from "../trial/columns.ts";
import { anyField, neighbourField } from "./fields.ts";
import { comparisonOf } from "./operator_values.ts";

type RuleParts = Omit<TrialRule, "rule_key">;

/** A group, nested or not, of such comparisons. */
export function groupOf(comparison: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.letrec<{ group: unknown; node: unknown }>((tie) => ({
    node: fc.oneof({ maxDepth: 2, depthSize: "small" }, { arbitrary: comparison, weight: 4 }, tie("group")),
    group: fc.record({
      combinator: fc.constantFrom("and", "or"),
      rules: fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
      not: fc.boolean(),
    }, { requiredKeys: ["combinator", "rules"] }),
  })).group;
}

const group = groupOf(anyField.chain(comparisonOf));

const message = fc.array(
  fc.oneof(
    fc.constantFrom("It is ", "'", "%s", "\\", "\u{1F389}", "$$", " - "),
    anyField.map(({ path }) => `{${path}}`),
  ),
  { minLength: 1, maxLength: 4 },
).map((parts) => parts.join(""));

const neighbourGroup = groupOf(neighbourField.chain(comparisonOf));

/** How many of a subject's children are of a sort. */
const match = fc.record({
  field: fc.constant("children"),
  operator: fc.constant("="),
  match: fc.oneof(
    fc.constantFrom("all", "some", "none").map((mode) => ({ mode })),
    fc.record({
      mode: fc.constantFrom("atLeast", "atMost", "exactly"),
      threshold: fc.integer({ min: 0, max: 3 }),
    }),
  ),
  value: neighbourGroup,
});
const matchGroup = groupOf(fc.oneof(match, anyField.chain(comparisonOf)));

const orgs = fc.constantFrom("acme", "globex");
const shared = {
  message,
  applies_when: fc.option(group, { freq: 3, nil: undefined }),
  org_id: fc.option(orgs, { freq: 8, nil: null }),
};

/** With a row of an organization's own that stands in for a shared rule there, whatever its status. */
function overridden(
  rule: fc.Arbitrary<RuleParts>,
  condition: fc.Arbitrary<unknown>,
): fc.Arbitrary<RuleParts> {
  const override = fc.record({
    org_id: orgs,
    status: fc.constantFrom("active", "active", "draft", "deprecated"),
    condition,
    message,
  }, { requiredKeys: ["org_id", "status"] });
  return fc.tuple(rule, fc.option(override, { freq: 5, nil: undefined })).map(([parts, override]) =>
    override === undefined || parts.org_id !== null ? parts : { ...parts, override }
  );
}

/** As a block, so that every execution has it: of everybody, or of one organization. */
const conditionRule = overridden(
  fc.record({ ...shared, enforcement: fc.constant("block" as const), condition: group }),
  group,
);

const pointsWell = fc.record(
  { relation: fc.constant("parent"), condition: neighbourGroup },
  { requiredKeys: ["relation"] },
);
const referenceRule = overridden(
  fc.record({
    ...shared,
    kind: fc.constant("reference" as const),
    enforcement: fc.constant("block" as const),
    condition: pointsWell,
  }),
  pointsWell,
);

/** No write may count a record's children: these rules have two executions. */
const matchRule = overridden(
  fc.record({
    ...shared,
    enforcement: fc.constant("issue" as const),
    timing: fc.constant("async"),
    condition: matchGroup,
    applies_when: fc.option(matchGroup, { freq: 3, nil: undefined }),
  }),
  matchGroup,
);

/** A rule with more than one execution, of every kind that judges a record by itself. */
export const anyRule: fc.Arbitrary<RuleParts> = fc.oneof(
  { arbitrary: conditionRule, weight: 5 },
  { arbitrary: referenceRule, weight: 1 },
  { arbitrary: matchRule, weight: 2 },
);

const NORMALIZERS = [
  "trim",
  "collapse_whitespace",
  "blank_to_null",
  "email",
  "postal_code",
  "lower",
  "upper",
  "us_state_code",
  "country_code",
];
const KEYS = COLUMNS.filter(({ name, fieldClass }) => name !== "tag" && fieldClass !== "other");
const keyField = fc.constantFrom(...KEYS).chain(({ name, fieldClass }) =>
  fc.record(
    {
      field: fc.constant(name),
      ...fieldClass === "text" ? { normalizer: fc.constantFrom(...NORMALIZERS) } : {},
    },
    { requiredKeys: ["field"] },
  )
);

/** A unique rule; saving refuses one that names a field twice. */
export const anyUniqueRule: fc.Arbitrary<RuleParts> = fc.record({
  kind: fc.constant("unique" as const),
  enforcement: fc.constant("block" as const),
  message: fc.constantFrom("{group_size} have the same key.", "Taken: {t} ({group_size})"),
  condition: fc.record({
    fields: fc.array(keyField, { minLength: 1, maxLength: 2 }),
    scope: fc.array(fc.constantFrom(...KEYS.map(({ name }) => name)), { minLength: 1, maxLength: 1 }),
  }, { requiredKeys: ["fields"] }),
  applies_when: fc.option(group, { freq: 2, nil: undefined }),
  org_id: fc.option(orgs, { freq: 8, nil: null }),
});
