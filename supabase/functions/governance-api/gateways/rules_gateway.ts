import { z } from "zod";
import type { Json } from "../../../../shared/schema/database.ts";
import { ApiProblem } from "../http/api_problem.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type Cursor, decodeCursor, pageOf } from "../http/cursor.ts";
import { ask } from "./ask.ts";
import {
  checkedRuleSchema,
  ruleKeySchema,
  ruleSchema,
  ruleVersionSchema,
  savedRuleSchema,
} from "./rule_schemas.ts";

const columns = Object.keys(ruleSchema.shape).join(",");
const versionColumns = Object.keys(ruleVersionSchema.shape).join(",");
const placeSchema = z.tuple([ruleKeySchema, z.uuid()]);
const isId = (text: string) => z.uuid().safeParse(text).success;

/** Which rules to list; what is not given is not asked for. */
export interface RuleFilter {
  readonly org_id?: string | undefined;
  readonly entity_type?: string | undefined;
  readonly status?: string | undefined;
  readonly enforcement?: string | undefined;
  readonly rule_key?: string | undefined;
}

/** The rules and their versions, with the caller's rights; SQL checks, versions and compiles what is saved. */
export class RulesGateway {
  constructor(readonly client: DatabaseClient) {}

  async list(filter: RuleFilter, limit: number, after: Cursor | undefined) {
    let query = this.client.from("data_quality_rules").select(columns).order("rule_key").order("id");
    for (const [column, value] of Object.entries(filter)) {
      if (value !== undefined) query = query.eq(column as "status", value);
    }
    if (after !== undefined) {
      const [key, id] = decodeCursor(after, placeSchema);
      query = query.or(`rule_key.gt.${key},and(rule_key.eq.${key},id.gt.${id})`);
    }
    const rows = await ask(query.limit(limit + 1), z.array(ruleSchema));
    return pageOf("rules", rows, limit, ({ rule_key, id }) => [rule_key, id]);
  }

  /** By its id; or by its key: the one that holds in an organization, its own row or else the shared one. */
  async get(rule: string, orgId: string | undefined) {
    const rules = this.client.from("data_quality_rules").select(columns);
    const query = isId(rule) ? rules.eq("id", rule) : rules.eq("rule_key", rule);
    const rows = await ask(query.order("org_id", { nullsFirst: true }), z.array(ruleSchema));
    const found = orgId === undefined
      ? rows[0]
      : rows.find((row) => row.org_id === orgId) ?? rows.find((row) => row.org_id === null);
    if (found !== undefined) return found;
    throw new ApiProblem("not-found", { detail: `There is no rule "${rule}" that you can see.` });
  }

  /** `version`: the one that the caller has seen, 0 for a rule that must be new. */
  async save(rule: Record<string, unknown>, reason: string | undefined, version: number) {
    const parameters = {
      p_rule: rule as Json,
      p_expected_version: version,
      ...(reason !== undefined && { p_reason: reason }),
    };
    return await ask(this.client.rpc("save_rule", parameters), savedRuleSchema);
  }

  async check(rule: Record<string, unknown>) {
    return await ask(this.client.rpc("check_rule", { p_rule: rule as Json }), checkedRuleSchema);
  }

  async versions(ruleId: string, limit: number, before: Cursor | undefined) {
    let query = this.client.from("rule_history").select(versionColumns).eq("rule_id", ruleId)
      .order("version", { ascending: false });
    if (before !== undefined) {
      query = query.lt("version", decodeCursor(before, z.tuple([z.number().int()]))[0]);
    }
    const rows = await ask(query.limit(limit + 1), z.array(ruleVersionSchema));
    // The versions outlive the rule: only without any is there nothing to tell.
    if (rows.length === 0 && before === undefined) await this.get(ruleId, undefined);
    return pageOf("versions", rows, limit, ({ version }) => [version]);
  }

  async restore(ruleId: string, version: number, expected: number | undefined) {
    const parameters = {
      p_rule_id: ruleId,
      p_version: version,
      ...(expected !== undefined && { p_expected_version: expected }),
    };
    return await ask(this.client.rpc("restore_rule", parameters), z.number());
  }

  async evidence(ruleId: string, to: string | undefined) {
    const parameters = { p_rule_id: ruleId, ...(to !== undefined && { p_to: to }) };
    return await ask(this.client.rpc("promotion_evidence", parameters), evidenceSchema);
  }

  async promote(ruleId: string, to: string, reason: string | undefined, expected: number | undefined) {
    const parameters = {
      p_rule_id: ruleId,
      p_to: to,
      ...(reason !== undefined && { p_reason: reason }),
      ...(expected !== undefined && { p_expected_version: expected }),
    };
    return await ask(this.client.rpc("promote_rule", parameters), z.number());
  }
}

/** What speaks for a rule's next step, and what is missing; the figures depend on the step. */
export const evidenceSchema = z.object({
  rule_key: z.string(),
  to: z.string(),
  is_offered: z.boolean(),
  missing: z.array(z.string()),
  can_run: z.boolean(),
}).loose();
