import type { OperatorName } from "../../schema/rule_group.ts";
import { TEXT_ONLY } from "./field_classes.ts";
import { planSingleOperand } from "./operand.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

/** An operator that looks for one text, literally, in another; unknown when one of them is null. */
export function textOperator(name: OperatorName, holds: (text: string, sought: string) => boolean): Operator {
  return {
    name,
    classes: TEXT_ONLY,
    plan(comparison, fieldClass, scope) {
      const operand = planSingleOperand(comparison, fieldClass, scope);
      if (comparison.value === "") scope.fault("/value", "The text to look for is empty.");
      if (operand === null) return UNKNOWN;
      return (view) => {
        const text = view.value(comparison.field) ?? null;
        const sought = operand(view);
        return text === null || sought === null ? null : holds(String(text), String(sought));
      };
    },
  };
}
