-- What: the staged extract of another system, and its comparison with an entity, record by record.
-- Why: whether two systems agree is answered by key ranges that both sides walk through together, never by one join over everything.
-- Breaks a running client: no.

create table governance.extracts (
  id uuid primary key default gen_random_uuid(),
  org_id text not null references governance.organizations on delete cascade,
  entity_type text not null references governance.entities on delete cascade,
  source text not null check (source ~ '^[a-z0-9][a-z0-9_-]{0,59}$'),
  key_column text not null,
  fields text[] not null,
  tolerances jsonb not null default '{}',
  is_full boolean not null default true,
  as_of timestamptz not null default now(),
  status text not null default 'staging' check (status in ('staging', 'complete', 'superseded', 'purged')),
  row_count bigint not null default 0,
  contradictions bigint not null default 0,
  created_by uuid default auth.uid(),
  created_at timestamptz not null default now()
);
create index extracts_latest_idx on governance.extracts (org_id, entity_type, source, created_at desc);
create index extracts_entity_idx on governance.extracts (entity_type);
comment on table governance.extracts is 'What another system says that an entity''s records are, staged to be compared with ours.';
comment on column governance.extracts.key_column is 'Our column that holds the key of the other system''s records.';
comment on column governance.extracts.fields is 'Our columns that are compared.';
comment on column governance.extracts.tolerances is 'By column: how far apart numbers, or dates in days, may be: {"amount": "0.01", "due_on": "1"}.';
comment on column governance.extracts.is_full is 'True: it holds all their records, so that one of ours that it lacks is missing there.';
comment on column governance.extracts.as_of is 'What they knew when: what we changed later is no difference yet.';
comment on column governance.extracts.status is 'purged: its rows are no longer kept.';
comment on column governance.extracts.contradictions is 'How often a key came again with other values; the last one counts.';

create table governance_private.extract_rows (
  extract_id uuid not null references governance.extracts on delete cascade,
  key text not null,
  key_number numeric,
  fingerprint bigint,
  values text[] not null,
  primary key (extract_id, key) include (fingerprint)
);
create index extract_rows_number_idx on governance_private.extract_rows (extract_id, key_number) where key_number is not null;
comment on table governance_private.extract_rows is 'The rows of extracts: the compared values as canonical text, in the order of the extract''s fields.';
comment on column governance_private.extract_rows.fingerprint is 'A 64-bit hash of the values, the same that our record would have; empty where a value cannot be read. Who differs in it is looked at closely.';

alter table governance.extracts enable row level security;
alter table governance_private.extract_rows enable row level security;
create policy "Stewards see the extracts of their organization" on governance.extracts for select to authenticated
  using (org_id in (select governance_private.my_org_ids('steward')));
grant select on governance.extracts to authenticated, service_role;

create function governance_private.canonical_sql(p_text_sql text, p_class text) returns text
language sql immutable security invoker
-- SQL text: what another system wrote, in the form in which we compare; what cannot be read stays as it is, and therefore differs.
return case p_class
  when 'number' then format('case when %1$s ~ ''^\s*[+-]?\d{1,200}(\.\d{1,200})?\s*$'' then trim_scale(btrim(%1$s)::numeric)::text else %1$s end', p_text_sql)
  when 'boolean' then format('case lower(btrim(%1$s)) when ''t'' then ''true'' when ''1'' then ''true'' when ''yes'' then ''true'' when ''f'' then ''false'' when ''0'' then ''false'' when ''no'' then ''false'' else lower(btrim(%1$s)) end', p_text_sql)
  when 'uuid' then format('lower(btrim(%s))', p_text_sql)
  when 'date' then format('substr(btrim(%s), 1, 10)', p_text_sql)
  when 'instant' then format('governance_private.canonical_instant(%s)', p_text_sql)
  else format('nullif(%s, '''')', p_text_sql) end;

create function governance_private.canonical_instant(p_text text) returns text
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
begin
  return governance_private.instant_text(p_text::timestamptz at time zone 'UTC');
exception when others then
  return p_text;
end
$$;
comment on function governance_private.canonical_instant(text) is 'An instant as another system wrote it, as UTC text with microseconds; what is none stays as it is.';

create function governance_private.comparable_sql(p_column_sql text, p_class text, p_base_type text) returns text
language sql immutable security invoker
-- SQL text: one of our columns in the same form.
return case
  when p_class = 'number' and p_base_type in ('float4', 'float8') then format('trim_scale(%s::text::numeric)::text', p_column_sql)
  when p_class = 'number' and p_base_type = 'numeric' then format('trim_scale(%s)::text', p_column_sql)
  when p_class = 'number' then format('%s::text', p_column_sql)
  when p_class = 'text' then format('nullif(%s::text, '''')', p_column_sql)
  when p_class in ('boolean', 'instant') then format('(%s)::text', governance_private.projection(p_column_sql, p_class, p_base_type))
  else format('%s::text', p_column_sql) end;

