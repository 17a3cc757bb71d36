import fc from "fast-check";
import type { TrialRule } from "../trial/round.ts";
import { anyField } from "./fields.ts";
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

/** A rule as a block, so that every execution has it: of everybody, or of one organization. */
export const anyRule: fc.Arbitrary<RuleParts> = fc.record({
  enforcement: fc.constant("block" as const),
  condition: group,
  message,
  applies_when: fc.option(group, { freq: 3, nil: undefined }),
  org_id: fc.option(fc.constantFrom("acme", "globex"), { freq: 8, nil: null }),
});
