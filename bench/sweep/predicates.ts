/** One rule of a lead twice: as a rule, and as somebody would write it by hand. */
export interface LeadPredicate {
  readonly key: string;
  readonly condition: unknown;
  readonly applies_when?: unknown;
  /** SQL that is true where a lead `r` violates; null counts as no violation. */
  readonly violates: string;
}

const and = (...rules: unknown[]) => ({ combinator: "and", rules });
const or = (...rules: unknown[]) => ({ combinator: "or", rules });
const is = (field: string, operator: string, value?: unknown, valueSource?: string) => ({
  field,
  operator,
  ...(value === undefined ? {} : { value }),
  ...(valueSource === undefined ? {} : { valueSource }),
});

const blank = (column: string) => `(r.${column} is null or btrim(r.${column}) = '')`;

const filled = (column: string): LeadPredicate => ({
  key: `bench-${column.replaceAll("_", "-")}-filled`,
  condition: and(is(column, "isFilled")),
  violates: blank(column),
});
const patterned = (column: string, pattern: string): LeadPredicate => ({
  key: `bench-${column.replaceAll("_", "-")}-form`,
  condition: and(is(column, "matches", pattern)),
  violates: `r.${column} !~ '${pattern}'`,
});

/** Twenty rules as a sales team has them for its leads. */
export const LEAD_PREDICATES: readonly LeadPredicate[] = [
  filled("first_name"),
  filled("last_name"),
  filled("company"),
  filled("email"),
  filled("city"),
  patterned("email", "^[^@ ]+@[^@ ]+[.][^@ ]+$"),
  patterned("postal_code", "^[0-9]{5}$"),
  {
    key: "bench-source-known",
    condition: and(is("source", "in", ["web form", "referral", "purchased list"])),
    violates: "r.source not in ('web form', 'referral', 'purchased list')",
  },
  {
    key: "bench-state-not-spelled-out",
    condition: and(is("state", "notIn", ["Texas", "California", "New York"])),
    violates: "r.state in ('Texas', 'California', 'New York')",
  },
  {
    key: "bench-phone-international",
    condition: and(is("phone", "beginsWith", "+")),
    violates: "not starts_with(r.phone, '+')",
  },
  {
    key: "bench-country-known",
    condition: and(is("country", "in", ["US", "CA", "DE", "FR", "GB"])),
    violates: "r.country not in ('US', 'CA', 'DE', 'FR', 'GB')",
  },
  {
    key: "bench-status-known",
    condition: and(is("status", "in", ["new", "working", "qualified", "unqualified", "converted"])),
    violates: "r.status not in ('new', 'working', 'qualified', 'unqualified', 'converted')",
  },
  {
    key: "bench-name-is-no-test",
    condition: and(is("last_name", "doesNotContain", "test"), is("company", "doesNotContain", "test")),
    violates: "strpos(r.last_name, 'test') > 0 or strpos(r.company, 'test') > 0",
  },
  {
    key: "bench-email-is-no-test",
    condition: and(is("email", "doesNotEndWith", "@example.test")),
    violates: "r.email like '%@example.test'",
  },
  {
    key: "bench-qualified-has-phone",
    applies_when: and(is("status", "=", "qualified")),
    condition: and(is("phone", "isFilled")),
    violates: `r.status = 'qualified' and ${blank("phone")}`,
  },
  {
    key: "bench-us-has-state",
    applies_when: and(is("country", "=", "US")),
    condition: and(is("state", "isFilled"), is("postal_code", "isFilled")),
    violates: `r.country = 'US' and (${blank("state")} or ${blank("postal_code")})`,
  },
  {
    key: "bench-reachable",
    condition: or(is("email", "isFilled"), is("phone", "isFilled")),
    violates: `${blank("email")} and ${blank("phone")}`,
  },
  {
    key: "bench-not-from-the-future",
    condition: and(is("created_at", "<=", "now+PT1M")),
    violates: "r.created_at > now() + interval '1 minute'",
  },
  {
    key: "bench-updated-after-created",
    condition: and(is("updated_at", ">=", "created_at", "field")),
    violates: "r.updated_at < r.created_at",
  },
  {
    key: "bench-new-is-young",
    applies_when: and(is("status", "=", "new")),
    condition: and(is("created_at", ">=", "now-P1Y")),
    violates: "r.status = 'new' and r.created_at < now() - interval '1 year'",
  },
];
