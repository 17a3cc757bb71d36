import type { FixStep } from "../../schema/fix_step.ts";
import type { FieldValue } from "../../schema/json_patch.ts";
import type { FieldClass } from "../../schema/rule.ts";
import type { PlanScope } from "../operators/mod.ts";
import type { FixView } from "../record_view.ts";

/** The value that a step wants for its field; null: it is not sure, or has nothing to do. */
export type StepOutcome = { readonly value: FieldValue } | null;

/** A step of a rule's fix, planned. */
export interface PlannedStep {
  readonly field: string;
  readonly fieldClass: FieldClass;
  /** Its value is only suggested. */
  readonly suggestsOnly: boolean;
  run(view: FixView): StepOutcome;
}

/** A kind of fix step: checks a step, all faults at once, and compiles it. */
export interface StepHandler<K extends FixStep["step"]> {
  readonly step: K;
  plan(
    step: Extract<FixStep, { step: K }>,
    fieldClass: FieldClass,
    scope: PlanScope,
  ): Omit<PlannedStep, "field" | "fieldClass">;
}

/** Faults unless the step's field is text. */
export function requireText(step: FixStep, fieldClass: FieldClass, scope: PlanScope): void {
  if (fieldClass !== "text") {
    scope.fault("/field", `"${step.step}" changes text, and "${step.field}" is of class ${fieldClass}.`);
  }
}
