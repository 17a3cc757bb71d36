/** One predicate three times: as a rule, as somebody would write it by hand, and as text to be executed. */
export interface Predicate {
  readonly key: string;
  readonly condition: unknown;
  readonly applies_when?: unknown;
  /** SQL that is true where a row `r`, with its account `a`, violates; null counts as no violation. */
  readonly violates: string;
}

const and = (...rules: unknown[]) => ({ combinator: "and", rules });
const is = (field: string, operator: string, value?: unknown, valueSource?: string) => ({
  field,
  operator,
  ...(value === undefined ? {} : { value }),
  ...(valueSource === undefined ? {} : { valueSource }),
});

// The same 25 characters that the rule language calls blank.
const BLANKS = String
  .raw`U&'\0009\000A\000B\000C\000D\0020\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF'`;

/** Ten rules as a sales team has them. */
export const PREDICATES: readonly Predicate[] = [
  {
    key: "amount-not-negative",
    condition: and(is("amount", ">=", "0")),
    violates: "r.amount < 0",
  },
  {
    key: "status-known",
    condition: and(is("status", "in", ["open", "won", "lost"])),
    violates: "r.status not in ('open', 'won', 'lost')",
  },
  {
    key: "name-filled",
    condition: and(is("name", "isFilled")),
    violates: `r.name is null or btrim(r.name, ${BLANKS}) = ''`,
  },
  {
    key: "email-looks-right",
    condition: and(is("email", "matches", "^[^@ ]+@[^@ ]+\\.[^@ ]+$")),
    violates: String.raw`r.email !~ '^[^@ ]+@[^@ ]+\.[^@ ]+$'`,
  },
  {
    key: "closed-after-opened",
    condition: and(is("closed_on", ">=", "opened_on", "field")),
    violates: "r.closed_on < r.opened_on",
  },
  {
    key: "won-has-close-date",
    applies_when: and(is("status", "=", "won")),
    condition: and(is("closed_on", "notNull")),
    violates: "r.status = 'won' and r.closed_on is null",
  },
  {
    key: "probability-in-range",
    condition: and(is("probability", "between", ["0", "100"])),
    violates: "r.probability not between 0 and 100",
  },
  {
    key: "currency-is-a-code",
    condition: and(is("currency", "matches", "^[A-Z]{3}$")),
    violates: "r.currency !~ '^[A-Z]{3}$'",
  },
  {
    key: "phone-international",
    condition: and(is("phone", "beginsWith", "+")),
    violates: "not starts_with(r.phone, '+')",
  },
  {
    key: "account-is-active",
    condition: and(is("account.is_active", "=", true)),
    violates: "a.is_active = false",
  },
];
