import type { Comparison } from "../../schema/rule_group.ts";
import { quoted } from "../classes/mod.ts";
import type { PlanScope } from "../operators/operator.ts";
import type { RecordView } from "../record_view.ts";

/** The country that a record's value belongs to, as the rule or the record writes it; null: nobody says. */
export type Region = (view: RecordView) => string | null;

/**
 * Plans the right side of a format that depends on the country: its code, a field that names it, or nothing, for the
 * organization's. A record that names no country has its organization's. Null after a fault.
 */
export function planRegion({ field, value, valueSource }: Comparison, scope: PlanScope): Region | null {
  if (value === undefined || value === null || value === "") return (view) => view.defaultCountry;
  if (typeof value !== "string") {
    scope.fault("/value", `${quoted(value)} is not the code of a country, such as "US".`);
    return null;
  }
  if (valueSource !== "field") {
    if (/^[A-Z]{2}$/.test(value)) return () => value;
    scope.fault("/value", `"${value}" is not the code of a country, such as "US".`);
    return null;
  }
  const fieldClass = scope.read(value);
  if (fieldClass === "text") {
    return (view) => {
      const country = view.value(value);
      return typeof country === "string" && country.trim() !== "" ? country : view.defaultCountry;
    };
  }
  const message = fieldClass === undefined
    ? `There is no field "${value}".`
    : `"${field}" asks "${value}" for its country, which is of class ${fieldClass}.`;
  scope.fault("/value", message);
  return null;
}
