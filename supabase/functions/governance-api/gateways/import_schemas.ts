import { z } from "zod";
import { entityTypeSchema, fieldsSchema, orgIdSchema } from "../http/records.ts";
import { ENCODINGS } from "../imports/encoding.ts";
import { DELIMITERS, FORMATS } from "../imports/sniff.ts";
import { divertedSchema } from "./records_gateway.ts";

const columnSchema = z.string().min(1).max(200);
const fieldSchema = z.string().min(1).max(63);
export const IMPORT_MODES = ["insert", "insert_missing", "upsert"] as const;

/** Which column of a file is which field, and how its text is read. */
export const mappingSchema = z.strictObject({
  columns: z.array(z.strictObject({
    column: columnSchema.describe("The column of the file, as its header names it."),
    field: fieldSchema.describe("The field of the record."),
    decimal: z.enum([".", ","]).optional()
      .describe("The decimal sign of numbers; the other one parts thousands. Without it a number is 1234.5."),
    date: z.enum(["ymd", "dmy", "mdy"]).optional()
      .describe("The order of day, month and year. Without it a date is 2026-03-31."),
  })).max(500),
  constants: fieldsSchema.default({}).describe("Values that every record gets."),
});

const options = {
  mode: z.enum(IMPORT_MODES)
    .describe(
      "insert: a row whose record is there already waits in quarantine; insert_missing: it is passed over; upsert: it changes the record.",
    ),
  match_on: z.array(fieldSchema).max(10)
    .describe("The fields by which a row is a record that is there already; empty: the entity's key."),
};

export const importStartSchema = z.strictObject({
  org_id: orgIdSchema,
  entity_type: entityTypeSchema,
  file_name: z.string().trim().min(1).max(500),
  mode: options.mode.default("insert"),
  match_on: options.match_on.default([]),
  mapping: mappingSchema.optional().describe(
    "Without: the one saved for this header, else one by the names.",
  ),
  format: z.enum(FORMATS).optional(),
  encoding: z.enum(ENCODINGS).optional(),
  delimiter: z.enum(DELIMITERS).optional(),
  has_header: z.boolean().optional(),
  again: z.boolean().default(false).describe("The same file was imported before, and that is meant."),
});
export type ImportStart = z.output<typeof importStartSchema>;

export const importChangesSchema = z.strictObject({
  mode: options.mode.optional(),
  match_on: options.match_on.optional(),
  mapping: mappingSchema.optional(),
  save_mapping: z.boolean().default(false).describe("Keeps the mapping for the next file with this header."),
});
export type ImportChanges = z.output<typeof importChangesSchema>;

const tally = z.record(z.string(), z.number());

/** An import as it is now. */
export const importSchema = z.object({
  import_id: z.uuid(),
  org_id: z.string(),
  entity_type: z.string(),
  file_name: z.string(),
  created_by: z.uuid().nullable(),
  source_key: z.string().nullable(),
  mode: z.enum(IMPORT_MODES),
  match_on: z.array(z.string()),
  format: z.enum(FORMATS).nullable(),
  encoding: z.enum(ENCODINGS).nullable(),
  delimiter: z.enum(DELIMITERS).nullable(),
  has_header: z.boolean().nullable(),
  columns: z.array(z.string()).nullable(),
  mapping: z.looseObject({}).nullable(),
  mapping_origin: z.enum(["given", "saved", "suggested"]).nullable(),
  unknown_columns: z.array(z.string()).describe("Columns that nothing is mapped to."),
  status: z.enum(["uploading", "staged", "judging", "judged", "committing", "committed", "undone"]),
  row_count: z.number(),
  counts: z.object({
    verdicts: tally.optional(),
    states: tally.optional(),
    diverted: z.number().optional().describe("Rows of which a part waits in change requests."),
  }),
  revision: z.number(),
  judged_to: z.number().describe("The last row that has its verdict."),
  committed_to: z.number().describe("The last row that was written or quarantined."),
  chunks: z.number().optional().describe("How many chunks have arrived."),
  created_at: z.string(),
  updated_at: z.string(),
  finished_at: z.string().nullable(),
});
export type ImportAnswer = z.output<typeof importSchema>;

export const ROW_VERDICTS = ["written", "fixed", "issues", "blocked", "same_key", "unreadable"] as const;
export const ROW_STATES = ["staged", "written", "skipped", "quarantined", "discarded", "undone"] as const;

/** A row of an import: what stands in the file, and what becomes of it. */
export const importRowSchema = z.object({
  row_number: z.number(),
  line: z.number(),
  raw: z.unknown(),
  record: z.looseObject({}).nullable(),
  verdict: z.enum(ROW_VERDICTS).nullable(),
  operation: z.enum(["insert", "update", "none"]).nullable(),
  reasons: z.array(
    z.object({
      code: z.string().nullable(),
      message: z.string().nullable(),
      rule_key: z.string().nullable(),
      fields: z.array(z.string()),
    }),
  ),
  fixes: z.array(z.looseObject({})).nullable(),
  issues: z.array(z.looseObject({})).nullable(),
  same_as: z.number().nullable(),
  record_key: z.string().nullable(),
  state: z.enum(ROW_STATES),
  is_corrected: z.boolean(),
  diverted: divertedSchema.nullable(),
});
