import type { OperatorName } from "../../schema/rule_group.ts";
import { not } from "../truth.ts";
import type { Operator } from "./operator.ts";

/** The operator that is SQL's `not` of another. */
export function negate(name: OperatorName, operator: Operator): Operator {
  return {
    name,
    classes: operator.classes,
    plan(comparison, fieldClass, scope) {
      const test = operator.plan(comparison, fieldClass, scope);
      return (view) => not(test(view));
    },
  };
}
