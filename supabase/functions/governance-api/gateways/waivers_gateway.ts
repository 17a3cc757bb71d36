import { z } from "zod";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { entityTypeSchema, orgIdSchema } from "../http/records.ts";
import { ask } from "./ask.ts";
import { reasonSchema, ruleKeySchema } from "./rule_schemas.ts";

const given = {
  org_id: orgIdSchema,
  rule_key: ruleKeySchema,
  reason: reasonSchema,
  expires_at: z.iso.datetime({ offset: true }),
};

/** A waiver that is to be granted: of a record or of the rule everywhere, of the others at the write alone. */
export const newWaiverSchema = z.discriminatedUnion("scope", [
  z.strictObject({ scope: z.literal("record"), record_key: z.string().min(1).max(1000), ...given }),
  z.strictObject({ scope: z.literal("rule"), ...given }),
  z.strictObject({ scope: z.literal("source"), source: z.string().min(1).max(200), ...given }),
  z.strictObject({ scope: z.literal("actor"), actor: z.uuid(), ...given }),
  z.strictObject({ scope: z.literal("organization"), ...given }),
]);

export const waiverSchema = z.object({
  id: z.uuid(),
  org_id: z.string(),
  rule_key: z.string(),
  entity_type: z.string(),
  scope: z.string(),
  record_key: z.string().nullable(),
  source_key: z.string().nullable(),
  actor: z.string().nullable(),
  reason: z.string(),
  granted_by: z.string().nullable(),
  granted_role: z.string(),
  granted_at: z.string(),
  expires_at: z.string(),
  revoked_at: z.string().nullable(),
  revoked_by: z.string().nullable(),
  revoked_reason: z.string().nullable(),
});

/** Which waivers to list; what is not given is not asked for. */
export const waiverFilterSchema = z.strictObject({
  org_id: orgIdSchema.optional(),
  rule_key: ruleKeySchema.optional(),
  entity_type: entityTypeSchema.optional(),
  record_key: z.string().min(1).max(1000).optional(),
  in_force: z.enum(["true", "false"]).default("false")
    .describe("true: neither expired nor revoked; false: all of them."),
});

const moment = z.iso.datetime({ offset: true });

/** Exceptions from rules, with the caller's rights. */
export class WaiversGateway {
  constructor(readonly client: DatabaseClient) {}

  async list(
    { in_force, ...filter }: z.output<typeof waiverFilterSchema>,
    limit: number,
    after: Cursor | undefined,
  ) {
    let query = this.client.from("waivers").select(Object.keys(waiverSchema.shape).join(","))
      .order("granted_at", { ascending: false }).order("id");
    for (const [column, value] of Object.entries(filter)) {
      if (value !== undefined) query = query.eq(column as "org_id", value);
    }
    // By the clock of the database, as the rules have it.
    if (in_force === "true") query = query.is("revoked_at", null).gt("expires_at", "now");
    if (after !== undefined) {
      const [at, id] = decodeCursor(after, z.tuple([moment, z.uuid()]));
      query = query.or(`granted_at.lt."${at}",and(granted_at.eq."${at}",id.gt.${id})`);
    }
    const rows = await ask(query.limit(limit + 1), z.array(waiverSchema));
    return pageOf("waivers", rows, limit, ({ granted_at, id }) => [granted_at, id]);
  }

  async grant(waiver: z.output<typeof newWaiverSchema>) {
    const { org_id, rule_key, scope, reason, expires_at } = waiver;
    return await ask(
      this.client.rpc("grant_waiver", {
        p_org_id: org_id,
        p_rule_key: rule_key,
        p_scope: scope,
        p_reason: reason,
        p_expires_at: expires_at,
        ...("record_key" in waiver && { p_record_key: waiver.record_key }),
        ...("source" in waiver && { p_source: waiver.source }),
        ...("actor" in waiver && { p_actor: waiver.actor }),
      }),
      z.uuid(),
    );
  }

  async revoke(id: string, reason: string): Promise<void> {
    await ask(this.client.rpc("revoke_waiver", { p_waiver_id: id, p_reason: reason }), z.unknown());
  }
}
