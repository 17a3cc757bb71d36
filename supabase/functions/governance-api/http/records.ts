import { z } from "zod";

/** Records a call; a trial of so many stays well below the statement timeout and two seconds of CPU. */
export const MAX_RECORDS = 1000;
/** Bytes of a body with records. */
export const MAX_RECORDS_BYTES = 5_000_000;

export const entityTypeSchema = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, "This is no name of an entity.");
export const orgIdSchema = z.string().min(1).max(200);

/** A value as a column takes it: the database reads texts, numbers and booleans into the column's type. */
export const fieldsSchema = z.record(z.string().min(1).max(63), z.unknown())
  .refine((fields) => Object.keys(fields).length <= 500, "A record has at most 500 fields.");

/** A record that is to be written: a known key changes that record, a new one makes one. */
export const givenRecordSchema = z.strictObject({
  key: z.string().min(1).max(1000).optional()
    .describe(
      "The record's key as text; a composite one as a JSON array. Or the key's columns among the fields.",
    ),
  fields: fieldsSchema,
});
export type GivenRecord = z.output<typeof givenRecordSchema>;

/** Records as the SQL functions take them, numbered by their place. */
export function numbered(records: readonly GivenRecord[]) {
  return records.map(({ key, fields }, n) => ({ n, ...(key !== undefined && { key }), values: fields }));
}
