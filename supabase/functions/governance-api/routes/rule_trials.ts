import { z } from "zod";
import { checkedRuleSchema, triedRuleSchema } from "../gateways/rule_schemas.ts";
import { RulesGateway } from "../gateways/rules_gateway.ts";
import {
  backtestSchema,
  draftSchema,
  patternSchema,
  RuleTrialsGateway,
} from "../gateways/rule_trials_gateway.ts";
import { cursorSchema, pageQuery } from "../http/cursor.ts";
import { entityTypeSchema, orgIdSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "rules";
const trial = z.strictObject({
  rule: triedRuleSchema,
  org_id: orgIdSchema.optional().describe(
    "Without one over all organizations, which takes an instance administrator.",
  ),
});
const refusals = ["rule-invalid", "not-allowed", "not-found", "invalid-value"] as const;
const org_id = "00000000-0000-4000-8000-00000000a000";
const condition = { combinator: "and", rules: [{ field: "email", operator: "isFilled" }] };
const rule = { entity_type: "lead", condition };

export const ruleTrialRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/rule-patterns",
    name: "list_rule_patterns",
    summary: "The forms that rules can be drafted from, with their typed parameters and an example each.",
    tag,
    query: z.strictObject(pageQuery),
    answer: z.object({ patterns: z.array(patternSchema), next: z.string().nullable() }),
    handle: ({ query, caller }) => new RuleTrialsGateway(caller.client).patterns(query.limit, query.cursor),
  }),
  route({
    method: "POST",
    path: "/rule-drafts",
    name: "draft_rule",
    summary:
      "An ordinary rule from a pattern, with its sentence; saves nothing. With an org_id the draft is what POST /rules takes.",
    tag,
    body: z.strictObject({
      pattern: z.string().regex(/^[a-z][a-z_]{0,39}$/, "This is no name of a pattern."),
      entity_type: entityTypeSchema,
      parameters: z.record(z.string().max(63), z.unknown()),
    }),
    answer: draftSchema,
    errors: ["not-found", "rule-invalid", "invalid-value"],
    example: {
      summary: "An account has a name.",
      body: { pattern: "required", entity_type: "account", parameters: { field: "name" } },
    },
    handle: ({ body, caller }) =>
      new RuleTrialsGateway(caller.client).draft(body.pattern, body.entity_type, body.parameters),
  }),
  route({
    method: "POST",
    path: "/rules/check",
    name: "check_rule",
    summary:
      "What saving a rule would say: its sentence and warnings, or every fault at once; saves nothing. For stewards.",
    tag,
    body: z.strictObject({ rule: triedRuleSchema }),
    answer: checkedRuleSchema,
    errors: refusals,
    example: {
      summary: "A lead has an e-mail address, or the write is refused.",
      body: {
        rule: {
          ...rule,
          rule_key: "lead-has-email",
          org_id,
          dimension: "completeness",
          enforcement: "block",
          message: "The e-mail address is missing.",
        },
      },
    },
    handle: ({ body, caller }) => new RulesGateway(caller.client).check(body.rule),
  }),
  route({
    method: "POST",
    path: "/rule-backtests",
    name: "backtest_rule",
    summary:
      "What a rule, saved or not, says of the records that there are and would have said of the writes of the last days; changes nothing. For stewards.",
    tag,
    body: trial.extend({
      days: z.number().int().min(0).max(400).default(30).describe(
        "How far back writes are replayed; 0: not at all.",
      ),
      budget_ms: z.number().int().min(1).max(60_000).default(4000)
        .describe("When it stops and says how far it got; a statement's own limit may make it less."),
      cursor: cursorSchema.optional(),
    }),
    answer: backtestSchema,
    errors: [...refusals, "stale"],
    example: { summary: "Whom would it hit?", body: { rule, org_id, days: 30 } },
    handle: ({ body: { days, budget_ms, cursor, ...body }, caller }) =>
      new RuleTrialsGateway(caller.client).backtest(body, days, budget_ms, cursor),
  }),
  route({
    method: "POST",
    path: "/rule-backtests/keys",
    name: "list_backtest_keys",
    summary:
      "The keys of all records that violate a rule, saved or not, in key order, a page at a time. For stewards.",
    tag,
    body: trial.extend({
      limit: z.number().int().min(1).max(1000).default(200),
      cursor: cursorSchema.optional(),
    }),
    answer: z.object({ keys: z.array(z.string()), next: z.string().nullable() }),
    errors: refusals,
    example: { summary: "The first hundred.", body: { rule, org_id, limit: 100 } },
    handle: ({ body: { limit, cursor, ...body }, caller }) =>
      new RuleTrialsGateway(caller.client).keys(body, limit, cursor),
  }),
];
