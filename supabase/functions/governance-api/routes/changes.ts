import { z } from "zod";
import {
  changeRecordSchema,
  changeSchema,
  ChangesGateway,
  changeStatusSchema,
  decisionSchema,
  stepSchema,
} from "../gateways/changes_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { entityTypeSchema, MAX_RECORDS, MAX_RECORDS_BYTES } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "change requests";
const params = z.object({ request_id: z.uuid() });
const reason = z.string().trim().min(1).max(2000);
const changesSchema = z.array(z.strictObject({
  key: z.string().min(1).max(1000),
  values: z.record(z.string().min(1).max(63), z.unknown()),
})).min(1).max(MAX_RECORDS);
const errors = ["not-found", "not-allowed", "change-closed"] as const;
const gone = z.strictObject({ reason: reason.nullable().default(null) });

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
      changes: changesSchema,
      reason: reason.nullable().default(null),
    }),
    maxBodyBytes: MAX_RECORDS_BYTES,
    status: 201,
    answer: z.object({ requests: z.array(stepSchema) }),
    errors: ["not-found", "not-allowed", "invalid-value"],
    handle: async ({ body, caller }) => ({
      requests: await new ChangesGateway(caller.client).propose(body.entity_type, body.changes, body.reason),
    }),
  }),
  route({
    method: "POST",
    path: "/change-requests/{request_id}/decisions",
    name: "decide_change",
    summary:
      "Approves a change, rejects it, or asks its proposer for changes. Never the proposer's to approve; commit: true commits with the last approval.",
    tag,
    params,
    body: z.discriminatedUnion("decision", [
      z.strictObject({
        decision: z.literal("approve"),
        reason: reason.nullable().default(null),
        commit: z.boolean().default(false),
      }),
      z.strictObject({ decision: z.enum(["reject", "request_changes"]), reason }),
    ]),
    answer: stepSchema,
    errors,
    handle: ({ params, body, caller }) => {
      const gateway = new ChangesGateway(caller.client);
      const more = { p_reason: body.reason };
      if (body.decision === "approve") {
        return gateway.step("approve_change", params.request_id, { ...more, p_commit: body.commit });
      }
      const verb = body.decision === "reject" ? "reject_change" : "request_changes";
      return gateway.step(verb, params.request_id, more);
    },
  }),
  route({
    method: "POST",
    path: "/change-requests/{request_id}/revise",
    name: "revise_change",
    summary: "Asks for something else, or for the same of the records as they are now. For the proposer.",
    tag,
    params,
    body: z.strictObject({
      changes: changesSchema.nullable().default(null),
      reason: reason.nullable().default(null),
    }),
    maxBodyBytes: MAX_RECORDS_BYTES,
    answer: stepSchema,
    errors: [...errors, "invalid-value"],
    handle: ({ params, body, caller }) =>
      new ChangesGateway(caller.client).step("revise_change", params.request_id, {
        p_changes: body.changes,
        p_reason: body.reason,
      }),
  }),
  route({
    method: "POST",
    path: "/change-requests/{request_id}/withdraw",
    name: "withdraw_change",
    summary: "Takes a change back. For the proposer.",
    tag,
    params,
    body: gone,
    answer: stepSchema,
    errors,
    handle: ({ params, body, caller }) =>
      new ChangesGateway(caller.client).step("withdraw_change", params.request_id, { p_reason: body.reason }),
  }),
  route({
    method: "POST",
    path: "/change-requests/{request_id}/commit",
    name: "commit_change",
    summary:
      "Writes an approved change. Where somebody else changed its fields since, or a rule refuses it, the answer says changes_requested, and why.",
    tag,
    params,
    answer: stepSchema,
    errors: [...errors, "not-approved"],
    handle: ({ params, caller }) =>
      new ChangesGateway(caller.client).step("commit_change", params.request_id),
  }),
];
