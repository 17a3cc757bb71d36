import type { Sql } from "postgres";

const and = (...rules: unknown[]) => ({ combinator: "and", rules });
const or = (...rules: unknown[]) => ({ combinator: "or", rules });
const is = (field: string, operator: string, value?: unknown, valueSource?: string) => ({
  field,
  operator,
  ...(value === undefined ? {} : { value }),
  ...(valueSource === undefined ? {} : { valueSource }),
});

/** Thirty rules as a sales team has them: 28 that open issues, two that correct. */
const RULES: readonly Readonly<Record<string, unknown>>[] = [
  ...["name", "email", "phone", "status", "currency", "city"].map((field) =>
    issue(`${field}-filled`, and(is(field, "isFilled")))
  ),
  ...["name", "city"].map((field) => issue(`${field}-short`, and(is(field, "doesNotMatch", "^.{61,}$")))),
  ...["name", "city"].map((field) => issue(`${field}-no-test`, and(is(field, "doesNotContain", "test")))),
  ...["amount", "probability"].map((field) => issue(`${field}-given`, and(is(field, "notNull")))),
  ...["amount", "probability"].map((field) => issue(`${field}-not-negative`, and(is(field, ">=", "0")))),
  issue("email-form", and(is("email", "matches", "^[^@ ]+@[^@ ]+\\.[^@ ]+$"))),
  issue("phone-international", and(is("phone", "beginsWith", "+"))),
  issue("status-known", and(is("status", "in", ["open", "won", "lost"]))),
  issue("currency-code", and(is("currency", "matches", "^[A-Z]{3}$"))),
  issue("probability-range", and(is("probability", "between", ["0", "100"]))),
  issue("amount-plausible", and(is("amount", "<", "1000000"))),
  issue("dates-in-order", and(is("closed_on", ">=", "opened_on", "field"))),
  issue("opened-this-century", and(is("opened_on", ">=", "2000-01-01"))),
  issue("won-has-amount", or(is("status", "!=", "won"), is("amount", ">", "0"))),
  issue("lost-has-date", or(is("status", "!=", "lost"), is("closed_on", "notNull"))),
  issue("account-active", and(is("account.is_active", "=", true))),
  issue("account-named", and(is("account.name", "isFilled"))),
  issue("account-same-city", or(is("account.city", "isBlank"), is("account.city", "=", "city", "field"))),
  issue("industry-known", and(is("industry", "inReference", "bench_industries"))),
  fix("email-normal", [{ step: "normalize", field: "email", using: "email" }]),
  fix("name-normal", [{ step: "normalize", field: "name", using: "collapse_whitespace" }]),
];

function issue(key: string, condition: unknown) {
  return { rule_key: key, enforcement: "issue", condition, message: "This does not hold of {name}." };
}

function fix(key: string, steps: unknown) {
  return { rule_key: key, enforcement: "fix", fix: steps, message: "Corrected." };
}

/** A table that thirty rules govern, its accounts and its reference set. */
export async function createGoverned(sql: Sql): Promise<void> {
  await sql`select governance.register_organization('acme', 'Acme', 'UTC', 'US')`;
  await sql.unsafe(`
    create schema bench;
    create table bench.accounts (id bigint primary key, org_id text not null, name text, city text, is_active boolean);
    insert into bench.accounts select n, 'acme', 'Account ' || n, 'City ' || n % 50, true from generate_series(1, 1000) n;
    create table bench.deals (id bigint primary key, org_id text not null default 'acme', account_id bigint references bench.accounts,
      name text, email text, phone text, status text, amount numeric(14, 2), currency text, probability integer, city text,
      industry text, opened_on date, closed_on date);
    create index on bench.deals (account_id);
    insert into governance.reference_sets (set_key, description) values ('bench_industries', 'For measuring.');
    insert into governance.reference_values (set_key, value) select 'bench_industries', 'Industry ' || n from generate_series(1, 200) n;
  `).simple();
  await sql`select governance.register_entity('bench_account', 'bench.accounts', 'name'),
    governance.register_entity('bench_deal', 'bench.deals', 'name')`;
  await sql`
    insert into governance.data_quality_rules (rule_key, entity_type, dimension, enforcement, status, condition, message, fix)
    select 'bench-' || r.rule_key, 'bench_deal', 'validity', r.enforcement, 'active', r.condition, r.message, r.fix
    from jsonb_populate_recordset(null::governance.data_quality_rules, ${sql.json(RULES as never)}) r`;
}

/** SQL of records from a number to a number: a fifth has a defect for a person, a twentieth one that corrects itself. */
export function insertDeals(from: number, to: number): string {
  return `insert into bench.deals (id, account_id, name, email, phone, status, amount, currency, probability, city, industry, opened_on, closed_on)
    select n, 1 + n % 1000, 'Deal ' || n, case when n % 20 = 7 then 'PERSON' || n || '@EXAMPLE.COM ' else 'person' || n || '@example.com' end,
      case when n % 10 = 3 then '415555' else '+1415555' || lpad((n % 10000)::text, 4, '0') end,
      (array['open', 'won', 'lost'])[1 + n % 3], 1 + n % 100000, 'USD', case when n % 10 = 8 then 120 else n % 101 end,
      'City ' || (1 + n % 1000) % 50, 'Industry ' || 1 + n % 200, date '2024-01-01' + (n % 300)::int, date '2024-02-01' + (n % 300)::int
    from generate_series(${from}, ${to}) n`;
}
