import { z } from "zod";
import { issueSchema, IssuesGateway } from "../gateways/issues_gateway.ts";
import { organizationOf } from "../http/caller.ts";
import { pageQuery } from "../http/cursor.ts";
import { type Route, route } from "../http/route.ts";

const tag = "issues";
const params = z.object({ issue_id: z.uuid() });
const done = z.object({ issue_id: z.uuid() });
const reason = z.string().trim().min(1).max(2000);

export const issueRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/issues",
    name: "list_issues",
    summary: "The issues that the caller may see, most urgent first, a page at a time.",
    tag,
    query: z.strictObject({
      status: issueSchema.shape.status.default("open"),
      org_id: z.string().optional(),
      entity_type: z.string().optional(),
      record_key: z.string().optional(),
      rule_key: z.string().optional(),
      severity: issueSchema.shape.severity.optional(),
      owner_user_id: z.uuid().optional(),
      ...pageQuery,
    }),
    scope: "read_issues",
    answer: z.object({ issues: z.array(issueSchema), next: z.string().nullable() }),
    handle: ({ query: { limit, cursor, ...filter }, caller }) =>
      new IssuesGateway(caller.client).list(
        // An integration reads its own organization's issues, whether it names it or not.
        caller.integration === null
          ? filter
          : { ...filter, org_id: organizationOf(caller, filter.org_id ?? caller.integration.org_id) },
        limit,
        cursor,
      ),
  }),
  route({
    method: "POST",
    path: "/issues/{issue_id}/accept",
    name: "accept_issue",
    summary: "Applies the issue's suggested fix with the caller's rights.",
    tag,
    params,
    answer: z.object({ batch_id: z.uuid() }).loose(),
    errors: ["not-found", "not-allowed", "no-suggestion", "stale", "blocked"],
    handle: ({ params, caller }) => new IssuesGateway(caller.client).accept(params.issue_id),
  }),
  route({
    method: "POST",
    path: "/issues/{issue_id}/ignore",
    name: "ignore_issue",
    summary: "Sets the issue aside with a reason, perhaps until a date. For stewards.",
    tag,
    params,
    body: z.strictObject({
      reason,
      until: z.iso.datetime({ offset: true }).nullable().default(null),
      resolution: z.enum(["false_alarm", "wont_fix", "duplicate"]).nullable().default(null),
    }),
    answer: done,
    errors: ["not-found", "not-allowed", "invalid-value", "transition-refused"],
    example: {
      summary: "Not before the new year.",
      body: { reason: "Agreed with the customer.", until: "2099-01-01T00:00:00Z", resolution: "wont_fix" },
    },
    handle: async ({ params: { issue_id }, body, caller }) => {
      await new IssuesGateway(caller.client).ignore(issue_id, body.reason, body.until, body.resolution);
      return { issue_id };
    },
  }),
  route({
    method: "POST",
    path: "/issues/{issue_id}/assign",
    name: "assign_issue",
    summary: "Gives the issue to a member of its organization; null takes the owner away. For stewards.",
    tag,
    params,
    body: z.strictObject({ user_id: z.uuid().nullable() }),
    answer: done,
    errors: ["not-found", "not-allowed", "invalid-value"],
    handle: async ({ params: { issue_id }, body, caller }) => {
      await new IssuesGateway(caller.client).assign(issue_id, body.user_id);
      return { issue_id };
    },
  }),
  route({
    method: "POST",
    path: "/issues/{issue_id}/reopen",
    name: "reopen_issue",
    summary: "Opens an ignored or fixed issue again.",
    tag,
    params,
    body: z.strictObject({ reason: reason.nullable().default(null) }),
    answer: done,
    errors: ["not-found", "not-allowed", "transition-refused"],
    handle: async ({ params: { issue_id }, body, caller }) => {
      await new IssuesGateway(caller.client).reopen(issue_id, body.reason);
      return { issue_id };
    },
  }),
];
