import { NORMALIZERS } from "../../normalize/mod.ts";
import { NORMALIZER_NAMES, type NormalizerName } from "../../schema/fix_step.ts";
import { requireText, type StepHandler } from "./step_handler.ts";

/** `map`: replaces a value by what a named mapping (a normalizer, a delivered map, a set's synonyms) gives for it. */
export const mapStep: StepHandler<"map"> = {
  step: "map",
  plan(step, fieldClass, scope) {
    requireText(step, fieldClass, scope);
    const normalize = isNormalizer(step.using) ? NORMALIZERS[step.using] : null;
    if (normalize === null) scope.lookUp(step.using, step.field);
    return {
      suggestsOnly: false,
      run(view) {
        const value = view.value(step.field);
        if (typeof value !== "string") return null;
        if (normalize !== null) return { value: normalize(value, { country: view.defaultCountry }) };
        const mapped = view.normalizerMaps.get(step.using)?.get(value) ??
          view.lookup(step.using, value)?.canonical;
        return mapped === undefined || mapped === null ? null : { value: mapped };
      },
    };
  },
};

function isNormalizer(name: string): name is NormalizerName {
  return (NORMALIZER_NAMES as readonly string[]).includes(name);
}
