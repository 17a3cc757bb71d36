import type { FieldClass } from "../../schema/rule.ts";
import type { Comparison, OperatorName } from "../../schema/rule_group.ts";
import type { RecordView } from "../record_view.ts";
import type { Truth } from "../truth.ts";

/** A planned condition: what it says of one record. */
export type Test = (view: RecordView) => Truth;

/** A condition that says no more about this record than what was asked: used where a fault makes the plan void. */
export const UNKNOWN: Test = () => null;

/** What an operator may ask and say while its comparison is planned. */
export interface PlanScope {
  /** The class of a field, or undefined when there is no such field; the field counts as read. */
  read(field: string): FieldClass | undefined;
  /** The comparison asks a reference set about a field. */
  lookUp(setKey: string, field: string): void;
  /** The comparison needs a moving moment. */
  moment(key: string): void;
  /** Something is wrong with the rule; `at` is relative to the comparison, such as `/value`. */
  fault(at: string, message: string): void;
}

/** One operator of the rule language: which classes it takes, and what it means. */
export interface Operator {
  readonly name: OperatorName;
  /** The classes of the left side that it takes. */
  readonly classes: readonly FieldClass[];
  /** Checks the right side, all faults at once, and compiles the comparison. */
  plan(comparison: Comparison, fieldClass: FieldClass, scope: PlanScope): Test;
}
