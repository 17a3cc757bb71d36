import { z } from "zod";
import { askedChangesSchema, ChangesGateway, reasonSchema, stepSchema } from "../gateways/changes_gateway.ts";
import { MAX_RECORDS_BYTES } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "change requests";
const params = z.object({ request_id: z.uuid() });
const errors = ["not-found", "not-allowed", "change-closed"] as const;
const gone = z.strictObject({ reason: reasonSchema.nullable().default(null) });

/** What people do with a change request that is there. */
export const changeStepRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/change-requests/{request_id}/validate",
    name: "validate_change",
    summary: "Says what the rules say now of the records as they would be, and stores it with the request.",
    tag,
    params,
    answer: stepSchema,
    errors,
    handle: ({ params, caller }) =>
      new ChangesGateway(caller.client).step("validate_change", params.request_id),
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
        reason: reasonSchema.nullable().default(null),
        commit: z.boolean().default(false),
      }),
      z.strictObject({ decision: z.enum(["reject", "request_changes"]), reason: reasonSchema }),
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
      changes: askedChangesSchema.nullable().default(null),
      reason: reasonSchema.nullable().default(null),
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
