import { z } from "zod";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, encodeCursor } from "../http/cursor.ts";
import { ask } from "./ask.ts";

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

/** Which changes to list: of a span of time, by somebody or something. */
export interface ChangesFilter {
  readonly p_from: string;
  readonly p_to: string;
  readonly p_actor?: string | undefined;
  readonly p_source?: string | undefined;
  readonly p_cause_kind?: string | undefined;
  readonly p_cause_id?: string | undefined;
  readonly p_entity_type?: string | undefined;
  readonly p_org_id?: string | undefined;
}

/** What the audit tells, with the caller's rights. */
export class HistoryGateway {
  constructor(readonly client: DatabaseClient) {}

  async asOf(entityType: string, recordKey: string, at: string) {
    const parameters = { p_entity_type: entityType, p_record_key: recordKey, p_at: at };
    return await ask(this.client.rpc("record_as_of", parameters), recordAsOfSchema);
  }

  async fieldHistory(
    entityType: string,
    recordKey: string,
    field: string,
    limit: number,
    after: Cursor | undefined,
  ) {
    const parameters = {
      p_entity_type: entityType,
      p_record_key: recordKey,
      p_field: field,
      p_limit: limit + 1,
      ...(after !== undefined && { p_before_id: placeOf(after) }),
    };
    const rows = await ask(this.client.rpc("field_history", parameters), z.array(fieldChangeSchema));
    const changes = rows.slice(0, limit);
    return { changes, next: rows.length > limit ? encodeCursor([changes.at(-1)!.event_id]) : null };
  }

  async changesBy(filter: ChangesFilter, limit: number, after: Cursor | undefined) {
    const parameters = {
      ...filter,
      p_limit: limit + 1,
      ...(after !== undefined && { p_after_id: placeOf(after) }),
    };
    const call = this.client.rpc("changes_by", parameters as never);
    return pageOf(await ask(call, z.array(auditEventSchema)), limit);
  }

  async eventsOf(entityType: string, recordKey: string, limit: number, after: Cursor | undefined) {
    let query = this.client.from("audit_trail").select("*").eq("entity_type", entityType).eq(
      "record_key",
      recordKey,
    );
    if (after !== undefined) query = query.gt("id", placeOf(after));
    return pageOf(await ask(query.order("id").limit(limit + 1), z.array(auditEventSchema)), limit);
  }

  async explain(what: "explain_write" | "explain_refusal", id: number) {
    const parameters = what === "explain_write" ? { p_event_id: id } : { p_refusal_id: id };
    return await ask(this.client.rpc(what, parameters as never), reasonsSchema);
  }

  async erase(entityType: string, recordKey: string, columns: readonly string[] | null, reason: string) {
    const parameters = {
      p_entity_type: entityType,
      p_record_key: recordKey,
      p_columns: columns as string[],
      p_reason: reason,
    };
    return await ask(this.client.rpc("erase_record", parameters), erasureSchema);
  }
}

const placeOf = (cursor: Cursor): number => decodeCursor(cursor, z.tuple([z.number()]))[0];

function pageOf(rows: readonly z.output<typeof auditEventSchema>[], limit: number) {
  const events = rows.slice(0, limit);
  return { events, next: rows.length > limit ? encodeCursor([events.at(-1)!.id]) : null };
}
