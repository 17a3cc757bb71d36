/** The kinds of fix steps, one file each; a new one is its file, its schema and its line here. @module */
import type { FixStep } from "../../schema/fix_step.ts";
import { copyStep } from "./copy_step.ts";
import { mapStep } from "./map_step.ts";
import { nearestStep } from "./nearest_step.ts";
import { normalizeStep } from "./normalize_step.ts";
import { setStep } from "./set_step.ts";
import type { StepHandler } from "./step_handler.ts";

export type { PlannedStep, StepHandler, StepOutcome } from "./step_handler.ts";

export const STEPS = {
  normalize: normalizeStep,
  map: mapStep,
  set: setStep,
  copy: copyStep,
  nearest: nearestStep,
} satisfies { [K in FixStep["step"]]: StepHandler<K> };
