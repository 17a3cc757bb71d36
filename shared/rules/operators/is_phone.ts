import { findCountryCode, isPhoneNumber } from "../../normalize/mod.ts";
import { planRegion } from "../formats/region.ts";
import { TEXT_ONLY } from "./field_classes.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

/** `isPhone`: a number that its country's plan has; unknown when nobody says which country. Never in a write. */
export const isPhone: Operator = {
  name: "isPhone",
  classes: TEXT_ONLY,
  plan(comparison, _fieldClass, scope) {
    const region = planRegion(comparison, scope);
    if (region === null) return UNKNOWN;
    return (view) => {
      const text = view.value(comparison.field) ?? null;
      if (text === null) return null;
      const country = region(view);
      return isPhoneNumber(String(text), country === null ? null : findCountryCode(country) ?? null);
    };
  },
};
