import type { Sql } from "postgres";
import { PREDICATES } from "../rules/predicates.ts";
import { makeLean } from "./lean.ts";
import { makeUsual } from "./usual.ts";

/** The same table four times: nothing on it, governed, with the least that a trigger can do, and with the triggers that a Supabase project usually has. */
export const VARIANTS = ["bare", "governed", "lean", "usual"] as const;
export type Variant = (typeof VARIANTS)[number];

/** Rows of the source that the tables are filled from. */
export const SOURCE_ROWS = 50_000;

const COLUMNS =
  `id bigint primary key, org_id text not null, account_id bigint, name text, email text, phone text, status text,
  amount numeric(14, 2), currency text, probability integer, opened_on date, closed_on date, external_id text`;

/** Keys and indexes as the deals of the reference CRM have them, but fewer: it has seven indexes and six foreign keys. */
const KEYS = `unique (org_id, id), unique (org_id, external_id), foreign key (org_id) references bench.orgs,
  foreign key (org_id, account_id) references bench.accounts (org_id, id)`;

/** Makes the tables, what is on them, and 50,000 rows that violate nothing. */
export async function createTables(sql: Sql): Promise<void> {
  await sql`select governance.register_organization('acme', 'Acme', 'UTC', 'US')`;
  // The doorbell rings as it does in a project; nobody answers, so that only the write is measured.
  await sql`select vault.create_secret('http://127.0.0.1:9/functions/v1', 'functions_url'),
    vault.create_secret('a-token', 'doorbell_token')`;
  await sql.unsafe(`
    create schema bench;
    create table bench.orgs (org_id text primary key);
    insert into bench.orgs values ('acme');
    create table bench.accounts (id bigint primary key, org_id text not null, is_active boolean not null, unique (org_id, id));
    insert into bench.accounts select n, 'acme', true from generate_series(1, 1000) n;
    create unlogged table bench.source (${COLUMNS});
    insert into bench.source
    select n, 'acme', 1 + n % 1000, 'Deal ' || n, 'person' || n || '@example.com', '+1415555' || lpad((n % 10000)::text, 4, '0'),
      (array['open', 'won', 'lost'])[1 + n % 3], n % 100000, 'USD', n % 101, date '2024-01-01' + n % 300,
      date '2024-01-01' + n % 300 + 30, 'crm-' || n
    from generate_series(1, ${SOURCE_ROWS}) n;
    ${VARIANTS.map(table).join("\n")}
    analyze bench.source;
    analyze bench.accounts;
  `).simple();
  await makeLean(sql);
  await makeUsual(sql);
  await sql`select governance.register_entity('bench_account', 'bench.accounts'),
    governance.register_entity('bench_governed', 'bench.governed')`;
  await sql`
    insert into governance.data_quality_rules (rule_key, entity_type, dimension, enforcement, status, applies_when, condition, message)
    select x ->> 'key', 'bench_governed', 'validity', 'block', 'active', nullif(x -> 'applies_when', 'null'), x -> 'condition', 'It does not hold.'
    from jsonb_array_elements(${
    sql.json(PREDICATES.map(({ applies_when = null, ...rest }) => ({ ...rest, applies_when })) as never)
  }) x`;
}

function table(variant: Variant): string {
  return `create table bench.${variant} (${COLUMNS}, ${KEYS});
    create index on bench.${variant} (org_id, account_id);
    create index on bench.${variant} (org_id, email);`;
}

/** Empties a table and what its triggers filled, as if all had been worked off. */
export async function empty(sql: Sql, variant: Variant): Promise<void> {
  if (variant === "governed") await sql`alter table bench.governed disable trigger _500_capture_truncate`;
  await sql.unsafe(`truncate bench.${variant}, net.http_request_queue, governance_private.change_queue,
    governance_private.bulk_changes`);
  if (variant === "governed") await sql`alter table bench.governed enable trigger _500_capture_truncate`;
}
