import { z } from "zod";
import { HistoryGateway } from "../gateways/history_gateway.ts";
import {
  auditEventSchema,
  erasureSchema,
  fieldChangeSchema,
  reasonsSchema,
  recordAsOfSchema,
} from "../gateways/history_schemas.ts";
import { pageQuery } from "../http/cursor.ts";
import { entityTypeSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "history";
const recordKey = z.string().min(1).max(1000);
const record = z.object({ entity_type: entityTypeSchema, record_key: recordKey });
const moment = z.iso.datetime({ offset: true });
const column = z.string().min(1).max(63);
const place = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER);
const page = z.object({ events: z.array(auditEventSchema), next: z.string().nullable() });

export const historyRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/records/{entity_type}/{record_key}/as-of",
    name: "show_record_as_of",
    summary:
      "A record as it was at a moment since its table was registered, also one that was deleted since.",
    tag,
    params: record,
    query: z.strictObject({ at: moment }),
    answer: recordAsOfSchema,
    errors: ["not-found", "invalid-value"],
    handle: ({ params, query, caller }) =>
      new HistoryGateway(caller.client).asOf(params.entity_type, params.record_key, query.at),
  }),
  route({
    method: "GET",
    path: "/records/{entity_type}/{record_key}/history",
    name: "list_field_history",
    summary: "What one field of a record was and became, the newest first, a page at a time.",
    tag,
    params: record,
    query: z.strictObject({ field: column, ...pageQuery }),
    answer: z.object({ changes: z.array(fieldChangeSchema), next: z.string().nullable() }),
    handle: ({ params, query, caller }) =>
      new HistoryGateway(caller.client).fieldHistory(params, query.field, query.limit, query.cursor),
  }),
  route({
    method: "GET",
    path: "/records/{entity_type}/{record_key}/audit-events",
    name: "list_record_events",
    summary: "Every recorded change of a record, the oldest first, a page at a time.",
    tag,
    params: record,
    query: z.strictObject({ ...pageQuery }),
    answer: page,
    handle: ({ params, query, caller }) =>
      new HistoryGateway(caller.client).eventsOf(params, query.limit, query.cursor),
  }),
  route({
    method: "GET",
    path: "/audit-events",
    name: "list_changes_by",
    summary:
      "What an actor, a source or a cause (an import, a change request, a batch of fixes) changed in a span of time, the oldest first.",
    tag,
    query: z.strictObject({
      from: moment,
      to: moment,
      actor: z.uuid().optional(),
      source: z.string().max(100).optional(),
      cause_kind: z.string().max(100).optional(),
      cause_id: z.string().max(100).optional(),
      entity_type: entityTypeSchema.optional(),
      org_id: z.string().max(200).optional(),
      ...pageQuery,
    }),
    answer: page,
    errors: ["invalid-value"],
    handle: ({ query: { limit, cursor, ...filter }, caller }) =>
      new HistoryGateway(caller.client).changesBy(
        {
          p_from: filter.from,
          p_to: filter.to,
          p_actor: filter.actor,
          p_source: filter.source,
          p_cause_kind: filter.cause_kind,
          p_cause_id: filter.cause_id,
          p_entity_type: filter.entity_type,
          p_org_id: filter.org_id,
        },
        limit,
        cursor,
      ),
  }),
  route({
    method: "GET",
    path: "/audit-events/{event_id}/why",
    name: "explain_write",
    summary: "Why a write was allowed: its cause, and the rules, waivers and policies in force then.",
    tag,
    params: z.object({ event_id: place }),
    answer: reasonsSchema,
    errors: ["not-found"],
    handle: ({ params, caller }) =>
      new HistoryGateway(caller.client).explain("explain_write", params.event_id),
  }),
  route({
    method: "GET",
    path: "/refused-writes/{refusal_id}/why",
    name: "explain_refusal",
    summary:
      "Why a call was refused: the rule in the version of then, and the waivers in force. For stewards.",
    tag,
    params: z.object({ refusal_id: place }),
    answer: reasonsSchema,
    errors: ["not-found"],
    handle: ({ params, caller }) =>
      new HistoryGateway(caller.client).explain("explain_refusal", params.refusal_id),
  }),
  route({
    method: "POST",
    path: "/erasures",
    name: "erase_record",
    summary:
      "Erases the sensitive values of one record (or these columns) everywhere the product keeps them. For admins.",
    tag,
    body: z.strictObject({
      entity_type: entityTypeSchema,
      record_key: recordKey,
      columns: z.array(column).min(1).max(200).nullable().default(null),
      reason: z.string().trim().min(1).max(2000),
    }),
    status: 201,
    answer: erasureSchema,
    errors: ["not-found", "not-allowed", "invalid-value"],
    handle: ({ body, caller }) =>
      new HistoryGateway(caller.client).erase(body.entity_type, body.record_key, body.columns, body.reason),
  }),
];
