import { z } from "zod";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";
import {
  auditEventSchema,
  erasureSchema,
  fieldChangeSchema,
  reasonsSchema,
  recordAsOfSchema,
} from "./history_schemas.ts";

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

/** Which record, by its names in the address. */
export interface RecordName {
  readonly entity_type: string;
  readonly record_key: string;
}

/** What the audit tells, with the caller's rights. */
export class HistoryGateway {
  constructor(readonly client: DatabaseClient) {}

  async asOf(entityType: string, recordKey: string, at: string) {
    const parameters = { p_entity_type: entityType, p_record_key: recordKey, p_at: at };
    return await ask(this.client.rpc("record_as_of", parameters), recordAsOfSchema);
  }

  async fieldHistory(record: RecordName, field: string, limit: number, after: Cursor | undefined) {
    const parameters = {
      p_entity_type: record.entity_type,
      p_record_key: record.record_key,
      p_field: field,
      p_limit: limit + 1,
      ...(after !== undefined && { p_before_id: placeOf(after) }),
    };
    const rows = await ask(this.client.rpc("field_history", parameters), z.array(fieldChangeSchema));
    return pageOf("changes", rows, limit, ({ event_id }) => [event_id]);
  }

  async changesBy(filter: ChangesFilter, limit: number, after: Cursor | undefined) {
    const parameters = {
      ...filter,
      p_limit: limit + 1,
      ...(after !== undefined && { p_after_id: placeOf(after) }),
    };
    const call = this.client.rpc("changes_by", parameters as never);
    return eventsPage(await ask(call, z.array(auditEventSchema)), limit);
  }

  async eventsOf(record: RecordName, limit: number, after: Cursor | undefined) {
    let query = this.client.from("audit_trail").select("*").match(record);
    if (after !== undefined) query = query.gt("id", placeOf(after));
    return eventsPage(await ask(query.order("id").limit(limit + 1), z.array(auditEventSchema)), limit);
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

const eventsPage = (rows: readonly z.output<typeof auditEventSchema>[], limit: number) =>
  pageOf("events", rows, limit, ({ id }) => [id]);
