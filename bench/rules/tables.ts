import type { Sql } from "postgres";
import { PREDICATES } from "./predicates.ts";

/** The same table four times, each guarded in another way. */
export const VARIANTS = ["bare", "compiled", "handwritten", "dynamic"] as const;
export type Variant = (typeof VARIANTS)[number];

const COLUMNS =
  `id bigint primary key, org_id text not null, account_id bigint references bench.accounts, name text, email text,
  phone text, status text, amount numeric(14, 2), currency text, probability integer, opened_on date, closed_on date`;

/** Makes the tables, their guards and 50,000 rows that violate nothing. */
export async function createTables(sql: Sql): Promise<void> {
  await sql`select governance.register_organization('acme', 'Acme', 'UTC', 'US')`;
  await sql.unsafe(`
    create schema bench;
    create table bench.accounts (id bigint primary key, org_id text not null, is_active boolean not null);
    insert into bench.accounts select n, 'acme', true from generate_series(1, 1000) n;
    create unlogged table bench.source (${COLUMNS});
    insert into bench.source
    select n, 'acme', 1 + n % 1000, 'Deal ' || n, 'person' || n || '@example.com', '+1415555' || lpad((n % 10000)::text, 4, '0'),
      (array['open', 'won', 'lost'])[1 + n % 3], n % 100000, 'USD', n % 101, date '2024-01-01' + n % 300,
      date '2024-01-01' + n % 300 + 30
    from generate_series(1, 50000) n;
    ${VARIANTS.map((variant) => `create table bench.${variant} (${COLUMNS});`).join("\n")}
    analyze bench.source;
    analyze bench.accounts;
    ${handwritten()}
    ${dynamic()}
  `).simple();
  await sql`select governance.register_entity('account_of_bench', 'bench.accounts'),
    governance.register_entity('compiled', 'bench.compiled')`;
  await sql`
    insert into governance.data_quality_rules (rule_key, entity_type, dimension, enforcement, status, applies_when, condition, message)
    select x ->> 'key', 'compiled', 'validity', 'block', 'active', nullif(x -> 'applies_when', 'null'), x -> 'condition', 'It does not hold.'
    from jsonb_array_elements(${
    sql.json(PREDICATES.map(({ applies_when = null, ...rest }) => ({ ...rest, applies_when })) as never)
  }) x`;
  // Only the guards are compared.
  const triggers =
    await sql`select tgname from pg_trigger where tgrelid = 'bench.compiled'::regclass and tgname like '%capture%'`;
  for (const { tgname } of triggers) await sql`drop trigger ${sql(tgname)} on bench.compiled`;
}

/** As somebody who knows Postgres writes it: one scan of the transition table, an error that names the rules. */
function handwritten(): string {
  return `
    create function bench.check_by_hand() returns trigger language plpgsql as $$
    declare
      v_found record;
    begin
      select ${PREDICATES.map(({ violates }, n) => `bool_or(${violates}) as broken_${n}`).join(",\n        ")}
      into v_found
      from new_records r left join bench.accounts a on a.id = r.account_id and a.org_id = r.org_id
      where ${PREDICATES.map(({ violates }) => `(${violates})`).join("\n        or ")};
      if ${PREDICATES.map((_, n) => `v_found.broken_${n}`).join(" or ")} then
        raise exception 'Not saved: a rule is violated.';
      end if;
      return null;
    end $$;
    create trigger check_by_hand after insert on bench.handwritten referencing new table as new_records
      for each statement execute function bench.check_by_hand();`;
}

/** As rules engines often do it: rules as text in a table, executed one by one for each row. */
function dynamic(): string {
  const rows = PREDICATES.map(({ violates }) => {
    const text =
      `select (${violates}) from (select ($1).*) r left join bench.accounts a on a.id = r.account_id and a.org_id = r.org_id`;
    return `('${text.replaceAll("'", "''")}')`;
  });
  return `
    create table bench.rules (violates text);
    insert into bench.rules values ${rows.join(", ")};
    create function bench.check_dynamically() returns trigger language plpgsql as $$
    declare
      v_rule record;
      v_violates boolean;
    begin
      for v_rule in select violates from bench.rules loop
        execute v_rule.violates into v_violates using new;
        if v_violates then raise exception 'Not saved: a rule is violated.'; end if;
      end loop;
      return null;
    end $$;
    create trigger check_dynamically after insert on bench.dynamic for each row execute function bench.check_dynamically();`;
}
