import type { OperatorName } from "../../schema/rule_group.ts";
import { TEXT_ONLY } from "./field_classes.ts";
import type { Operator } from "./operator.ts";

/** An operator that asks whether a text has a form, and takes no right side; unknown for null. */
export function formatOperator(name: OperatorName, holds: (text: string) => boolean): Operator {
  return {
    name,
    classes: TEXT_ONLY,
    plan({ field, value }, _fieldClass, scope) {
      if (value !== undefined && value !== null && value !== "") {
        scope.fault("/value", `"${name}" takes no value.`);
      }
      return (view) => {
        const text = view.value(field) ?? null;
        return text === null ? null : holds(String(text));
      };
    },
  };
}
