import type { Comparison } from "../../schema/rule_group.ts";
import { type Operator, OPERATORS, type PlanScope, type Test } from "../operators/mod.ts";

/** Compiles one comparison. Faults go to the scope; the test is then void. */
export function planComparison(comparison: Comparison, scope: PlanScope): Test {
  const fieldClass = scope.read(comparison.field);
  if (fieldClass === undefined) {
    scope.fault("/field", `There is no field "${comparison.field}".`);
    return () => null;
  }
  const operator: Operator = OPERATORS[comparison.operator];
  if (!operator.classes.includes(fieldClass)) {
    const message =
      `"${operator.name}" cannot be used on "${comparison.field}", which is of class ${fieldClass}.`;
    scope.fault("/operator", message);
    return () => null;
  }
  return operator.plan(comparison, fieldClass, scope);
}