create function governance_private.is_calendar_date(p_text text) returns boolean
language sql immutable security invoker
-- Nested, because only a month that exists has a last day.
return case when p_text ~ '^[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}$' and substr(p_text, 1, 4) <> '0000'
  then substr(p_text, 9, 2)::integer between 1 and extract(day from make_date(substr(p_text, 1, 4)::integer, substr(p_text, 6, 2)::integer, 1) + interval '1 month - 1 day')
  else false end;

create function governance_private.readable_sql(p_text_sql text, p_class text) returns text
language sql immutable security invoker
-- SQL text: whether a canonical text can be read as a value of its class.
return case p_class
  when 'number' then format('coalesce(%s ~ ''^-?\d+(\.\d+)?$'', true)', p_text_sql)
  when 'boolean' then format('coalesce(%s in (''true'', ''false''), true)', p_text_sql)
  when 'uuid' then format('coalesce(%s ~ ''^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'', true)', p_text_sql)
  when 'date' then format('coalesce(governance_private.is_calendar_date(%s), true)', p_text_sql)
  when 'instant' then format('coalesce(%s ~ ''^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$'', true)', p_text_sql)
  else 'true' end;

create function governance_private.fingerprint_sql(p_values_sql text[], p_classes text[]) returns text
language sql immutable security invoker set search_path = ''
as $$
  -- SQL text: one hash over values of the classes' own types, so that 10.5 and 10.50 are one.
  select format('hash_record_extended(row(%s), 0)', string_agg(case c.class
    when 'number' then format('(%s)::numeric', v.sql) when 'boolean' then format('(%s)::boolean', v.sql) when 'uuid' then format('(%s)::uuid', v.sql)
    when 'date' then format('(%s)::date', v.sql) when 'instant' then format('(%s)::timestamptz', v.sql) else format('(%s)::text', v.sql) end, ', ' order by v.n))
  from unnest(p_values_sql) with ordinality as v(sql, n) join unnest(p_classes) with ordinality as c(class, n) using (n)
$$;
comment on function governance_private.fingerprint_sql(text[], text[]) is 'SQL text: the fingerprint of a record''s compared values.';

create function governance_private.extract_faults(p_entity_type text, p_key_column text, p_fields text[], p_tolerances jsonb) returns text[]
language sql stable security invoker set search_path = ''
as $$
  with columns as (select * from governance_private.entity_columns(p_entity_type))
  select array_agg(f) from (
    select format('"%s" is not a column of %s that a key can be: text, uuid or number', p_key_column, p_entity_type) as f
    where not exists (select from columns c where c.column_name = p_key_column and c.class in ('text', 'uuid', 'number'))
    union all
    select format('"%s" is not a column of %s that can be compared', x, p_entity_type) from unnest(p_fields) as x
    where not exists (select from columns c where c.column_name = x and c.class <> 'other')
    union all
    select format('the tolerance of "%s" is not a number of at least 0 for a compared number or date', t.key) from jsonb_each_text(p_tolerances) t
    where t.value !~ '^\d{1,30}(\.\d{1,30})?$' or t.key <> all (p_fields)
       or not exists (select from columns c where c.column_name = t.key and c.class in ('number', 'date'))
    union all
    select 'there is nothing to compare: name at least one field' where coalesce(cardinality(p_fields), 0) = 0) x
$$;

create function governance_private.begin_extract(
  p_org_id text, p_entity_type text, p_source text, p_key_column text, p_fields text[], p_tolerances jsonb, p_is_full boolean, p_as_of timestamptz
) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_faults text[];
  v_id uuid;
