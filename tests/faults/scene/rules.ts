import { and, is, type RuleInput } from "../../db/support/rules.ts";

/** How an issue rule of the scene is known to be violated: SQL of the checker's own, not the compiler's. */
export interface SceneRule extends RuleInput {
  readonly rule_key: string;
  /**
   * SQL text, of issue rules: true for a record `r` that violates. `{limit}` is the number in the rule's condition.
   */
  readonly violated?: string;
  /** SQL text: true where the rule cannot be evaluated, so that an issue of it stands as it did. */
  readonly undecided?: string;
}

const email = "lower(btrim(r.email))";

/** One rule of every way to run. */
export const SCENE_RULES: readonly SceneRule[] = [
  {
    rule_key: "customer-email-tidy",
    entity_type: "customer",
    enforcement: "fix",
    message: "Tidied.",
    condition: null,
    fix: [{ step: "normalize", field: "email", using: "email" }],
  },
  {
    rule_key: "order-status-tidy",
    enforcement: "fix",
    timing: "write",
    message: "Tidied.",
    condition: null,
    fix: [{ step: "normalize", field: "status", using: "lower" }],
  },
  {
    rule_key: "customer-state-known",
    entity_type: "customer",
    condition: and(is("state", "inReference", "states")),
    message: 'The state "{state}" is not known.',
    fix: [{ step: "nearest", field: "state", in: "states" }],
    violated: `r.state is not null and not exists (
      select from governance.reference_values v where v.set_key = 'states' and lower(v.value) = lower(r.state))`,
  },
  {
    rule_key: "customer-mail-unique",
    entity_type: "customer",
    kind: "unique",
    dimension: "uniqueness",
    condition: { fields: [{ field: "email", normalizer: "email" }] },
    message: "{group_size} customers have the e-mail {email}.",
    violated: `exists (select from shop.customers x
      where x.org_id = r.org_id and x.id <> r.id and lower(btrim(x.email)) = ${email})`,
  },
  {
    rule_key: "active-customer-has-paid",
    entity_type: "customer",
    applies_when: and(is("is_active", "=", true)),
    condition: and({
      field: "orders",
      operator: "=",
      match: { mode: "atLeast", threshold: 1 },
      value: and(is("status", "=", "paid")),
    }),
    message: "No order is paid.",
    // Of an order without status nobody knows whether it is paid.
    violated: `r.is_active and not exists (select from shop.orders o
      where o.customer_id = r.id and o.org_id = r.org_id and coalesce(o.status, 'paid') = 'paid')`,
  },
  {
    rule_key: "order-amount-not-negative",
    enforcement: "block",
    condition: and(is("amount", ">=", "0")),
    message: "An amount is not negative.",
    // What came in unguarded, or was there before, has an issue.
    violated: "r.amount < 0",
  },
  {
    rule_key: "order-number-unique",
    enforcement: "block",
    kind: "unique",
    dimension: "uniqueness",
    condition: { fields: [{ field: "note" }] },
    message: "The number {note} is taken.",
    violated:
      `exists (select from shop.orders x where x.org_id = r.org_id and x.id <> r.id and x.note = r.note)`,
  },
  { rule_key: "order-has-amount", violated: "r.amount is null" },
  {
    rule_key: "order-amount-limit",
    condition: and(is("amount", "<=", "500")),
    message: "{amount} is too much.",
    violated: "r.amount > {limit}",
  },
  {
    rule_key: "order-customer-active",
    condition: and(is("customer.is_active", "=", true)),
    message: "The customer is not active.",
    violated:
      `exists (select from shop.customers c where c.id = r.customer_id and c.org_id = r.org_id and not c.is_active)`,
    undecided: "exists (select from shop.customers c where c.id = r.customer_id and c.org_id <> r.org_id)",
  },
  {
    rule_key: "paid-order-has-date",
    timing: "write",
    applies_when: and(is("status", "=", "paid")),
    condition: and(is("paid_at", "notNull")),
    message: "Paid when?",
    violated: "r.status = 'paid' and r.paid_at is null",
  },
];
