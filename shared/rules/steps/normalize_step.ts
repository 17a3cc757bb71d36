import { NORMALIZERS } from "../../normalize/mod.ts";
import { requireText, type StepHandler } from "./step_handler.ts";

/** `normalize`: brings text into the one form that a normalizer knows. */
export const normalizeStep: StepHandler<"normalize"> = {
  step: "normalize",
  plan(step, fieldClass, scope) {
    requireText(step, fieldClass, scope);
    const normalize = NORMALIZERS[step.using];
    return {
      suggestsOnly: false,
      run(view) {
        const value = view.value(step.field);
        return typeof value === "string"
          ? { value: normalize(value, { country: view.defaultCountry }) }
          : null;
      },
    };
  },
};
