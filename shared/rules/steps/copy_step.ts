import { plainDecimal } from "../classes/number_class.ts";
import { isBlankValue } from "../operators/mod.ts";
import type { StepHandler } from "./step_handler.ts";

/** `copy`: the value of another field of the same class, where that one has a value. */
export const copyStep: StepHandler<"copy"> = {
  step: "copy",
  plan(step, fieldClass, scope) {
    const fromClass = scope.read(step.from);
    if (fromClass === undefined) scope.fault("/from", `There is no field "${step.from}".`);
    else if (fromClass !== fieldClass) {
      scope.fault(
        "/from",
        `"${step.field}" is of class ${fieldClass} and "${step.from}" of class ${fromClass}.`,
      );
    }
    if (fieldClass === "other") scope.fault("/field", `"${step.field}" is of a type that cannot be copied.`);
    return {
      suggestsOnly: false,
      run(view) {
        const value = view.value(step.from) ?? null;
        if (isBlankValue(value, fieldClass)) return null;
        return { value: fieldClass === "number" ? trimScale(String(value)) : value };
      },
    };
  },
};

/** A decimal without exponent, and without the zeros that its column's scale puts behind it: another column may have none. */
function trimScale(decimal: string): string {
  const plain = /^-?[\d.]+e/i.test(decimal) ? plainDecimal(decimal) : decimal;
  return plain.replace(/^(-?\d+)(?:\.0+|(\.\d*[1-9])0+)$/, "$1$2");
}
