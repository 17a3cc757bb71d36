import { CLASSES } from "../classes/mod.ts";
import type { StepHandler } from "./step_handler.ts";

/** `set`: a fixed value. */
export const setStep: StepHandler<"set"> = {
  step: "set",
  plan(step, fieldClass, scope) {
    let outcome: ReturnType<typeof checked> | null = null;
    try {
      outcome = checked();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      scope.fault("/value", error.message);
    }
    return { suggestsOnly: false, run: () => outcome };

    function checked() {
      return { value: step.value === null ? null : CLASSES[fieldClass].canonicalize(step.value) };
    }
  },
};