begin
  -- Definer: writes the extracts; checks the caller first.
  perform governance_private.require_role(p_org_id, 'steward', 'compare with another system');
  if not exists (select from governance.entities e where e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('"%s" is not a registered entity.', p_entity_type));
  end if;
  v_faults := governance_private.extract_faults(p_entity_type, p_key_column, p_fields, coalesce(p_tolerances, '{}'));
  if coalesce(p_source, '') !~ '^[a-z0-9][a-z0-9_-]{0,59}$' then
    v_faults := v_faults || format('"%s" cannot name a source: small letters, digits, hyphens', p_source);
  end if;
  if cardinality(v_faults) > 0 then
    perform governance_private.raise_error('PT422', 'invalid-value', format('This cannot be compared: %s.', array_to_string(v_faults, '; ')),
      jsonb_build_object('faults', to_jsonb(v_faults)));
  end if;
  insert into governance.extracts (org_id, entity_type, source, key_column, fields, tolerances, is_full, as_of)
  values (p_org_id, p_entity_type, p_source, p_key_column, p_fields, coalesce(p_tolerances, '{}'), coalesce(p_is_full, true), coalesce(p_as_of, now()))
  returning id into v_id;
  return v_id;
end
$$;

create function governance.begin_extract(
  p_org_id text, p_entity_type text, p_source text, p_key_column text, p_fields text[], p_tolerances jsonb default '{}',
  p_is_full boolean default true, p_as_of timestamptz default now()
) returns uuid
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.begin_extract(p_org_id, p_entity_type, p_source, p_key_column, p_fields, p_tolerances, p_is_full, p_as_of)
$$;
comment on function governance.begin_extract(text, text, text, text, text[], jsonb, boolean, timestamptz) is
  'Begins to stage another system''s records: then add_extract_rows, as often as needed, then reconcile_extract.';

create function governance_private.require_extract(p_extract_id uuid) returns governance.extracts
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_extract governance.extracts;
begin
  select * into v_extract from governance.extracts x where x.id = p_extract_id for update;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', 'There is no such extract.');
  end if;
  perform governance_private.require_role(v_extract.org_id, 'steward', 'compare with another system');
  return v_extract;
end
$$;

create function governance_private.add_extract_rows(p_extract_id uuid, p_rows jsonb) returns jsonb
language plpgsql volatile security definer set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_extract governance.extracts;
  v_key_class text;
  v_values text;
  v_classes text[];
  v_readable text;
  v_bad text;
  v_counts jsonb;
begin
  -- Definer: staged rows are private; checks the caller first.
  v_extract := governance_private.require_extract(p_extract_id);
  if v_extract.status <> 'staging' then
    perform governance_private.raise_error('PT409', 'stale', 'This extract is complete already: begin a new one.', jsonb_build_object('extract_id', p_extract_id));
  elsif jsonb_typeof(p_rows) is distinct from 'array' or jsonb_array_length(p_rows) > 20000 then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_rows is a list of at most 20,000 objects.', jsonb_build_object('field', 'p_rows'));
  end if;
  select c.class into v_key_class from governance_private.entity_columns(v_extract.entity_type, v_extract.key_column) c;
  select format('row %s has no %s', n, case when jsonb_typeof(r) = 'object' then format('"%s" that can be read as the key', v_extract.key_column) else 'columns: it is no object' end)
  into v_bad
  from jsonb_array_elements(p_rows) with ordinality as x(r, n)
  where jsonb_typeof(r) <> 'object' or coalesce(r ->> v_extract.key_column, '') = ''
     or (v_key_class = 'number' and btrim(r ->> v_extract.key_column) !~ '^-?\d{1,200}(\.\d{1,200})?$')
     or (v_key_class = 'uuid' and lower(btrim(r ->> v_extract.key_column)) !~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$')
  order by n limit 1;
  if v_bad is not null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('Nothing was staged: %s.', v_bad), jsonb_build_object('field', v_extract.key_column));
  end if;
  select format('array[%s]::text[]', string_agg(governance_private.canonical_sql(format('(r ->> %L)', f.name), c.class), ', ' order by f.n)),
         array_agg(c.class order by f.n), string_agg(governance_private.readable_sql(format('i.values[%s]', f.n), c.class), ' and ' order by f.n)
  into v_values, v_classes, v_readable
  from unnest(v_extract.fields) with ordinality as f(name, n)
  join governance_private.entity_columns(v_extract.entity_type) c on c.column_name = f.name;
  execute format($sql$
    with incoming as (
      select distinct on (key) key, n, %2$s as values
      from (select %1$s as key, r, n from jsonb_array_elements($2) with ordinality as x(r, n)) k
      order by key, n desc
    ), saved as (
      insert into governance_private.extract_rows as e (extract_id, key, key_number, values, fingerprint)
      select $1, i.key, %3$s, i.values, case when %4$s then %5$s end from incoming i
      on conflict (extract_id, key) do update set values = excluded.values, fingerprint = excluded.fingerprint where e.values is distinct from excluded.values
      returning xmax = 0 as is_new
    )
    select jsonb_build_object('added', count(*) filter (where is_new),
      'contradictions', count(*) filter (where not is_new) + jsonb_array_length($2) - (select count(*) from incoming)) from saved
  $sql$, governance_private.canonical_sql(format('(r ->> %L)', v_extract.key_column), v_key_class), v_values,
    case when v_key_class = 'number' then 'i.key::numeric' else 'null' end, v_readable,
    governance_private.fingerprint_sql(array(select format('i.values[%s]', n) from generate_subscripts(v_classes, 1) n), v_classes))
  into v_counts using p_extract_id, p_rows;
  update governance.extracts x
  set row_count = x.row_count + (v_counts ->> 'added')::bigint, contradictions = x.contradictions + (v_counts ->> 'contradictions')::bigint
  where x.id = p_extract_id;
  return v_counts;
