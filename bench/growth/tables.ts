import type { Sql } from "postgres";

const and = (...rules: unknown[]) => ({ combinator: "and", rules });
const is = (field: string, operator: string, value: unknown) => ({ field, operator, value });

/** Conditions that hold of nearly all records; the number makes each rule another one. */
const CONDITIONS: readonly ((n: number) => unknown)[] = [
  (n) => and(is("amount", ">=", String(-n))),
  (n) => and(is("name", "doesNotContain", `test${n}`)),
  (n) => and(is("email", "matches", `^[^@ ]{1,${100 + Math.floor(n / 2)}}@[^@ ]+\\.[^@ ]+$`)),
  (n) => and(is("probability", "between", ["0", String(100 + n)])),
  (n) => and(is("status", "in", ["open", "won", "lost", `other${n}`])),
  (n) => and(is("account.name", "!=", `Nobody ${n}`)),
  (n) => and(is("opened_on", ">=", `19${String(10 + n % 80)}-01-01`)),
  (n) => and(is("currency", "!=", `X${n}`)),
];

/** Records of a table, one in ten with a phone number that a rule objects to, in a database that holds nothing else. */
export async function createRecords(sql: Sql, records: number): Promise<void> {
  await sql`select governance.register_organization('acme', 'Acme', 'UTC', 'US')`;
  await sql.unsafe(`
    create schema bench;
    create table bench.accounts (id bigint primary key, org_id text not null, name text);
    insert into bench.accounts select n, 'acme', 'Account ' || n from generate_series(1, 1000) n;
    create table bench.deals (id bigint primary key, org_id text not null default 'acme', account_id bigint references bench.accounts,
      name text, email text, phone text, status text, amount numeric(14, 2), currency text, probability integer, opened_on date);
    create index on bench.deals (account_id);
  `).simple();
  await sql`select governance.register_entity('bench_account', 'bench.accounts', 'name'),
    governance.register_entity('bench_deal', 'bench.deals', 'name')`;
  await saveRules(sql, [
    { key: "phone", enforcement: "issue", condition: and(is("phone", "beginsWith", "+")) },
    {
      key: "email-unique",
      enforcement: "issue",
      kind: "unique",
      condition: { fields: [{ field: "email" }] },
    },
  ]);
  for (let from = 1; from <= records; from += 50_000) {
    await sql.unsafe(insertDeals(from, Math.min(records, from + 49_999)));
  }
}

/** Statements that write deals with these numbers. */
export function insertDeals(from: number, to: number): string {
  return `insert into bench.deals (id, account_id, name, email, phone, status, amount, currency, probability, opened_on)
    select n, 1 + n % 1000, 'Deal ' || n, 'person' || n || '@example.com',
      case when n % 10 = 3 then '415555' else '+1415555' || lpad((n % 10000)::text, 4, '0') end,
      (array['open', 'won', 'lost'])[1 + n % 3], 1 + n % 100000, 'USD', n % 101, date '2024-01-01' + (n % 300)::int
    from generate_series(${from}::bigint, ${to}::bigint) n`;
}

/** Adds rules until there are so many, half of them in the write. */
export async function growRules(sql: Sql, from: number, to: number): Promise<void> {
  await saveRules(
    sql,
    Array.from({ length: to - from }, (_, index) => from + index).map((n) => ({
      key: String(n),
      enforcement: n % 2 === 0 ? "block" : "issue",
      condition: CONDITIONS[n % CONDITIONS.length]!(n),
    })),
  );
}

interface Rule {
  readonly key: string;
  readonly enforcement: string;
  readonly kind?: string;
  readonly condition: unknown;
}

async function saveRules(sql: Sql, rules: readonly Rule[]): Promise<void> {
  await sql`
    insert into governance.data_quality_rules (rule_key, entity_type, dimension, enforcement, kind, status, condition, message)
    select 'bench-' || (x ->> 'key'), 'bench_deal', 'validity', x ->> 'enforcement', coalesce(x ->> 'kind', 'condition'), 'active', x -> 'condition',
      'This does not hold of {name}.'
    from jsonb_array_elements(${sql.json(rules as never)}) x`;
}
