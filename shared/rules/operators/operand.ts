import type { FieldClass } from "../../schema/rule.ts";
import type { Comparison } from "../../schema/rule_group.ts";
import { CLASSES, type PresentValue, quoted } from "../classes/mod.ts";
import type { RecordView } from "../record_view.ts";
import { isMoment, momentFault } from "../moment.ts";
import type { PlanScope } from "./operator.ts";

/** The right side of a comparison, for one record; null is SQL's null. */
export type Operand = (view: RecordView) => PresentValue | null;

/** Plans one value, a moving moment, or the field that it names with `"valueSource": "field"`; null after a fault. */
export function planOperand(
  raw: unknown,
  comparison: Comparison,
  fieldClass: FieldClass,
  scope: PlanScope,
): Operand | null {
  return comparison.valueSource === "field"
    ? planField(raw, comparison.field, fieldClass, scope)
    : isMoment(raw, fieldClass)
    ? planMoment(raw, fieldClass, scope)
    : planValue(raw, fieldClass, scope);
}

/** Plans the single right side of a comparison; null after a fault. */
export function planSingleOperand(
  comparison: Comparison,
  fieldClass: FieldClass,
  scope: PlanScope,
): Operand | null {
  return planOperand(comparison.value, comparison, fieldClass, scope);
}

/** Plans a list of right sides; null after a fault. */
export function planOperands(
  comparison: Comparison,
  fieldClass: FieldClass,
  scope: PlanScope,
): readonly Operand[] | null {
  if (!Array.isArray(comparison.value)) {
    scope.fault("/value", `"${comparison.operator}" takes a list, not ${quoted(comparison.value)}.`);
    return null;
  }
  const operands = comparison.value.map((raw) => planOperand(raw, comparison, fieldClass, scope));
  return operands.every((operand) => operand !== null) ? operands : null;
}

function planValue(raw: unknown, fieldClass: FieldClass, scope: PlanScope): Operand | null {
  try {
    const value = CLASSES[fieldClass].canonicalize(raw);
    return () => value;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    scope.fault("/value", raw === undefined || raw === null ? "A value is missing." : error.message);
    return null;
  }
}

function planMoment(text: string, fieldClass: FieldClass, scope: PlanScope): Operand | null {
  const fault = momentFault(text, fieldClass);
  if (fault !== null) {
    scope.fault("/value", fault);
    return null;
  }
  const key = `${fieldClass}:${text}`;
  scope.moment(key);
  return (view) => view.moment(key) ?? null;
}

function planField(raw: unknown, left: string, fieldClass: FieldClass, scope: PlanScope): Operand | null {
  if (typeof raw !== "string") {
    scope.fault("/value", `${quoted(raw)} is not the name of a field.`);
    return null;
  }
  const otherClass = scope.read(raw);
  if (otherClass === undefined) {
    scope.fault("/value", `There is no field "${raw}".`);
    return null;
  }
  if (otherClass !== fieldClass) {
    scope.fault("/value", `"${left}" is of class ${fieldClass} and "${raw}" of class ${otherClass}.`);
    return null;
  }
  return (view) => view.value(raw) ?? null;
}
