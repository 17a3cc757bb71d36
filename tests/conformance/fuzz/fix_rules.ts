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
/** What columns round, or cut blanks off, is known to the database alone: TypeScript would copy it again. */
const ROUNDING = ["ch", "n2", "dn", "f4", "f8"];
const typeOf = (path: string) =>
  COLUMNS.find(({ name }) => name === path.replace(/^(parent\.|grand\.)+/, ""))?.type;
const copy: fc.Arbitrary<Step> = target.chain((column) =>
  fc.record({
    step: fc.constant("copy"),
    field: fc.constant(column.name),
    from: fieldOfClass(column).filter((from) =>
      !ROUNDING.includes(column.name) || typeOf(from) === column.type
    ),
  })
);
const step = fc.oneof(
  { arbitrary: normalize, weight: 5 },
  { arbitrary: map, weight: 2 },
  { arbitrary: set, weight: 2 },
  { arbitrary: copy, weight: 2 },
);

const group = groupOf(anyField.chain(comparisonOf));

/** A fix rule whose steps all have an SQL form. */
export const anyFixRule: fc.Arbitrary<RuleParts> = fc.record({
  enforcement: fc.constant("fix" as const),
  fix: fc.array(step, { minLength: 1, maxLength: 3 }),
  message: fc.constant("A fix."),
  applies_when: fc.option(group, { freq: 3, nil: undefined }),
  condition: fc.option(group, { freq: 2, nil: undefined }),
  org_id: fc.option(fc.constantFrom("acme", "globex"), { freq: 8, nil: null }),
}).filter((rule) => !looksUpWhatItWrites(rule) && !bringsInOtherText(rule));

/** Whether the rule's text must be ASCII, for SQL to decide all of it. */
export function needsAscii({ fix }: RuleParts): boolean {
  return (fix as readonly Step[]).some(({ using }) => ASCII_ONLY.includes(using as string));
}

/** Reference values are delivered for what a record has, not for what a fix makes of it: SQL would know more. */
function looksUpWhatItWrites({ fix, applies_when, condition }: RuleParts): boolean {
  const steps = fix as readonly Step[];
  const lookUps = steps.map(({ step, using, field }) =>
    step === "map" && LISTS.includes(using as string) ? field : null
  );
  const written = steps.map(({ field }) => field);
  const asked = JSON.stringify([applies_when, condition]);
  return lookUps.some((field) => field !== null && written.filter((each) => each === field).length > 1) ||
    /"(inReference|agreesWith)"/.test(asked) &&
      written.some((field) => asked.includes(JSON.stringify(field)));
}

/** Whether text outside of ASCII could come in by a step, though the record has none. */
function bringsInOtherText(rule: RuleParts): boolean {
  if (!needsAscii(rule)) return false;
  return (rule.fix as readonly Step[]).some(({ step, from, value, field }) => {
    const column = COLUMNS.find(({ name }) => name === field);
    if (column?.fieldClass !== "text") return false;
    return step === "set" ? !isAscii(value) : step === "copy" && String(from).includes(".");
  });
}
