import { z } from "zod";

const values = z.record(z.string(), z.unknown());

const causeShape = {
  actor: z.string().nullable(),
  db_role: z.string(),
  source: z.string(),
  cause_kind: z.string().nullable(),
  cause_id: z.string().nullable(),
  cause: values.nullable(),
  reason: z.string().nullable(),
  request_id: z.string().nullable(),
};

/** A record that a statement changed; what the caller may not read is null and named in `masked`. */
export const auditEventSchema = z.object({
  id: z.number(),
  occurred_at: z.string(),
  org_id: z.string(),
  entity_type: z.string(),
  record_key: z.string(),
  operation: z.string(),
  before: values.nullable(),
  after: values.nullable(),
  masked: z.array(z.string()),
  erased: z.array(z.string()),
  ...causeShape,
});

/** What one field became by one write. */
export const fieldChangeSchema = z.object({
  event_id: z.number(),
  occurred_at: z.string(),
  operation: z.string(),
  old_value: z.unknown(),
  new_value: z.unknown(),
  is_masked: z.boolean(),
  is_erased: z.boolean(),
  ...causeShape,
});

/** A record as it was at a moment, and where that is not sure. */
export const recordAsOfSchema = z.object({
  entity_type: z.string(),
  record_key: z.string(),
  at: z.string(),
  existed: z.boolean(),
  record: values.nullable(),
  masked: z.array(z.string()),
  erased: z.array(z.string()),
  not_recorded: z.array(z.string()),
  is_whole: z.boolean(),
  gaps: z.array(z.object({ at: z.string(), stage: z.string() })),
  changes_since: z.number(),
});

/** Why a write was allowed or refused. */
export const reasonsSchema = z.object({
  sentence: z.string(),
  rules: z.array(values),
  waivers: z.array(values),
})
  .loose();

export const erasureSchema = z.object({
  entity_type: z.string(),
  record_key: z.string(),
  fields: z.array(z.string()),
  counts: z.record(z.string(), z.number()),
  still_held: z.array(z.string()),
});
