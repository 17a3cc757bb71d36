-- What: which records of a list surely break a foreign key or a not-null constraint, found set-wise.
-- Why: told apart by trying, a thousand bad references cost a thousand statements: more than the platform's time for one call.
-- Breaks a running client: no.

create function governance_private.may_be_changed(p_entity_type text, p_columns text[]) returns boolean
language sql stable security invoker set search_path = ''
as $$
  -- Whether what is given of these columns may not be what reaches the table: fixes, policies, triggers of others.
  select exists (
      select from governance.data_quality_rules r
      where r.entity_type = p_entity_type and r.status = 'active' and r.enforcement = 'fix'
        and exists (select from unnest(p_columns) as c where strpos(r.fix::text, to_jsonb(c)::text) > 0))
    or exists (
      select from governance.change_policies p where p.entity_type = p_entity_type and p.status = 'active' and p.guarded_fields && p_columns)
    or exists (
      select from pg_catalog.pg_trigger t join pg_catalog.pg_proc f on f.oid = t.tgfoid
      join pg_catalog.pg_language l on l.oid = f.prolang
      where t.tgrelid = governance_private.entity_table(p_entity_type)::regclass and not t.tgisinternal and t.tgtype & 3 = 3
        and f.pronamespace <> 'governance_private'::regnamespace
        -- One that does no more than set other columns by name, and returns the row, leaves these alone.
        and not (l.lanname = 'plpgsql'
          and regexp_replace(lower(f.prosrc), '\mnew\.[a-z0-9_]+|\mreturn\s+new\M', '', 'g') !~ '\m(new|return|execute)\M'
          and not exists (select from unnest(p_columns) as c where strpos(lower(f.prosrc), lower(c)) > 0)))
$$;

create function governance_private.lacking_sql(p_table regclass, p_state text, p_constraint text, p_column text, out sql text, out columns text[])
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_constraint pg_catalog.pg_constraint;
begin
  -- SQL text: a condition on i.given and (i.typed) that a record fulfils which breaks the constraint; null where that cannot be said.
  if p_state = '23502' then
    columns := array[p_column];
    sql := format('i.given -> %L = ''null''', p_column);
  elsif p_state = '23503' then
    select * into v_constraint from pg_catalog.pg_constraint c
    where c.conrelid = p_table and c.conname = p_constraint and c.contype = 'f' and c.confmatchtype = 's' and c.confrelid <> c.conrelid;
    if not found then
      return; -- Of a table that points at itself: what is lacking may come with the same list.
    end if;
    select array_agg(a.attname::text order by k.n), format('i.given ?& %L::text[] and %s and not exists (select from %s f where %s)',
        array_agg(a.attname::text), string_agg(format('(i.typed).%I is not null', a.attname), ' and '), v_constraint.confrelid::regclass,
        string_agg(format('f.%I = (i.typed).%I', b.attname, a.attname), ' and '))
    into columns, sql
    from unnest(v_constraint.conkey, v_constraint.confkey) with ordinality as k(here, there, n)
    join pg_catalog.pg_attribute a on a.attrelid = v_constraint.conrelid and a.attnum = k.here
    join pg_catalog.pg_attribute b on b.attrelid = v_constraint.confrelid and b.attnum = k.there;
  end if;
end
$$;

create function governance_private.sure_violations(p_entity_type text, p_part jsonb, p_state text, p_constraint text, p_column text) returns integer[]
language plpgsql stable security definer set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_table text := governance_private.entity_table(p_entity_type);
  v_lacking record;
  v_sure integer[];
begin
  -- Definer: a foreign key looks past row level security as well. Only for who may write the table, and so learns the same by writing.
  if not has_any_column_privilege(governance_private.writer_role(), v_table, 'insert, update') then
    return '{}';
  end if;
  v_lacking := governance_private.lacking_sql(v_table::regclass, p_state, p_constraint, p_column);
  if v_lacking.sql is null or governance_private.may_be_changed(p_entity_type, v_lacking.columns) then
    return '{}';
  end if;
  execute format('select coalesce(array_agg(i.n), ''{}'') from (
      select (x ->> ''n'')::integer as n, x -> ''values'' as given, jsonb_populate_record(null::%s, x -> ''values'') as typed from jsonb_array_elements($1) as x) i where %s',
    v_table, v_lacking.sql)
  into v_sure using p_part;
  return v_sure;
end
$$;
comment on function governance_private.sure_violations(text, jsonb, text, text, text) is
  'The records of a refused list that break the constraint that refused it, whatever becomes of the others. None where a fix, a policy or a trigger may change what is given.';

grant execute on function governance_private.sure_violations(text, jsonb, text, text, text) to authenticated, service_role;
