import { z } from "zod";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";
import { ruleKeySchema } from "./rule_schemas.ts";

const figure = z.number().nullable();

/** How well a rule does; null is what nothing is known of. */
export const ruleHealthSchema = z.object({
  rule_id: z.uuid(),
  rule_key: z.string(),
  org_id: z.string().nullable(),
  entity_type: z.string(),
  enforcement: z.string(),
  severity: z.string(),
  status: z.string(),
  version: z.number(),
  suspended_reason: z.string().nullable(),
  last_fired_at: z.string().nullable(),
  open_issues: z.number(),
  violations_per_day: figure,
  decided: z.number(),
  false_alarms: z.number(),
  precision: figure,
  precision_low: figure,
  precision_high: figure,
  ignored_share: figure,
  median_time_to_resolve: z.string().nullable(),
  fixes: z.number(),
  fix_reversal_rate: figure,
  refused_at_most: z.number(),
  refused_by_api: z.number(),
  shadow_hits: z.number(),
  write_ms_per_thousand: figure,
  evaluate_ms_per_thousand: figure,
  sweep_ms_per_thousand: figure,
  fires_with: z.array(z.object({ rule_key: z.string(), share: z.number() })),
  active_since: z.string().nullable(),
});

/** What a block rule refused: an upper bound of all, and exactly what the API was refused. */
export const refusalsSchema = z.object({
  rule_id: z.uuid(),
  rule_key: z.string(),
  org_id: z.string().nullable(),
  days: z.number(),
  at_most: z.number(),
  at_most_is_of_all_organizations: z.boolean(),
  calls: z.number(),
  records: z.number(),
  by_day: z.array(z.object({ day: z.string(), calls: z.number(), records: z.number() })),
  by_actor: z.array(z.object({
    source: z.string(),
    actor: z.string().nullable(),
    rule_version: z.number(),
    calls: z.number(),
    records: z.number(),
    last_at: z.string(),
  })),
});

const hits = { hits: z.number() };

/** What a rule counted in shadow, in the words of a backtest. */
export const shadowSchema = z.object({
  rule_id: z.uuid(),
  rule_key: z.string(),
  org_id: z.string().nullable(),
  status: z.string(),
  version: z.number(),
  from: z.string(),
  hits: z.number(),
  by_version: z.array(z.object({ rule_version: z.number(), ...hits })),
  by_day: z.array(z.object({ day: z.string(), ...hits })),
  by_source: z.array(z.object({ source: z.string(), ...hits })),
  by_actor: z.array(z.object({ actor: z.string().nullable(), ...hits })),
  samples: z.array(z.object({
    id: z.number(),
    record_key: z.string(),
    occurred_at: z.string(),
    source: z.string(),
    actor: z.string().nullable(),
    rule_version: z.number(),
    message: z.string().nullable(),
  })),
});

/** Figures of rules over a span of days, for stewards; SQL checks that they are. */
export class RuleFiguresGateway {
  constructor(readonly client: DatabaseClient) {}

  async health(orgId: string | undefined, limit: number, after: Cursor | undefined) {
    let query = this.client.rpc("rule_health", { ...(orgId !== undefined && { p_org_id: orgId }) })
      .select().order("rule_key").order("rule_id");
    if (after !== undefined) {
      const [key, id] = decodeCursor(after, z.tuple([ruleKeySchema, z.uuid()]));
      query = query.or(`rule_key.gt.${key},and(rule_key.eq.${key},rule_id.gt.${id})`);
    }
    const rows = await ask(query.limit(limit + 1), z.array(ruleHealthSchema));
    return pageOf("rules", rows, limit, ({ rule_key, rule_id }) => [rule_key, rule_id]);
  }

  async refusals(ruleId: string, orgId: string | undefined, days: number) {
    return await ask(this.client.rpc("rule_refusals", parametersOf(ruleId, orgId, days)), refusalsSchema);
  }

  async shadow(ruleId: string, orgId: string | undefined, days: number) {
    return await ask(this.client.rpc("rule_shadow", parametersOf(ruleId, orgId, days)), shadowSchema);
  }
}

function parametersOf(p_rule_id: string, orgId: string | undefined, p_days: number) {
  return { p_rule_id, p_days, ...(orgId !== undefined && { p_org_id: orgId }) };
}
