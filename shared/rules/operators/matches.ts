import { quoted } from "../classes/mod.ts";
import { compilePattern } from "../pattern/mod.ts";
import { TEXT_ONLY } from "./field_classes.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

/** `matches`: the pattern is found somewhere in the text, in linear time. */
export const matches: Operator = {
  name: "matches",
  classes: TEXT_ONLY,
  plan(comparison, _fieldClass, scope) {
    if (typeof comparison.value !== "string" || comparison.valueSource === "field") {
      scope.fault("/value", `${quoted(comparison.value)} is not a pattern.`);
      return UNKNOWN;
    }
    try {
      const isFound = compilePattern(comparison.value);
      return (view) => {
        const text = view.value(comparison.field) ?? null;
        return text === null ? null : isFound(String(text));
      };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      scope.fault("/value", error.message);
      return UNKNOWN;
    }
  },
};
