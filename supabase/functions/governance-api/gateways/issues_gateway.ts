import { z } from "zod";
import { severitySchema } from "../../../../shared/schema/rule.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";

export const issueSchema = z.object({
  id: z.uuid(),
  org_id: z.string(),
  entity_type: z.string(),
  record_key: z.string(),
  record_label: z.string().nullable(),
  rule_key: z.string(),
  rule_version: z.number().nullable(),
  fields: z.array(z.string()),
  severity: severitySchema,
  message: z.string(),
  observed: z.record(z.string(), z.unknown()),
  suggested_fix: z.array(z.record(z.string(), z.unknown())).nullable(),
  status: z.enum(["open", "ignored", "fixed"]),
  resolution: z.string().nullable(),
  owner_user_id: z.string().nullable(),
  due_date: z.string().nullable(),
  first_seen_at: z.string(),
  last_seen_at: z.string(),
  occurrence_count: z.number(),
});
export type Issue = z.output<typeof issueSchema>;

/** Where a page of issues ended: the order is urgency, due date, id. */
const issueCursorSchema = z.tuple([issueSchema.shape.severity, z.string().nullable(), z.uuid()]);

/** What to list; what is not given is not asked for. */
export interface IssueFilter {
  readonly status: Issue["status"];
  readonly org_id?: string | undefined;
  readonly entity_type?: string | undefined;
  readonly record_key?: string | undefined;
  readonly rule_key?: string | undefined;
  readonly severity?: Issue["severity"] | undefined;
  readonly owner_user_id?: string | undefined;
}

/** The SQL functions about issues, with the caller's rights. */
export class IssuesGateway {
  constructor(readonly client: DatabaseClient) {}

  async list(filter: IssueFilter, limit: number, after: Cursor | undefined) {
    const [severity, due, id] = after === undefined ? [] : decodeCursor(after, issueCursorSchema);
    const parameters = {
      p_status: filter.status,
      p_org_id: filter.org_id,
      p_entity_type: filter.entity_type,
      p_record_key: filter.record_key,
      p_rule_key: filter.rule_key,
      p_severity: filter.severity,
      p_owner_user_id: filter.owner_user_id,
      p_after_severity: severity,
      p_after_due_date: due,
      p_after_id: id,
      p_limit: limit + 1,
    };
    const given = Object.fromEntries(
      Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null),
    );
    const rows = await ask(this.client.rpc("list_issues", given), z.array(issueSchema));
    return pageOf("issues", rows, limit, ({ severity, due_date, id }) => [severity, due_date, id]);
  }

  async accept(issueId: string) {
    return await ask(
      this.client.rpc("apply_suggested_fix", { p_issue_id: issueId }),
      z.object({ batch_id: z.uuid() }).loose(),
    );
  }

  async ignore(
    issueId: string,
    reason: string,
    until: string | null,
    resolution: string | null,
  ): Promise<void> {
    const parameters = { p_issue_id: issueId, p_reason: reason, p_until: until, p_resolution: resolution };
    await ask(this.client.rpc("ignore_issue", parameters as never), z.unknown());
  }

  async assign(issueId: string, userId: string | null): Promise<void> {
    await ask(
      this.client.rpc("assign_issue", { p_issue_id: issueId, p_user_id: userId as string }),
      z.unknown(),
    );
  }

  async reopen(issueId: string, reason: string | null): Promise<void> {
    await ask(
      this.client.rpc("reopen_issue", { p_issue_id: issueId, p_reason: reason as string }),
      z.unknown(),
    );
  }
}
