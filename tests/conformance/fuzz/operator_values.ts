import fc from "fast-check";
import type { FieldClass } from "../../../shared/schema/rule.ts";
import type { OperatorName } from "../../../shared/schema/rule_group.ts";
import { OPERATORS } from "../../../shared/rules/mod.ts";
import { CLASS_VALUES } from "./class_values.ts";
import { pattern, soughtText } from "./texts.ts";
import { fieldOfClass, type FuzzField } from "./fields.ts";

/** How the right side of an operator is made, for a field on the left. */
type RightSide = (field: FuzzField) => fc.Arbitrary<Readonly<Record<string, unknown>>>;

const none: RightSide = () => fc.constant({});

const literalOf = (fieldClass: FieldClass): fc.Arbitrary<unknown> => CLASS_VALUES[fieldClass].literal!;

const one: RightSide = ({ column, prefixes }) =>
  fc.oneof(
    { arbitrary: literalOf(column.fieldClass).map((value) => ({ value })), weight: 3 },
    fieldOfClass(column, prefixes).map((value) => ({ value, valueSource: "field" })),
  );

const list = (minLength: number, maxLength: number): RightSide => ({ column, prefixes }) =>
  fc.oneof(
    {
      arbitrary: fc.array(literalOf(column.fieldClass), { minLength, maxLength }).map((value) => ({ value })),
      weight: 3,
    },
    fc.array(fieldOfClass(column, prefixes), { minLength: Math.max(minLength, 1), maxLength })
      .map((value) => ({ value, valueSource: "field" })),
  );

const sought: RightSide = ({ column, prefixes }) =>
  fc.oneof(
    { arbitrary: soughtText.map((value) => ({ value })), weight: 3 },
    fieldOfClass(column, prefixes).map((value) => ({ value, valueSource: "field" })),
  );

const patterned: RightSide = () => pattern.map((value) => ({ value }));

/** `isPhone` has one execution only: there is nothing that it could disagree with. */
type ComparedOperator = Exclude<OperatorName, "isPhone">;

/** One entry an operator: a new one does not compile until it is here. */
const RIGHT_SIDES = {
  "=": one,
  "!=": one,
  "<": one,
  "<=": one,
  ">": one,
  ">=": one,
  between: list(2, 2),
  notBetween: list(2, 2),
  in: list(0, 3),
  notIn: list(0, 3),
  null: none,
  notNull: none,
  isFilled: none,
  isBlank: none,
  contains: sought,
  doesNotContain: sought,
  beginsWith: sought,
  doesNotBeginWith: sought,
  endsWith: sought,
  doesNotEndWith: sought,
  matches: patterned,
  doesNotMatch: patterned,
  inReference: () =>
    fc.constantFrom("colours", "folded_colours", "nothing", "grand_names").map((value) => ({ value })),
  agreesWith: ({ column, prefixes }) =>
    fc.tuple(fieldOfClass(column, prefixes), fc.constantFrom("pairs", "folded_pairs"))
      .map(([field, mapping]) => ({ value: { field, mapping } })),
  isEmail: none,
  isUrl: none,
  isPostalCode: none,
} satisfies Record<ComparedOperator, RightSide>;

/** A comparison with a field on the left, by any operator that the field's class takes. */
export function comparisonOf(field: FuzzField): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const names = (Object.keys(RIGHT_SIDES) as ComparedOperator[])
    .filter((name) => OPERATORS[name].classes.includes(field.column.fieldClass));
  return fc.constantFrom(...names).chain((operator) =>
    RIGHT_SIDES[operator](field).map((side) => ({ field: field.path, operator, ...side }))
  );
}
