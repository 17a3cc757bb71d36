-- What: the registry of governed tables and their relations, and what the catalog says of their columns.
-- Why: nothing in governance names a CRM table; everything is generated from these rows.
-- Breaks a running client: no.

create table governance.entities (
  entity_type text primary key check (entity_type ~ '^[a-z][a-z0-9_]{0,39}$'),
  table_schema text not null,
  table_name text not null,
  key_columns text[] not null check (cardinality(key_columns) > 0),
  label_column text,
  owner_column text,
  org_column text,
  fixed_org_id text,
  ignored_columns text[] not null default '{}',
  on_failure text not null default 'open' check (on_failure in ('open', 'closed')),
  paused_at timestamptz,
  pause_reason text,
  is_set_aside boolean not null default false,
  rules_version bigint not null default 1,
  registered_at timestamptz not null default now(),
  unique (table_schema, table_name),
  constraint an_entity_has_an_organization_column_or_a_fixed_one check (num_nonnulls(org_column, fixed_org_id) = 1)
);
comment on table governance.entities is 'The governed tables. Change them with governance.register_entity and governance.unregister_entity.';
comment on column governance.entities.ignored_columns is 'Columns whose change alone is no change: no audit event, no evaluation.';
comment on column governance.entities.on_failure is 'What a failure of governance itself does to a write: open lets it pass and sweeps, closed refuses it.';
comment on column governance.entities.is_set_aside is
  'Paused by governance itself, because a column that names its records or their organization is gone; it resumes by itself when that is put right.';
comment on column governance.entities.rules_version is 'Rises with every change of this entity''s rules or columns; a verdict of an older version is discarded.';

create table governance.relations (
  entity_type text not null references governance.entities on delete cascade,
  relation text not null,
  kind text not null check (kind in ('to_one', 'to_many')),
  from_columns text[] not null,
  to_entity text not null references governance.entities on delete cascade,
  to_columns text[] not null,
  primary key (entity_type, relation)
);
create index relations_to_entity_idx on governance.relations (to_entity);
comment on table governance.relations is 'How entities point at each other, read from their foreign keys. A to-one relation can be followed in a rule''s field: account.state.';

alter table governance.entities enable row level security;
alter table governance.relations enable row level security;
create policy "Everybody signed in sees what is governed" on governance.entities for select to authenticated using (true);
create policy "Everybody signed in sees the relations" on governance.relations for select to authenticated using (true);
grant select on governance.entities, governance.relations to authenticated, service_role;

create function governance_private.base_type(p_type oid) returns oid
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_type record;
  v_oid oid := p_type;
begin
  loop
    select t.typtype, t.typbasetype into v_type from pg_catalog.pg_type t where t.oid = v_oid;
    exit when v_type.typtype is distinct from 'd';
    v_oid := v_type.typbasetype;
  end loop;
  return v_oid;
end
$$;
comment on function governance_private.base_type(oid) is 'A type itself, of a domain the type beneath it.';

create function governance_private.class_of(p_type_name name, p_type_kind "char") returns text
language sql immutable security invoker
return case
    when p_type_kind = 'e' then 'enum'
    when p_type_name in ('text', 'varchar', 'bpchar', 'citext') then 'text'
    when p_type_name in ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') then 'number'
    when p_type_name = 'bool' then 'boolean'
    when p_type_name = 'uuid' then 'uuid'
    when p_type_name = 'date' then 'date'
    when p_type_name in ('timestamptz', 'timestamp') then 'instant'
    else 'other' end;
comment on function governance_private.class_of(name, "char") is
  'The class of a column type that is no domain in the rule language: text, number, boolean, uuid, enum, date, instant or other.';

create function governance_private.entity_columns(p_entity_type text, p_column text default null)
returns table (column_name text, type_sql text, base_type text, class text, is_generated boolean, is_nullable boolean)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plans for the session; a rule resolves its fields again and again.
  return query
    select a.attname::text, format_type(a.atttypid, a.atttypmod), base.typname::text,
           governance_private.class_of(base.typname, base.typtype), a.attgenerated <> '' or a.attidentity = 'a', not a.attnotnull
    from governance.entities e
    join pg_catalog.pg_namespace n on n.nspname = e.table_schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = e.table_name
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_catalog.pg_type t on t.oid = a.atttypid
    join pg_catalog.pg_type base on base.oid = case t.typtype when 'd' then governance_private.base_type(t.oid) else t.oid end
    -- What the owner of the generated functions may not read is not there for any rule.
    join pg_catalog.pg_namespace own on own.nspname = 'governance_private' and has_column_privilege(own.nspowner, c.oid, a.attnum, 'select')
    where e.entity_type = p_entity_type and (p_column is null or a.attname = p_column);
end
$$;
comment on function governance_private.entity_columns(text, text) is
  'The columns of an entity''s table as the catalog has them now and governance may read them, with their class in the rule language.';

create function governance_private.missing_columns(p_entity_type text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select string_agg(format('"%s"', n.name), ', ')
    from governance.entities e cross join lateral unnest(e.key_columns || e.org_column) as n(name)
    where e.entity_type = p_entity_type and n.name is not null
      and not exists (select from governance_private.entity_columns(p_entity_type, n.name)));
