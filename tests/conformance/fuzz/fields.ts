import fc from "fast-check";
import { COLUMNS, type TrialColumn } from "../trial/columns.ts";

/** A field that a rule of the fuzzer may read. */
export interface FuzzField {
  readonly path: string;
  readonly column: TrialColumn;
  /** Where the fields lie that it can be compared with. */
  readonly prefixes: readonly string[];
}

/** Paths from a subject: own columns more often. */
const FROM_SUBJECT = ["", "", "", "parent.", "parent.grand."];
/** Paths from what points to a grand: a parent, or a child within a match. */
const FROM_NEIGHBOUR = ["", "", "grand."];

function fieldsAlong(prefixes: readonly string[]): fc.Arbitrary<FuzzField> {
  return fc.tuple(fc.constantFrom(...prefixes), fc.constantFrom(...COLUMNS))
    .map(([prefix, column]) => ({ path: prefix + column.name, column, prefixes }));
}

/** Any field of a subject. */
export const anyField: fc.Arbitrary<FuzzField> = fieldsAlong(FROM_SUBJECT);
/** Any field of a parent or a child, as seen from there. */
export const neighbourField: fc.Arbitrary<FuzzField> = fieldsAlong(FROM_NEIGHBOUR);

/** The path of a field that can be compared with a column. */
export function fieldOfClass(
  column: TrialColumn,
  prefixes: readonly string[] = FROM_SUBJECT,
): fc.Arbitrary<string> {
  const alike = COLUMNS.filter(({ fieldClass }) => fieldClass === column.fieldClass);
  return fc.tuple(fc.constantFrom(...prefixes), fc.constantFrom(...alike)).map(([prefix, { name }]) =>
    prefix + name
  );
}
