import { z } from "zod";
import {
  overrideSchema,
  overrideSettingsSchema,
  OverridesGateway,
  sharedRuleSchema,
} from "../gateways/overrides_gateway.ts";
import {
  expectedVersionSchema,
  reasonSchema,
  ruleKeySchema,
  savedRuleSchema,
} from "../gateways/rule_schemas.ts";
import { pageQuery } from "../http/cursor.ts";
import { orgIdSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "rules";
const params = z.object({ org_id: orgIdSchema, rule_key: ruleKeySchema });

export const ruleOverrideRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/organizations/{org_id}/rule-overrides",
    name: "list_rule_overrides",
    summary: "The shared rules that hold otherwise in an organization, and in words what differs.",
    tag,
    params: z.object({ org_id: orgIdSchema }),
    query: z.strictObject(pageQuery),
    answer: z.object({ overrides: z.array(overrideSchema), next: z.string().nullable() }),
    handle: ({ params, query, caller }) =>
      new OverridesGateway(caller.client).list(params.org_id, query.limit, query.cursor),
  }),
  route({
    method: "PUT",
    path: "/organizations/{org_id}/rule-overrides/{rule_key}",
    name: "override_rule",
    summary:
      "Lets a shared rule hold otherwise in an organization: its status, how it is enforced, who owns its issues; what it judges stays. For admins.",
    tag,
    params,
    body: overrideSettingsSchema.extend({
      expected_version: expectedVersionSchema.optional(),
      reason: reasonSchema.optional(),
    }),
    answer: savedRuleSchema,
    errors: [
      "not-found",
      "not-allowed",
      "stale",
      "rule-exists",
      "rule-invalid",
      "rule-harsh",
      "evidence-missing",
    ],
    example: { summary: "Here it only counts.", body: { status: "shadow" } },
    handle: ({ params, body: { expected_version, reason, ...changes }, caller }) =>
      new OverridesGateway(caller.client)
        .set(params.org_id, params.rule_key, changes, reason, expected_version),
  }),
  route({
    method: "DELETE",
    path: "/organizations/{org_id}/rule-overrides/{rule_key}",
    name: "remove_override",
    summary: "The shared rule holds in the organization again, as it is. For admins.",
    tag,
    params,
    answer: sharedRuleSchema,
    errors: ["not-found", "not-allowed"],
    handle: ({ params, caller }) =>
      new OverridesGateway(caller.client).remove(params.org_id, params.rule_key),
  }),
];
