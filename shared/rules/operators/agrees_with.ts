import { EvaluationBrokeError } from "../../errors.ts";
import { quoted } from "../classes/mod.ts";
import { TEXT_ONLY } from "./field_classes.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

/**
 * `agreesWith`: the other field's value is one that a named mapping gives for this field's, as ZIP prefix → state.
 * Unknown when either is null or the mapping does not know this field's value.
 */
export const agreesWith: Operator = {
  name: "agreesWith",
  classes: TEXT_ONLY,
  plan({ field, value }, _fieldClass, scope) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      scope.fault("/value", `${quoted(value)} names no field and mapping.`);
      return UNKNOWN;
    }
    const otherClass = scope.read(value.field);
    if (otherClass !== "text") {
      const message = otherClass === undefined
        ? `There is no field "${value.field}".`
        : `"agreesWith" compares text, and "${value.field}" is of class ${otherClass}.`;
      scope.fault("/value/field", message);
      return UNKNOWN;
    }
    scope.lookUp(value.mapping, field);
    return (view) => {
      const key = view.value(field) ?? null;
      const other = view.value(value.field) ?? null;
      if (key === null || other === null) return null;
      const lookup = view.lookup(value.mapping, String(key));
      if (lookup === undefined) {
        throw new EvaluationBrokeError(`"${value.mapping}" was not asked about "${field}".`);
      }
      if (lookup.agrees === null) return null;
      const fold = (text: string) => lookup.case_sensitive ? text : text.toLowerCase();
      return lookup.agrees.some((one) => fold(one) === fold(String(other)));
    };
  },
};
