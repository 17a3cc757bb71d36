import { EvaluationBrokeError } from "../../errors.ts";
import { quoted } from "../classes/mod.ts";
import { TEXT_ONLY } from "./field_classes.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

/** `inReference`: the value is a member of a named set, as the record's organization sees it. */
export const inReference: Operator = {
  name: "inReference",
  classes: TEXT_ONLY,
  plan(comparison, _fieldClass, scope) {
    const setKey = comparison.value;
    if (typeof setKey !== "string" || setKey === "" || comparison.valueSource === "field") {
      scope.fault("/value", `${quoted(setKey)} is not the key of a reference set.`);
      return UNKNOWN;
    }
    scope.lookUp(setKey, comparison.field);
    return (view) => {
      const value = view.value(comparison.field) ?? null;
      if (value === null) return null;
      const lookup = view.lookup(setKey, String(value));
      if (lookup === undefined) {
        throw new EvaluationBrokeError(`"${setKey}" was not asked about "${comparison.field}".`);
      }
      return lookup.member;
    };
  },
};
