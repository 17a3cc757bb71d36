import { type FixStep, fixStepSchema } from "../../schema/fix_step.ts";
import type { FieldClass } from "../../schema/rule.ts";
import type { PlanScope } from "../operators/mod.ts";
import { type PlannedStep, STEPS } from "../steps/mod.ts";
import type { RuleScope } from "./rule_scope.ts";
import { zodFaults } from "./zod_faults.ts";

/** Compiles the steps of a rule's fix, each checked by itself. Faults go to the scope. */
export function planSteps(fix: unknown, scope: RuleScope): readonly PlannedStep[] {
  if (fix === null || fix === undefined) return [];
  if (!Array.isArray(fix)) {
    scope.faults.push({ at: "/fix", message: "The fix is not a list of steps." });
    return [];
  }
  return fix.flatMap((raw, index) => {
    const at = `/fix/${index}`;
    const parsed = fixStepSchema.safeParse(raw);
    if (!parsed.success) {
      scope.faults.push(...zodFaults(parsed.error, at));
      return [];
    }
    return planStep(parsed.data, scope.at(at)) ?? [];
  });
}

function planStep(step: FixStep, scope: PlanScope): PlannedStep | null {
  const fieldClass = scope.read(step.field);
  if (fieldClass === undefined || step.field.includes(".")) {
    scope.fault("/field", `There is no column "${step.field}" that a fix could change.`);
    return null;
  }
  return { field: step.field, fieldClass, ...dispatch(step, fieldClass, scope) };
}

// A switch, because only here the compiler can pair a step with the handler of its kind.
function dispatch(
  step: FixStep,
  fieldClass: FieldClass,
  scope: PlanScope,
): Omit<PlannedStep, "field" | "fieldClass"> {
  switch (step.step) {
    case "normalize":
      return STEPS.normalize.plan(step, fieldClass, scope);
    case "map":
      return STEPS.map.plan(step, fieldClass, scope);
    case "set":
      return STEPS.set.plan(step, fieldClass, scope);
    case "copy":
      return STEPS.copy.plan(step, fieldClass, scope);
    case "nearest":
      return STEPS.nearest.plan(step, fieldClass, scope);
  }
}
