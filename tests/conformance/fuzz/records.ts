import fc from "fast-check";
import { WRITTEN } from "../trial/columns.ts";
import type { TrialRow } from "../trial/round.ts";
import { CLASS_VALUES } from "./class_values.ts";

const columns = fc.record(
  Object.fromEntries(
    WRITTEN.map((
      column,
    ) => [column.name, fc.option(CLASS_VALUES[column.fieldClass].stored(column), { freq: 3 })]),
  ),
) as fc.Arbitrary<Readonly<Record<string, string | null>>>;

const org = fc.constantFrom("acme", "acme", "globex", "nowhere");

/** A row of one of the trial tables; its pointer leads to one of `targets`, to nothing, or nowhere. */
export function anyRow(
  pointer: string | null,
  targets: readonly string[],
): fc.Arbitrary<Omit<TrialRow, "id">> {
  const link = pointer === null
    ? fc.constant({})
    : fc.constantFrom(...targets, null, "missing").map((id) => ({ [pointer]: id }));
  return fc.tuple(columns, org, link).map(([values, org_id, link]) => ({ ...values, org_id, ...link }));
}
