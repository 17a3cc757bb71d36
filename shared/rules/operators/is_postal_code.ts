import { findCountryCode } from "../../normalize/mod.ts";
import { POSTAL_PATTERNS } from "../formats/postal_patterns.ts";
import { planRegion } from "../formats/region.ts";
import { compilePattern } from "../pattern/mod.ts";
import { TEXT_ONLY } from "./field_classes.ts";
import { type Operator, UNKNOWN } from "./operator.ts";

const COMPILED = new Map<string, (text: string) => boolean>();

/** `isPostalCode`: a postal code of the record's country; unknown where what one looks like there is not known. */
export const isPostalCode: Operator = {
  name: "isPostalCode",
  classes: TEXT_ONLY,
  plan(comparison, _fieldClass, scope) {
    const region = planRegion(comparison, scope);
    if (region === null) return UNKNOWN;
    return (view) => {
      const text = view.value(comparison.field) ?? null;
      const country = region(view);
      if (text === null || country === null) return null;
      return formOf(country)?.(String(text)) ?? null;
    };
  },
};

function formOf(country: string): ((text: string) => boolean) | undefined {
  // deno-lint-ignore no-control-regex -- as in SQL, names outside ASCII are not looked up
  const code = (/^[\x00-\x7f]*$/.test(country) ? findCountryCode(country) : undefined) ?? country;
  const known = COMPILED.get(code);
  if (known !== undefined || !Object.hasOwn(POSTAL_PATTERNS, code)) return known;
  const form = compilePattern(POSTAL_PATTERNS[code]!);
  COMPILED.set(code, form);
  return form;
}
