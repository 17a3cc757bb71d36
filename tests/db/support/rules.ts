import type { Sql, TransactionSql } from "postgres";

export interface RuleInput {
  rule_key?: string;
  org_id?: string | null;
  entity_type?: string;
  kind?: string;
  dimension?: string;
  severity?: string;
  enforcement?: string;
  timing?: string | null;
  status?: string;
  applies_when?: unknown;
  condition?: unknown;
  message?: string;
  fix?: unknown;
  due_in?: string | null;
  default_owner?: string | null;
}

/** `and(a, b)` is the query builder's group of these comparisons. */
export function and(...rules: unknown[]) {
  return { combinator: "and", rules };
}

export function or(...rules: unknown[]) {
  return { combinator: "or", rules };
}

/** One comparison. */
export function is(field: string, operator: string, value?: unknown, valueSource?: string) {
  return {
    field,
    operator,
    ...(value === undefined ? {} : { value }),
    ...(valueSource === undefined ? {} : { valueSource }),
  };
}

/** Saves an active issue rule on orders, with what is given in place of its parts; returns its id. */
export async function saveRule(sql: Sql | TransactionSql, rule: RuleInput = {}): Promise<string> {
  const whole = {
    rule_key: "order-has-amount",
    entity_type: "purchase",
    kind: "condition",
    dimension: "validity",
    severity: "medium",
    enforcement: "issue",
    status: "active",
    condition: and(is("amount", "notNull")),
    message: "This order has no amount.",
    ...rule,
  };
  const [row] = await sql`
    insert into governance.data_quality_rules
      (rule_key, org_id, entity_type, kind, dimension, severity, enforcement, timing, status, applies_when, condition, message,
       fix, due_in, default_owner)
    select r.rule_key, r.org_id, r.entity_type, r.kind, r.dimension, r.severity, r.enforcement, r.timing, r.status, r.applies_when,
      r.condition, r.message, r.fix, r.due_in, r.default_owner
    from jsonb_populate_record(null::governance.data_quality_rules, ${sql.json(whole as never)}) r
    returning id`;
  return row!.id;
}

/** Saves a block rule. */
export function saveBlock(sql: Sql | TransactionSql, rule: RuleInput = {}): Promise<string> {
  return saveRule(sql, { enforcement: "block", ...rule });
}
