import type { FieldClass } from "../../schema/rule.ts";
import type { OperatorName } from "../../schema/rule_group.ts";
import { CLASSES } from "../classes/mod.ts";
import { planSingleOperand } from "./operand.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

/** An operator that holds by the order of its two sides; unknown when one of them is null. */
export function orderOperator(
  name: OperatorName,
  classes: readonly FieldClass[],
  holds: (order: number) => boolean,
): Operator {
  return {
    name,
    classes,
    plan(comparison, fieldClass, scope) {
      const operand = planSingleOperand(comparison, fieldClass, scope);
      if (operand === null) return UNKNOWN;
      const { compare } = CLASSES[fieldClass];
      return (view) => {
        const left = view.value(comparison.field) ?? null;
        const right = operand(view);
        return left === null || right === null ? null : holds(compare(left, right));
      };
    },
  };
}