end
$$;
comment on function governance_private.missing_columns(text) is
  'The columns that name an entity''s records and their organization, but are gone or may not be read; null when all are there.';

create function governance_private.withheld_columns(p_entity_type text) returns text[]
language sql stable security invoker set search_path = ''
as $$
  select array(
    select a.attname::text from governance.entities e
    join pg_catalog.pg_attribute a on a.attrelid = to_regclass(format('%I.%I', e.table_schema, e.table_name)) and a.attnum > 0 and not a.attisdropped
    where e.entity_type = p_entity_type and a.attname not in (select c.column_name from governance_private.entity_columns(p_entity_type) c)
    order by a.attnum)
$$;
comment on function governance_private.withheld_columns(text) is
  'The columns that the owner of the generated functions may not read. A transition table would show them all the same: audit leaves them out.';

create function governance_private.entity_table(p_entity_type text) returns text
language sql stable security invoker set search_path = ''
as $$
  select format('%I.%I', e.table_schema, e.table_name) from governance.entities e where e.entity_type = p_entity_type
$$;

create function governance_private.key_expression(p_entity_type text, p_alias text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- One key column is its own text; several are a JSON array of texts in key order.
  select case when cardinality(e.key_columns) = 1
    then format('%s.%I::text', p_alias, e.key_columns[1])
    -- No record, in an outer join, has no key.
    else (select format('case when row(%s) is not null then jsonb_build_array(%s)::text end',
            string_agg(format('%s.%I', p_alias, k.name), ', ' order by k.ordinality), string_agg(format('%s.%I::text', p_alias, k.name), ', ' order by k.ordinality))
          from unnest(e.key_columns) with ordinality as k(name, ordinality)) end
  from governance.entities e where e.entity_type = p_entity_type
$$;
comment on function governance_private.key_expression(text, text) is 'SQL text: the record key of a row of this entity''s table under an alias.';

create function governance_private.key_predicate(p_entity_type text, p_alias text, p_key_sql text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- The key text is cast to the column's type, not the column to text, so that the primary key's index is used.
  select string_agg(
    case when cardinality(e.key_columns) = 1
      then format('%s.%I = (%s)::%s', p_alias, k.name, p_key_sql, c.type_sql)
      else format('%s.%I = ((%s)::jsonb ->> %s)::%s', p_alias, k.name, p_key_sql, k.ordinality - 1, c.type_sql) end, ' and ')
  from governance.entities e
  cross join unnest(e.key_columns) with ordinality as k(name, ordinality)
  join governance_private.entity_columns(p_entity_type) c on c.column_name = k.name
  where e.entity_type = p_entity_type
$$;
comment on function governance_private.key_predicate(text, text, text) is 'SQL text: a row under an alias has the record key that an SQL expression gives.';

create function governance_private.lock_free_records(p_entity_type text, p_keys text[], p_strength text) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_locked text[];
begin
  execute format('select array_agg(x.key) from (select k.key from unnest($1) as k(key) join %s r on %s for %s of r skip locked) x',
    governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'r', 'k.key'), p_strength)
  into v_locked using p_keys;
  return coalesce(v_locked, '{}');
end
$$;
comment on function governance_private.lock_free_records(text, text[], text) is 'Locks those of the records that nobody holds, for share, no key update or update, and tells which; waits for nobody.';

create function governance_private.org_expression(p_entity_type text, p_alias text) returns text
language sql stable security invoker set search_path = ''
as $$
  select case when e.org_column is null then quote_literal(e.fixed_org_id) else format('%s.%I::text', p_alias, e.org_column) end
  from governance.entities e where e.entity_type = p_entity_type
$$;

create function governance_private.instant_text(p_instant timestamp) returns text
language sql stable security invoker
-- to_char knows no infinity (null) and no BC.
return coalesce(
  to_char(p_instant, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || case when p_instant < '0001-01-01' then ' BC' else '' end,
  p_instant::text);
comment on function governance_private.instant_text(timestamp) is 'A UTC moment as text with microseconds, as the evaluator gets it.';

create function governance_private.projection(p_column_sql text, p_class text, p_base_type text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case
    when p_class = 'boolean' then p_column_sql
    when p_class = 'instant' and p_base_type = 'timestamptz' then format('governance_private.instant_text(%s at time zone ''UTC'')', p_column_sql)
    when p_class = 'instant' then format('governance_private.instant_text(%s)', p_column_sql)
    when p_class = 'other' and p_base_type in ('json', 'jsonb') then format('case when %s_typeof(%s) <> ''null'' then ''present'' end', p_base_type, p_column_sql)
    when p_class = 'other' then format('case when %s is not null then ''present'' end', p_column_sql)
    else p_column_sql || '::text' end;
end
$$;
comment on function governance_private.projection(text, text, text) is
  'SQL text: a column as the evaluator gets it. Text, because JSON numbers and session time zones corrupt values on the way to JavaScript.';

grant execute on function governance_private.class_of(name, "char"), governance_private.base_type(oid),
  governance_private.entity_columns(text, text), governance_private.missing_columns(text), governance_private.entity_table(text), governance_private.key_expression(text, text),
  governance_private.key_predicate(text, text, text), governance_private.instant_text(timestamp),
  governance_private.projection(text, text, text) to authenticated, service_role;
