import { z } from "zod";
import {
  refusalsSchema,
  RuleFiguresGateway,
  ruleHealthSchema,
  shadowSchema,
} from "../gateways/rule_figures_gateway.ts";
import { pageQuery } from "../http/cursor.ts";
import { orgIdSchema } from "../http/records.ts";
import { type Route, route } from "../http/route.ts";

const tag = "rules";
const params = z.object({ rule_id: z.uuid() });
const org_id = orgIdSchema.optional()
  .describe(
    "Of a shared rule: in which organization; without, over all, which takes an instance administrator.",
  );
const span = z.strictObject({ org_id, days: z.coerce.number().int().min(1).max(400).default(30) });

export const ruleFigureRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/rule-health",
    name: "list_rule_health",
    summary:
      "How well each rule does in an organization: what it finds, whether people agree, what it costs, which others say the same. For stewards.",
    tag,
    query: z.strictObject({ org_id, ...pageQuery }),
    answer: z.object({ rules: z.array(ruleHealthSchema), next: z.string().nullable() }),
    errors: ["not-allowed"],
    handle: ({ query, caller }) =>
      new RuleFiguresGateway(caller.client).health(query.org_id, query.limit, query.cursor),
  }),
  route({
    method: "GET",
    path: "/rules/{rule_id}/refusals",
    name: "show_rule_refusals",
    summary:
      "How often a block rule refused: an upper bound of all statements, and exactly by day, source, actor and version what the API was refused. For stewards.",
    tag,
    params,
    query: span,
    answer: refusalsSchema,
    errors: ["not-found", "not-allowed"],
    handle: ({ params, query, caller }) =>
      new RuleFiguresGateway(caller.client).refusals(params.rule_id, query.org_id, query.days),
  }),
  route({
    method: "GET",
    path: "/rules/{rule_id}/shadow",
    name: "show_rule_shadow",
    summary:
      "What a rule counted in shadow, by version, day, source and actor, with the newest samples that the caller may read. For stewards.",
    tag,
    params,
    query: span,
    answer: shadowSchema,
    errors: ["not-found", "not-allowed"],
    handle: ({ params, query, caller }) =>
      new RuleFiguresGateway(caller.client).shadow(params.rule_id, query.org_id, query.days),
  }),
];
