import { CLASSES } from "../classes/mod.ts";
import type { RecordView } from "../record_view.ts";
import type { Truth } from "../truth.ts";
import { ORDERED } from "./field_classes.ts";
import { planOperands } from "./operand.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

// Values are the same for every record; moments, which Postgres compares when the rule is saved, are left out.
const NO_RECORD: RecordView = {
  value: () => undefined,
  lookup: () => undefined,
  moment: () => null,
  counts: () => undefined,
  defaultCountry: null,
  isDangling: () => false,
  groupSize: () => 1,
};

/** `between`: `>=` the first bound and `<=` the second. Reversed values are refused; reversed fields hold nothing. */
export const between: Operator = {
  name: "between",
  classes: ORDERED,
  plan(comparison, fieldClass, scope) {
    const [low, high, ...more] = planOperands(comparison, fieldClass, scope) ?? [];
    if (low === undefined || high === undefined || more.length > 0) {
      if (Array.isArray(comparison.value) && comparison.value.length !== 2) {
        scope.fault("/value", `"${comparison.operator}" takes two bounds.`);
      }
      return UNKNOWN;
    }
    const { compare } = CLASSES[fieldClass];
    if (comparison.valueSource !== "field") {
      const [from, to] = [low(NO_RECORD), high(NO_RECORD)];
      if (from !== null && to !== null && compare(from, to) > 0) {
        scope.fault("/value", `The bounds are reversed: "${from}" is after "${to}".`);
      }
    }
    return (view): Truth => {
      const value = view.value(comparison.field) ?? null;
      if (value === null) return null;
      const from = low(view);
      const to = high(view);
      if (from !== null && compare(value, from) < 0) return false;
      if (to !== null && compare(value, to) > 0) return false;
      return from === null || to === null ? null : true;
    };
  },
};
