import type { Sql } from "postgres";

/**
 * The same table four times: nothing on it, under this audit, with a row-level trigger that keeps whole images as
 * supa_audit does, and with the leanest trigger that keeps them.
 */
export const VARIANTS = ["bare", "governed", "rowlevel", "lean"] as const;
export type Variant = (typeof VARIANTS)[number];

/** Rows of the source that the tables are filled from. */
export const SOURCE_ROWS = 20_000;

const COLUMNS =
  `id bigint primary key, org_id text not null, name text, email text, phone text, website text, street text, city text,
  state text, postal_code text, country text, industry text, status text, amount numeric(14, 2), employees integer,
  founded_on date, owner_id uuid, is_active boolean, note text, external_id text`;

/** Makes the tables of twenty columns, what is on them, and their source. */
export async function createTables(sql: Sql): Promise<void> {
  await sql`select governance.register_organization('acme', 'Acme', 'UTC', 'US')`;
  // The doorbell rings as it does in a project; nobody answers, so that only the write is measured.
  await sql`select vault.create_secret('http://127.0.0.1:9/functions/v1', 'functions_url'),
    vault.create_secret('a-token', 'doorbell_token')`;
  await sql.unsafe(`
    create schema bench;
    create unlogged table bench.source (${COLUMNS});
    insert into bench.source
    select n, 'acme', 'Company ' || n, 'person' || n || '@example.com', '+1415555' || lpad((n % 10000)::text, 4, '0'),
      'https://www.company' || n || '.example.com', n || ' Market Street', 'San Francisco', 'CA', lpad((n % 100000)::text, 5, '0'), 'United States',
      (array['Software', 'Retail', 'Health care'])[1 + n % 3], (array['open', 'won', 'lost'])[1 + n % 3], n % 100000, n % 5000,
      date '1990-01-01' + n % 10000, gen_random_uuid(), n % 7 <> 0, 'Met at the fair; asked for an offer for ' || n % 100 || ' seats.', 'crm-' || n
    from generate_series(1, ${SOURCE_ROWS}) n;
    ${VARIANTS.map((variant) => `create table bench.${variant} (${COLUMNS});`).join("\n")}
    analyze bench.source;
  `).simple();
  await keepImages(sql);
  await sql`select governance.register_entity('bench_governed', 'bench.governed')`;
}

/**
 * As supa_audit does it: one trigger a row, which looks up the key columns, makes an id of table and key, and stores the
 * whole record, of an update before and after.
 */
async function keepImages(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create extension if not exists "uuid-ossp" with schema extensions;
    create table bench.record_versions (
      id bigint generated always as identity primary key, record_id uuid, old_record_id uuid, operation text not null,
      occurred_at timestamptz not null default now(), table_id oid not null, table_schema name not null, table_name name not null,
      record jsonb, old_record jsonb);
    create index on bench.record_versions (record_id) where record_id is not null;
    create index on bench.record_versions (old_record_id) where old_record_id is not null;
    create index on bench.record_versions using brin (occurred_at);
    create index on bench.record_versions (table_id);
    create function bench.key_columns(p_table oid) returns text[] language sql stable security definer set search_path = '' as $$
      select coalesce(array_agg(a.attname::text order by a.attname), '{}')
      from pg_catalog.pg_index i join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      where i.indrelid = p_table and i.indisprimary
    $$;
    create function bench.record_id(p_table oid, p_columns text[], p_record jsonb) returns uuid language sql stable as $$
      select case when p_record is null or p_columns = '{}' then null else
        (select extensions.uuid_generate_v5('fd62bc3d-8d6e-43c2-919c-802ba3762271', (jsonb_build_array(to_jsonb(p_table)) || jsonb_agg(p_record ->> x))::text)
         from unnest(p_columns) as x) end
    $$;
    create function bench.keep_images() returns trigger language plpgsql security definer set search_path = '' as $$
    declare
      v_columns text[] := bench.key_columns(tg_relid);
      v_record jsonb := to_jsonb(new);
      v_old jsonb := to_jsonb(old);
    begin
      insert into bench.record_versions (record_id, old_record_id, operation, table_id, table_schema, table_name, record, old_record)
      values (bench.record_id(tg_relid, v_columns, v_record), bench.record_id(tg_relid, v_columns, v_old), tg_op, tg_relid, tg_table_schema, tg_table_name, v_record, v_old);
      return coalesce(new, old);
    end $$;
    create trigger keep_images after insert or update or delete on bench.rowlevel for each row execute function bench.keep_images();
    create table bench.images (id bigint generated always as identity primary key, occurred_at timestamptz not null default now(),
      table_name text not null, record_id text, operation text not null, actor uuid, old_record jsonb, record jsonb);
    create index on bench.images (table_name, record_id);
    create function bench.keep_lean_images() returns trigger language plpgsql security definer set search_path = '' as $$
    begin
      insert into bench.images (table_name, record_id, operation, actor, old_record, record)
      values (tg_table_name, new.id::text, tg_op, auth.uid(), case when tg_op = 'UPDATE' then to_jsonb(old) end, to_jsonb(new));
      return null;
    end $$;
    create trigger keep_images after insert or update on bench.lean for each row execute function bench.keep_lean_images();
  `).simple();
}

/** Empties a table and what its triggers filled, as if all had been worked off. */
export async function empty(sql: Sql, variant: Variant): Promise<void> {
  if (variant === "governed") await sql`alter table bench.governed disable trigger _500_capture_truncate`;
  await sql.unsafe(`set session_replication_role = replica;
    truncate bench.${variant}, bench.record_versions, bench.images, governance.audit_events, net.http_request_queue, governance_private.change_queue,
    governance_private.bulk_changes, governance_private.rings;
    set session_replication_role = origin`).simple();
  if (variant === "governed") await sql`alter table bench.governed enable trigger _500_capture_truncate`;
}

/** Bytes of what was kept, with its indexes. */
export async function keptBytes(sql: Sql, variant: Variant): Promise<number> {
  if (variant === "bare") return 0;
  const [row] = await sql`
    select sum(pg_total_relation_size(c.oid))::float8 as bytes from pg_class c
    where c.oid = any (case ${variant} when 'governed' then array(select t.relid from pg_partition_tree('governance.audit_events') t where t.isleaf)
      when 'lean' then array['bench.images'::regclass] else array['bench.record_versions'::regclass] end)`;
  return row!["bytes"];
}
