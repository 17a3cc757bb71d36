import type { Sql } from "postgres";
import { LEAD_PREDICATES } from "./predicates.ts";

const ORG = "00000000-0000-4000-8000-000000005eed";

/** Leads of one organization, about one in eighty with something wrong, and the twenty rules as the only active ones. */
export async function createLeads(sql: Sql, rows: number): Promise<void> {
  await sql`insert into public.organizations (id, name) values (${ORG}, 'Acme')`;
  await sql`select governance.register_organization(${ORG}, 'Acme', 'America/New_York', 'US')`;
  await sql`update governance.data_quality_rules set status = 'deprecated' where status in ('active', 'shadow')`;
  // What is measured begins with records that are there: writing them through the hooks is another bench.
  await sql.unsafe(`
    create schema bench;
    create table bench.found (id uuid, rules text[]);
    alter table public.leads disable trigger user;
    insert into public.leads (org_id, first_name, last_name, company, email, phone, status, city, state, postal_code, country, source, created_at, updated_at)
    select '${ORG}', 'Ann' || n % 977, case when n % 2003 = 0 then 'test' else 'Smith' || n % 4999 end,
      case when n % 1009 = 0 then ' ' else 'Company ' || n % 9973 end,
      case when n % 997 = 0 then 'nowhere' when n % 3001 = 0 then null else 'person' || n || '@example.com' end,
      case when n % 991 = 0 then '415 555' else '+1415555' || lpad((n % 10000)::text, 4, '0') end,
      (array['new', 'working', 'qualified', 'unqualified', 'converted'])[1 + n % 5], 'City ' || n % 307,
      case when n % 983 = 0 then 'Texas' else 'TX' end, case when n % 977 = 0 then '7500' else lpad((n % 90000)::text, 5, '7') end,
      case when n % 971 = 0 then 'Germany' else 'US' end, 'web form', now() - (n % 300) * interval '1 day', now()
    from generate_series(1, ${rows}) n;
    alter table public.leads enable trigger user;
  `).simple();
  await sql`
    insert into governance.data_quality_rules (rule_key, entity_type, dimension, enforcement, status, applies_when, condition, message)
    select x ->> 'key', 'lead', 'validity', 'issue', 'active', nullif(x -> 'applies_when', 'null'), x -> 'condition', 'It does not hold.'
    from jsonb_array_elements(${
    sql.json(LEAD_PREDICATES.map(({ applies_when = null, ...rest }) => ({ ...rest, applies_when })) as never)
  }) x`;
  await sql`delete from governance.runs`;
  await sql`vacuum analyze public.leads`;
}

/** As somebody who knows Postgres writes it: one scan, the violated rules of each record. */
export async function findByHand(sql: Sql): Promise<void> {
  await sql.unsafe(`
    insert into bench.found
    select r.id, array_remove(array[${
    LEAD_PREDICATES.map(({ key, violates }) => `case when ${violates} then '${key}' end`).join(",\n")
  }], null)
    from public.leads r
    where ${LEAD_PREDICATES.map(({ violates }) => `(${violates})`).join("\nor ")}`);
}

/** As tools that test data do: a query for each rule. */
export async function findRuleByRule(sql: Sql): Promise<void> {
  for (const { key, violates } of LEAD_PREDICATES) {
    await sql.unsafe(
      `insert into bench.found select r.id, array['${key}'] from public.leads r where ${violates}`,
    );
  }
}

/** A whole sweep, step by step as the schedule drives it, each step a transaction. */
export async function sweep(sql: Sql): Promise<void> {
  await sql`select governance_private.queue_sweep('lead', 'bench')`;
  for (;;) {
    const [row] = await sql`select governance_private.advance_sweep() as moved`;
    if (!row!.moved) return;
  }
}
