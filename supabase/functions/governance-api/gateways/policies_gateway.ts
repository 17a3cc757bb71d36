import { z } from "zod";
import { ApiProblem } from "../http/api_problem.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { entityTypeSchema, orgIdSchema } from "../http/records.ts";
import { ask } from "./ask.ts";

const role = z.enum(["steward", "admin"]);
const name = z.string().min(1).max(63);

/** What an admin decides about a policy after it was made. */
export const policySettingsSchema = z.strictObject({
  mode: z.enum(["divert", "refuse", "review"]),
  operations: z.array(z.enum(["insert", "update", "delete"])).min(1).max(3),
  guarded_fields: z.array(name).max(200),
  condition: z.record(z.string(), z.unknown()).nullable(),
  approver_role: role,
  approvals_needed: z.number().int().min(1).max(10),
  four_eyes: z.boolean(),
  amount_field: name.nullable(),
  amount_bands: z.array(z.strictObject({
    from: z.string().max(50),
    role: role.optional(),
    approvals: z.number().int().min(1).max(10).optional(),
  })).max(50),
  expires_after: z.string().max(100).describe("An interval as Postgres reads it: 14 days."),
  holds_for_fixes: z.boolean(),
  message: z.string().trim().min(1).max(500),
  description: z.string().max(2000).nullable(),
  status: z.enum(["draft", "active", "retired"]),
}).partial();

/** A policy that is to be made. */
export const newPolicySchema = policySettingsSchema.extend({
  policy_key: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/).max(80),
  org_id: orgIdSchema,
  entity_type: entityTypeSchema,
  message: z.string().trim().min(1).max(500),
});

export const policySchema = z.object({
  id: z.uuid(),
  policy_key: z.string(),
  org_id: z.string().nullable(),
  entity_type: z.string(),
  mode: z.string(),
  operations: z.array(z.string()),
  guarded_fields: z.array(z.string()),
  condition: z.unknown(),
  approver_role: z.string(),
  approvals_needed: z.number(),
  four_eyes: z.boolean(),
  amount_field: z.string().nullable(),
  amount_bands: z.unknown(),
  expires_after: z.unknown(),
  holds_for_fixes: z.boolean(),
  message: z.string(),
  description: z.string().nullable(),
  sentence: z.string().nullable(),
  status: z.string(),
  suspended_reason: z.string().nullable(),
  version: z.number(),
  updated_at: z.string(),
});
const columns = Object.keys(policySchema.shape).join(",");

/** The table of change policies, with the caller's rights: its triggers check, version and compile what is saved. */
export class PoliciesGateway {
  constructor(readonly client: DatabaseClient) {}

  async list(filter: Record<string, string | undefined>, limit: number, after: Cursor | undefined) {
    let query = this.client.from("change_policies").select(columns).order("id");
    for (const [column, value] of Object.entries(filter)) {
      if (value !== undefined) query = query.eq(column as "status", value);
    }
    if (after !== undefined) query = query.gt("id", decodeCursor(after, z.tuple([z.uuid()]))[0]);
    const rows = await ask(query.limit(limit + 1), z.array(policySchema));
    return pageOf("policies", rows, limit, ({ id }) => [id]);
  }

  async add(policy: z.output<typeof newPolicySchema>) {
    return await ask(
      this.client.from("change_policies").insert(policy as never).select(columns).single(),
      policySchema,
    );
  }

  async change(id: string, settings: z.output<typeof policySettingsSchema>, version: number | undefined) {
    let query = this.client.from("change_policies").update(settings as never).eq("id", id);
    if (version !== undefined) query = query.eq("version", version);
    const [changed] = await ask(query.select(columns), z.array(policySchema));
    return changed ?? await this.#refuse(id, version);
  }

  async remove(id: string): Promise<void> {
    const removed = await ask(
      this.client.from("change_policies").delete().eq("id", id).select("id"),
      z.array(z.object({ id: z.uuid() })),
    );
    if (removed.length === 0) await this.#refuse(id);
  }

  /** Why nothing was changed: it is not there, somebody else changed it, or the caller's role does not allow it. */
  async #refuse(id: string, version?: number): Promise<never> {
    const [policy] = await ask(
      this.client.from("change_policies").select("version").eq("id", id),
      z.array(z.object({ version: z.number() })),
    );
    if (policy === undefined) {
      throw new ApiProblem("not-found", { detail: `There is no change policy "${id}" that you can see.` });
    }
    if (version !== undefined && version !== policy.version) {
      throw new ApiProblem("stale", {
        detail: `The policy is at version ${policy.version} by now, not at ${version}.`,
        context: { policy_id: id, version: policy.version },
      });
    }
    throw new ApiProblem("not-allowed", {
      detail:
        "Only admins of an organization change its policies; a shared one takes an instance administrator.",
    });
  }
}
