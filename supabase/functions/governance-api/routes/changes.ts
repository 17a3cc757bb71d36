import { z } from "zod";
import {
  askedChangesSchema,
  changeRecordSchema,
  changeSchema,
  ChangesGateway,
  changeStatusSchema,
  decisionSchema,
  reasonSchema,
  stepSchema,
} from "../gateways/changes_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { entityTypeSchema, MAX_RECORDS_BYTES } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "change requests";
const params = z.object({ request_id: z.uuid() });

export const changeRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/change-requests",
    name: "list_changes",
    summary: "The change requests that the caller may see, the newest first, a page at a time.",
    tag,
    query: z.strictObject({
      status: changeStatusSchema.optional(),
      org_id: z.string().optional(),
      entity_type: z.string().optional(),
      ...pageQuery,
    }),
    answer: z.object({ changes: z.array(changeSchema), next: z.string().nullable() }),
    handle: ({ query: { limit, cursor, ...filter }, caller }) =>
      new ChangesGateway(caller.client).list(filter, limit, cursor),
  }),
  route({
    method: "GET",
    path: "/change-requests/{request_id}",
    name: "show_change",
    summary: "A change request with its records, as far as the caller may read them, and its decisions.",
    tag,
    params,
    answer: z.object({
      change: changeSchema,
      records: z.array(changeRecordSchema),
      decisions: z.array(decisionSchema),
    }),
    errors: ["not-found"],
    handle: ({ params, caller }) => new ChangesGateway(caller.client).show(params.request_id),
  }),
  route({
    method: "POST",
    path: "/change-requests",
    name: "propose_changes",
    summary: "Proposes changes of records and validates them: a change request for each organization.",
    tag,
    body: z.strictObject({
      entity_type: entityTypeSchema,
      changes: askedChangesSchema,
      reason: reasonSchema.nullable().default(null),
    }),
    maxBodyBytes: MAX_RECORDS_BYTES,
    status: 201,
    answer: z.object({ requests: z.array(stepSchema) }),
    errors: ["not-found", "not-allowed", "invalid-value"],
    handle: async ({ body, caller }) => ({
      requests: await new ChangesGateway(caller.client).propose(body.entity_type, body.changes, body.reason),
    }),
  }),
];
