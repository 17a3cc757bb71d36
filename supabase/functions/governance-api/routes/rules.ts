import { z } from "zod";
import {
  expectedVersionSchema,
  newRuleSchema,
  reasonSchema,
  ruleKeySchema,
  ruleSchema,
  ruleSettingsSchema,
  savedRuleSchema,
} from "../gateways/rule_schemas.ts";
import { RulesGateway } from "../gateways/rules_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { entityTypeSchema, orgIdSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "rules";
const why = reasonSchema.optional()
  .describe(
    "Why it is saved although most records violate it or evidence is missing; it stays in its history.",
  );
const refusals = [
  "rule-invalid",
  "rule-harsh",
  "not-allowed",
  "constraint-violated",
  "invalid-value",
] as const;

export const ruleRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/rules",
    name: "list_rules",
    summary:
      "The rules that the caller may see, drafts and retired ones too, by their keys, a page at a time.",
    tag,
    query: z.strictObject({
      org_id: orgIdSchema.optional(),
      entity_type: entityTypeSchema.optional(),
      status: ruleSettingsSchema.shape.status,
      enforcement: ruleSettingsSchema.shape.enforcement,
      rule_key: ruleKeySchema.optional(),
      ...pageQuery,
    }),
    answer: z.object({ rules: z.array(ruleSchema), next: z.string().nullable() }),
    handle: ({ query: { limit, cursor, ...filter }, caller }) =>
      new RulesGateway(caller.client).list(filter, limit, cursor),
  }),
  route({
    method: "GET",
    path: "/rules/{rule_id}",
    name: "show_rule",
    summary:
      "One rule by its id, or by its key: with org_id the one that holds there, the organization's own or else the shared one.",
    tag,
    params: z.object({ rule_id: z.union([z.uuid(), ruleKeySchema]) }),
    query: z.strictObject({ org_id: orgIdSchema.optional() }),
    answer: ruleSchema,
    errors: ["not-found"],
    handle: ({ params, query, caller }) => new RulesGateway(caller.client).get(params.rule_id, query.org_id),
  }),
  route({
    method: "POST",
    path: "/rules",
    name: "add_rule",
    summary:
      "Makes a rule, a draft unless its status says otherwise; a key that is taken is refused. For admins.",
    tag,
    body: newRuleSchema.extend({ reason: why }),
    status: 201,
    answer: savedRuleSchema,
    errors: [...refusals, "rule-exists"],
    example: {
      summary: "A large deal has a next step; a draft.",
      body: {
        rule_key: "large-deal-has-close-date",
        org_id: "00000000-0000-4000-8000-00000000a000",
        entity_type: "deal",
        dimension: "completeness",
        severity: "high",
        message: "A deal of {amount} needs a date on which it closes.",
        applies_when: { combinator: "and", rules: [{ field: "amount", operator: ">", value: "50000" }] },
        condition: { combinator: "and", rules: [{ field: "closed_on", operator: "isFilled" }] },
      },
    },
    handle: ({ body: { reason, ...rule }, caller }) => new RulesGateway(caller.client).save(rule, reason, 0),
  }),
  route({
    method: "PATCH",
    path: "/rules/{rule_id}",
    name: "change_rule",
    summary:
      "Changes what is given of a rule, in the version that the caller has seen; of two who change it, the second is refused. For admins.",
    tag,
    params: z.object({ rule_id: z.uuid() }),
    body: ruleSettingsSchema.extend({ expected_version: expectedVersionSchema, reason: why }),
    answer: savedRuleSchema,
    errors: [...refusals, "not-found", "stale", "evidence-missing"],
    example: {
      summary: "Only this matters more.",
      body: { severity: "critical", expected_version: 1 },
    },
    handle: ({ params, body: { expected_version, reason, ...settings }, caller }) =>
      new RulesGateway(caller.client).save({ id: params.rule_id, ...settings }, reason, expected_version),
  }),
];
