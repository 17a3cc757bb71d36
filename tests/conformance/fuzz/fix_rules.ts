import fc from "fast-check";
import { COLUMNS, WRITTEN } from "../trial/columns.ts";
import type { TrialRule } from "../trial/round.ts";
import { CLASS_VALUES } from "./class_values.ts";
import { anyField, fieldOfClass } from "./fields.ts";
import { isAscii } from "./fix_texts.ts";
import { comparisonOf } from "./operator_values.ts";
import { groupOf } from "./rules.ts";

type RuleParts = Omit<TrialRule, "rule_key">;
type Step = Readonly<Record<string, unknown>>;

/** The normalizers with an SQL form; that of the last four leaves text outside of ASCII to TypeScript. */
const SURE = ["trim", "collapse_whitespace", "blank_to_null", "email", "postal_code"];
const ASCII_ONLY = ["lower", "upper", "us_state_code", "country_code"];
const LISTS = ["colours", "folded_colours", "nothing"];

const target = fc.constantFrom(
  ...WRITTEN.filter(({ name, fieldClass }) => name !== "tag" && fieldClass !== "other"),
);
const textTarget = fc.constantFrom(
  ...WRITTEN.filter(({ name, fieldClass }) => name !== "tag" && fieldClass === "text").map(({ name }) =>
    name
  ),
);

const normalize: fc.Arbitrary<Step> = fc.record({
  step: fc.constant("normalize"),
  field: textTarget,
  using: fc.constantFrom(...SURE, ...ASCII_ONLY),
});
const map: fc.Arbitrary<Step> = fc.record({
  step: fc.constant("map"),
  field: textTarget,
  using: fc.constantFrom(...LISTS, "us_state_code", "country_code"),
});
const set: fc.Arbitrary<Step> = target.chain(({ name, fieldClass }) =>
  fc.record({
    step: fc.constant("set"),
    field: fc.constant(name),
    value: fc.option(CLASS_VALUES[fieldClass].literal as fc.Arbitrary<unknown>, { freq: 4 }),
  })
);
const copy: fc.Arbitrary<Step> = target.chain((column) =>
  fc.record({ step: fc.constant("copy"), field: fc.constant(column.name), from: fieldOfClass(column) })
);
const step = fc.oneof(
  { arbitrary: normalize, weight: 5 },
  { arbitrary: map, weight: 2 },
  { arbitrary: set, weight: 2 },
  { arbitrary: copy, weight: 2 },
);

const group = groupOf(anyField.chain(comparisonOf));
const steps = fc.array(step, { minLength: 1, maxLength: 3 });
const organization = fc.constantFrom("acme", "globex");

const ruleParts = fc.record({
  enforcement: fc.constant("fix" as const),
  fix: steps,
  message: fc.constant("A fix."),
  applies_when: fc.option(group, { freq: 3, nil: undefined }),
  condition: fc.option(group, { freq: 2, nil: undefined }),
  org_id: fc.option(organization, { freq: 8, nil: null }),
});

const override = fc.record({
  org_id: organization,
  status: fc.constantFrom("active", "active", "draft", "deprecated"),
  fix: steps,
  condition: group,
}, { requiredKeys: ["org_id", "status"] });

/** A fix rule whose steps all have an SQL form: alone, or with others that fix the same records. */
export const anyFixRule: fc.Arbitrary<RuleParts> = fc.record({
  rule: ruleParts,
  override: fc.option(override, { freq: 5, nil: undefined }),
  companions: fc.array(ruleParts, { maxLength: 2 }),
}).map(({ rule, override, companions }): RuleParts => ({
  ...rule,
  ...override !== undefined && rule.org_id === null && { override },
  ...companions.length > 0 && { companions },
})).filter((rule) => !needsAscii(rule) || !bringsInOtherText(rule));

/** Whether the record's text must be ASCII, for SQL to decide all of it. */
export function needsAscii(rule: RuleParts): boolean {
  return stepsOf(rule).some(({ using }) => ASCII_ONLY.includes(using as string));
}

/** Whether text outside of ASCII could come in by a step, though the record has none. */
function bringsInOtherText(rule: RuleParts): boolean {
  return stepsOf(rule).some(({ step, from, value, field }) => {
    const column = COLUMNS.find(({ name }) => name === field);
    if (column?.fieldClass !== "text") return false;
    return step === "set" ? !isAscii(value) : step === "copy" && String(from).includes(".");
  });
}

function stepsOf({ fix, override, companions = [] }: RuleParts): readonly Step[] {
  return [fix, override?.["fix"] ?? [], ...companions.map((each) => each.fix)].flat() as readonly Step[];
}