end
$$;

create function governance.add_extract_rows(p_extract_id uuid, p_rows jsonb) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.add_extract_rows(p_extract_id, p_rows)
$$;
comment on function governance.add_extract_rows(uuid, jsonb) is
  'Stages rows of another system: objects with our column names, at most 20,000 a call. The same rows twice are the same rows.';

create function governance_private.reconcile_extract(p_extract_id uuid) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_extract governance.extracts;
  v_run uuid;
begin
  -- Definer: writes runs; checks the caller first. The newest extract of a source replaces what that source said before.
  v_extract := governance_private.require_extract(p_extract_id);
  if v_extract.status in ('superseded', 'purged') then
    perform governance_private.raise_error('PT409', 'stale', case v_extract.status when 'purged' then 'The rows of this extract are no longer kept.'
        else 'A newer extract of this source was reconciled already.' end, jsonb_build_object('extract_id', p_extract_id));
  end if;
  with older as (
    update governance.extracts x set status = 'superseded'
    where x.org_id = v_extract.org_id and x.entity_type = v_extract.entity_type and x.source = v_extract.source
      and x.id <> v_extract.id and x.status = 'complete'
    returning x.id
  ), stopped as (
    update governance.runs r set status = 'cancelled', finished_at = now(), summary = 'A newer extract came.'
    from older where r.job = 'extract' and r.subject = older.id::text and r.status in ('queued', 'running')
  )
  delete from governance_private.extract_rows e using older where e.extract_id = older.id;
  update governance.extracts x set status = 'complete' where x.id = p_extract_id;
  v_run := governance_private.queue_reconciliation('extract', v_extract.org_id, 'asked for', p_extract_id::text);
  perform governance_private.call_function('reconcile');
  return v_run;
end
$$;

create function governance.reconcile_extract(p_extract_id uuid) returns uuid
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.reconcile_extract(p_extract_id)
$$;
comment on function governance.reconcile_extract(uuid) is 'Compares a staged extract with our records. Returns the run; its breaks are issues.';

grant execute on function governance.begin_extract(text, text, text, text, text[], jsonb, boolean, timestamptz),
  governance_private.begin_extract(text, text, text, text, text[], jsonb, boolean, timestamptz),
  governance.add_extract_rows(uuid, jsonb), governance_private.add_extract_rows(uuid, jsonb),
  governance.reconcile_extract(uuid), governance_private.reconcile_extract(uuid) to authenticated, service_role;

insert into governance.reconcile_jobs (job, title, description, chunk_size) values
  ('extract', 'Comparison with another system', 'A staged extract of another system against our records, key by key.', 500000);
insert into governance.reconcile_steps (job, position, step) values ('extract', 0, 'extract');
insert into governance.break_classes (break_class, step, title, dimension, severity) values
  ('missing-here', 'extract', 'A record of another system that we do not have', 'completeness', 'medium'),
  ('missing-there', 'extract', 'A record of ours that another system does not have', 'completeness', 'medium'),
  ('differs-there', 'extract', 'A record that another system holds otherwise', 'consistency', 'medium');
