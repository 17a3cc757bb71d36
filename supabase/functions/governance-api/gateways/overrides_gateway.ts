import { z } from "zod";
import type { Json } from "../../../../shared/schema/database.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";
import { ruleKeySchema, ruleSettingsSchema, savedRuleSchema } from "./rule_schemas.ts";

/** What an organization may have different in a shared rule. */
export const overrideSettingsSchema = ruleSettingsSchema.pick({
  status: true,
  enforcement: true,
  timing: true,
  severity: true,
  due_in: true,
  default_owner: true,
});

/** A shared rule that holds otherwise in an organization. */
export const overrideSchema = z.object({
  rule_id: z.uuid(),
  rule_key: z.string(),
  org_id: z.string(),
  entity_type: z.string(),
  status: z.string(),
  enforcement: z.string(),
  severity: z.string(),
  timing: z.string(),
  version: z.number(),
  updated_at: z.string(),
  shared_rule_id: z.uuid(),
  shared_version: z.number(),
  shared_status: z.string(),
  shared_enforcement: z.string(),
  differences: z.array(z.string()),
});

/** The shared rule that holds again. */
export const sharedRuleSchema = z.object({
  rule_key: z.string(),
  org_id: z.string(),
  rule_id: z.uuid(),
  version: z.number(),
  status: z.string(),
  enforcement: z.string(),
});

/** What organizations have different in shared rules, with the caller's rights. */
export class OverridesGateway {
  constructor(readonly client: DatabaseClient) {}

  async list(orgId: string, limit: number, after: Cursor | undefined) {
    let query = this.client.rpc("rule_overrides", { p_org_id: orgId }).select().order("rule_key");
    if (after !== undefined) query = query.gt("rule_key", decodeCursor(after, z.tuple([ruleKeySchema]))[0]);
    const rows = await ask(query.limit(limit + 1), z.array(overrideSchema));
    return pageOf("overrides", rows, limit, ({ rule_key }) => [rule_key]);
  }

  /** `version`: of the organization's own row, where the caller has seen one. */
  async set(
    orgId: string,
    ruleKey: string,
    changes: Record<string, unknown>,
    reason: string | undefined,
    version: number | undefined,
  ) {
    const parameters = {
      p_org_id: orgId,
      p_rule_key: ruleKey,
      p_changes: changes as Json,
      ...(reason !== undefined && { p_reason: reason }),
      ...(version !== undefined && { p_expected_version: version }),
    };
    return await ask(this.client.rpc("override_rule", parameters), savedRuleSchema);
  }

  async remove(orgId: string, ruleKey: string) {
    const parameters = { p_org_id: orgId, p_rule_key: ruleKey };
    return await ask(this.client.rpc("remove_override", parameters), sharedRuleSchema);
  }
}
