import { z } from "zod";
import {
  newPolicySchema,
  PoliciesGateway,
  policySchema,
  policySettingsSchema,
} from "../gateways/policies_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { entityTypeSchema, orgIdSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "change policies";
const params = z.object({ policy_id: z.uuid() });

export const policyRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/change-policies",
    name: "list_policies",
    summary: "The change policies that hold for the caller's organizations, drafts and retired ones too.",
    tag,
    query: z.strictObject({
      org_id: orgIdSchema.optional(),
      entity_type: entityTypeSchema.optional(),
      status: policySettingsSchema.shape.status,
      ...pageQuery,
    }),
    answer: z.object({ policies: z.array(policySchema), next: z.string().nullable() }),
    handle: ({ query: { limit, cursor, ...filter }, caller }) =>
      new PoliciesGateway(caller.client).list(filter, limit, cursor),
  }),
  route({
    method: "POST",
    path: "/change-policies",
    name: "add_policy",
    summary:
      "Makes a change policy of an organization; with the key of a shared one it stands in for that. For admins.",
    tag,
    body: newPolicySchema,
    status: 201,
    answer: policySchema,
    errors: ["policy-invalid", "not-allowed", "constraint-violated", "invalid-value"],
    example: {
      summary: "A large deal's amount waits for an admin.",
      body: {
        policy_key: "large-deal-amount",
        org_id: "00000000-0000-4000-8000-00000000a000",
        entity_type: "deal",
        guarded_fields: ["amount"],
        amount_field: "amount",
        amount_bands: [{ from: "50000", role: "admin" }],
        message: "The amount of a deal takes approval.",
      },
    },
    handle: ({ body, caller }) => new PoliciesGateway(caller.client).add(body),
  }),
  route({
    method: "PATCH",
    path: "/change-policies/{policy_id}",
    name: "change_policy",
    summary:
      "Changes a policy of an organization, its status too. With expected_version a policy that somebody else changed since is refused. For admins.",
    tag,
    params,
    body: policySettingsSchema.extend({ expected_version: z.number().int().min(1).optional() }),
    answer: policySchema,
    errors: ["policy-invalid", "not-allowed", "not-found", "stale", "constraint-violated", "invalid-value"],
    handle: ({ params, body: { expected_version, ...settings }, caller }) =>
      new PoliciesGateway(caller.client).change(params.policy_id, settings, expected_version),
  }),
  route({
    method: "DELETE",
    path: "/change-policies/{policy_id}",
    name: "remove_policy",
    summary: "Takes a policy of an organization away; a shared one with its key holds again. For admins.",
    tag,
    params,
    answer: z.object({ policy_id: z.uuid() }),
    errors: ["not-allowed", "not-found"],
    handle: async ({ params: { policy_id }, caller }) => {
      await new PoliciesGateway(caller.client).remove(policy_id);
      return { policy_id };
    },
  }),
];
