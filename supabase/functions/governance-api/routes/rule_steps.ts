import { z } from "zod";
import { expectedVersionSchema, reasonSchema, ruleVersionSchema } from "../gateways/rule_schemas.ts";
import { evidenceSchema, RulesGateway } from "../gateways/rules_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { type Route, route } from "../http/route.ts";

const tag = "rules";
const params = z.object({ rule_id: z.uuid() });
const stepped = z.object({ rule_id: z.uuid(), version: z.number() });

export const ruleStepRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/rules/{rule_id}/evidence",
    name: "show_promotion_evidence",
    summary: "Whether a rule is offered its next step, on which figures, and what is missing. For stewards.",
    tag,
    params,
    query: z.strictObject({ to: z.enum(["active", "block"]).optional() }),
    answer: evidenceSchema,
    errors: ["not-found", "not-allowed"],
    handle: ({ params, query, caller }) => new RulesGateway(caller.client).evidence(params.rule_id, query.to),
  }),
  route({
    method: "POST",
    path: "/rules/{rule_id}/promote",
    name: "promote_rule",
    summary:
      "Takes a rule a step on, or back: to shadow, active, block, issue or deprecated. To active and block on evidence, or with a reason. For admins.",
    tag,
    params,
    body: z.strictObject({
      to: z.enum(["shadow", "active", "block", "issue", "deprecated"]),
      reason: reasonSchema.optional().describe(
        "Why, where there is no evidence; it stays in the rule's history.",
      ),
      expected_version: expectedVersionSchema.optional(),
    }),
    answer: stepped,
    errors: [
      "not-found",
      "not-allowed",
      "stale",
      "evidence-missing",
      "rule-invalid",
      "rule-harsh",
      "invalid-value",
    ],
    example: { summary: "First it only counts.", body: { to: "shadow" } },
    handle: async ({ params: { rule_id }, body, caller }) => ({
      rule_id,
      version: await new RulesGateway(caller.client).promote(
        rule_id,
        body.to,
        body.reason,
        body.expected_version,
      ),
    }),
  }),
  route({
    method: "GET",
    path: "/rules/{rule_id}/versions",
    name: "list_rule_versions",
    summary: "Every version of a rule, the newest first: who made it, when, why, and what changed in words.",
    tag,
    params,
    query: z.strictObject(pageQuery),
    answer: z.object({ versions: z.array(ruleVersionSchema), next: z.string().nullable() }),
    errors: ["not-found"],
    handle: ({ params, query, caller }) =>
      new RulesGateway(caller.client).versions(params.rule_id, query.limit, query.cursor),
  }),
  route({
    method: "POST",
    path: "/rules/{rule_id}/restore",
    name: "restore_rule",
    summary: "Makes a rule what it was in an earlier version; that is a new version. For admins.",
    tag,
    params,
    body: z.strictObject({
      version: z.number().int().min(1).max(2_147_483_647),
      expected_version: expectedVersionSchema.optional(),
    }),
    answer: stepped,
    errors: ["not-found", "not-allowed", "stale", "rule-invalid", "rule-harsh"],
    example: { summary: "As it was made.", body: { version: 1 } },
    handle: async ({ params: { rule_id }, body, caller }) => ({
      rule_id,
      version: await new RulesGateway(caller.client).restore(rule_id, body.version, body.expected_version),
    }),
  }),
];
