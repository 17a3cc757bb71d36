import { nearest } from "../../normalize/mod.ts";
import { requireText, type StepHandler } from "./step_handler.ts";

/** `nearest`: the one member of a reference set that the value is a slip of. Suggested, unless the rule says `apply`. */
export const nearestStep: StepHandler<"nearest"> = {
  step: "nearest",
  plan(step, fieldClass, scope) {
    requireText(step, fieldClass, scope);
    scope.lookUp(step.in, step.field);
    return {
      suggestsOnly: step.apply !== true,
      run(view) {
        const value = view.value(step.field);
        if (typeof value !== "string") return null;
        const lookup = view.lookup(step.in, value);
        if (lookup === undefined || lookup.member) return null;
        const found = nearest(value, lookup.candidates, { caseSensitive: lookup.case_sensitive });
        return found === null ? null : { value: found.suggestion };
      },
    };
  },
};
