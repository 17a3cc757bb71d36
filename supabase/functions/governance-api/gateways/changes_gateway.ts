import { z } from "zod";
import type { Json } from "../../../../shared/schema/database.ts";
import { patchSchema } from "../../../../shared/schema/json_patch.ts";
import { ApiProblem } from "../http/api_problem.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { MAX_RECORDS } from "../http/records.ts";
import { ask } from "./ask.ts";

export const reasonSchema = z.string().trim().min(1).max(2000);

/** What is asked of records: the fields of each, as they are to become. */
export const askedChangesSchema = z.array(z.strictObject({
  key: z.string().min(1).max(1000),
  values: z.record(z.string().min(1).max(63), z.unknown()),
})).min(1).max(MAX_RECORDS);

export const changeStatusSchema = z.enum([
  "proposed",
  "validated",
  "approved",
  "committed",
  "changes_requested",
  "rejected",
  "withdrawn",
  "expired",
  "superseded",
]);

export const changeSchema = z.object({
  id: z.uuid(),
  place: z.number(),
  org_id: z.string(),
  entity_type: z.string(),
  policy_key: z.string().nullable(),
  origin: z.enum(["divert", "proposal"]),
  status: changeStatusSchema,
  revision: z.number(),
  reason: z.string().nullable(),
  record_count: z.number(),
  approver_role: z.string(),
  approvals_needed: z.number(),
  four_eyes: z.boolean(),
  proposed_by: z.string().nullable(),
  source: z.string(),
  validation: z.record(z.string(), z.unknown()).nullable(),
  superseded_by: z.string().nullable(),
  proposed_at: z.string(),
  expires_at: z.string(),
  committed_at: z.string().nullable(),
});

export const changeRecordSchema = z.object({
  record_key: z.string(),
  record_label: z.string().nullable(),
  patch: patchSchema,
  outcome: z.record(z.string(), z.unknown()).nullable(),
  superseded_by: z.string().nullable(),
});

export const decisionSchema = z.object({
  decision: z.string(),
  decided_by: z.string().nullable(),
  reason: z.string().nullable(),
  revision: z.number(),
  decided_at: z.string(),
});

/** What a step with a change request came to. */
export const stepSchema = z.object({ request_id: z.uuid(), status: changeStatusSchema }).loose();

/** What to list; what is not given is not asked for. */
export interface ChangeFilter {
  readonly status?: z.output<typeof changeStatusSchema> | undefined;
  readonly org_id?: string | undefined;
  readonly entity_type?: string | undefined;
}

/** The tables and SQL functions about change requests, with the caller's rights. */
export class ChangesGateway {
  constructor(readonly client: DatabaseClient) {}

  async list(filter: ChangeFilter, limit: number, after: Cursor | undefined) {
    let query = this.client.from("change_requests").select("*").order("place", { ascending: false });
    for (const [name, value] of Object.entries(filter)) {
      if (value !== undefined) query = query.eq(name as "org_id", value);
    }
    if (after !== undefined) query = query.lt("place", decodeCursor(after, z.tuple([z.number()]))[0]);
    const rows = await ask(query.limit(limit + 1), z.array(changeSchema));
    return pageOf("changes", rows, limit, ({ place }) => [place]);
  }

  async show(id: string) {
    const [change] = await ask(
      this.client.from("change_requests").select("*").eq("id", id),
      z.array(changeSchema),
    );
    if (change === undefined) {
      throw new ApiProblem("not-found", { detail: `There is no change request "${id}" that you can see.` });
    }
    const records = await ask(
      this.client.from("change_request_records").select("*").eq("request_id", id).order("record_key"),
      z.array(changeRecordSchema),
    );
    const decisions = await ask(
      this.client.from("change_request_decisions").select("*").eq("request_id", id).order("id"),
      z.array(decisionSchema),
    );
    return { change, records, decisions };
  }

  async propose(
    entityType: string,
    changes: readonly { key: string; values: Record<string, unknown> }[],
    reason: string | null,
  ) {
    const parameters = {
      p_entity_type: entityType,
      p_changes: changes as unknown as Json,
      p_reason: reason as string,
    };
    return await ask(this.client.rpc("propose_changes", parameters), z.array(stepSchema));
  }

  /** A function that takes a request, and perhaps more. */
  async step(
    verb:
      | "validate_change"
      | "withdraw_change"
      | "commit_change"
      | "approve_change"
      | "reject_change"
      | "request_changes"
      | "revise_change",
    id: string,
    more: Record<string, unknown> = {},
  ) {
    return await ask(this.client.rpc(verb, { p_request_id: id, ...more } as never), stepSchema);
  }
}
