import type { FieldClass } from "../../schema/rule.ts";

/** What the rule language knows of one class of values. */
export interface ClassHandler {
  readonly name: FieldClass;
  /** Whether `<`, `between` and their like may be used. */
  readonly ordered: boolean;
  /**
   * Checks a value that a rule writes and brings it into the delivered form.
   *
   * @throws {TypeError} with a message for the rule's author
   */
  canonicalize(value: unknown): PresentValue;
  /** Orders two delivered values of the class that are not null: negative, 0 or positive. */
  compare(left: PresentValue, right: PresentValue): number;
}

/** A delivered value that is not null. */
export type PresentValue = string | boolean;

/** A value in quotes, for messages. */
export function quoted(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value) ?? String(value);
}
