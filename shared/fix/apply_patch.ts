import { applyPatch as applyOperations } from "rfc6902";
import { RecordChangedError } from "../errors.ts";
import type { FieldValue, Patch } from "../schema/json_patch.ts";

/** A record's own columns by name. */
export type RecordValues = Readonly<Record<string, FieldValue>>;

/**
 * Applies a patch to a copy of a record, whole or not at all.
 *
 * @throws {RecordChangedError} with the fields that do not hold what the patch tests
 */
export function applyPatch(record: RecordValues, patch: Patch): RecordValues {
  const copy = { ...record };
  const outcomes = applyOperations(copy, [...patch]);
  const conflicts = [
    ...new Set(patch.filter((_, index) => outcomes[index] !== null).map(({ path }) => fieldOf(path))),
  ];
  if (conflicts.length > 0) {
    const names = conflicts.map((field) => `"${field}"`).join(", ");
    throw new RecordChangedError(`The record changed meanwhile in ${names}; nothing was written.`, conflicts);
  }
  return copy;
}

/** The column that an operation's path names. */
export function fieldOf(path: string): string {
  return path.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
}
