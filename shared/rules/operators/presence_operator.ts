import type { FieldValue } from "../../schema/json_patch.ts";
import type { FieldClass } from "../../schema/rule.ts";
import type { OperatorName } from "../../schema/rule_group.ts";
import { EVERY_CLASS } from "./field_classes.ts";
import type { Operator } from "./operator.ts";

/** An operator that asks whether there is a value; never unknown, and without a right side. */
export function presenceOperator(
  name: OperatorName,
  holds: (value: FieldValue, fieldClass: FieldClass) => boolean,
): Operator {
  return {
    name,
    classes: EVERY_CLASS,
    plan: (comparison, fieldClass) => (view) => holds(view.value(comparison.field) ?? null, fieldClass),
  };
}

/** Null or, for text, nothing but what `String.prototype.trim` removes. */
export function isBlankValue(value: FieldValue, fieldClass: FieldClass = "text"): boolean {
  return value === null || (fieldClass === "text" && typeof value === "string" && value.trim() === "");
}
