import { CLASSES } from "../classes/mod.ts";
import type { Truth } from "../truth.ts";
import { COMPARABLE } from "./field_classes.ts";
import { planOperands } from "./operand.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

/** `in`: equal to one of a list. Nothing is in an empty list, not even null. */
export const isIn: Operator = {
  name: "in",
  classes: COMPARABLE,
  plan(comparison, fieldClass, scope) {
    const operands = planOperands(comparison, fieldClass, scope);
    if (operands === null) return UNKNOWN;
    if (operands.length === 0) return () => false;
    const { compare } = CLASSES[fieldClass];
    return (view): Truth => {
      const value = view.value(comparison.field) ?? null;
      if (value === null) return null;
      let outcome: Truth = false;
      for (const operand of operands) {
        const member = operand(view);
        if (member === null) outcome = null;
        else if (compare(value, member) === 0) return true;
      }
      return outcome;
    };
  },
};
