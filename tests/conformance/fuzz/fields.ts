import fc from "fast-check";
import { COLUMNS, type TrialColumn } from "../trial/columns.ts";

/** A field that a rule of the fuzzer may read. */
export interface FuzzField {
  readonly path: string;
  readonly column: TrialColumn;
}

const PREFIXES = ["", "", "", "parent.", "parent.grand."];

/** Any field, own ones more often. */
export const anyField: fc.Arbitrary<FuzzField> = fc.tuple(
  fc.constantFrom(...PREFIXES),
  fc.constantFrom(...COLUMNS),
)
  .map(([prefix, column]) => ({ path: prefix + column.name, column }));

/** The path of a field that can be compared with a column. */
export function fieldOfClass(column: TrialColumn): fc.Arbitrary<string> {
  const alike = COLUMNS.filter(({ fieldClass }) => fieldClass === column.fieldClass);
  return fc.tuple(fc.constantFrom(...PREFIXES), fc.constantFrom(...alike)).map(([prefix, { name }]) =>
    prefix + name
  );
}
