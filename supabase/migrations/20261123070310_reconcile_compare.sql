-- What: one chunk of the comparison of an extract with an entity.
-- Why: a range of keys is read from both sides by their indexes and joined in memory; only records that differ are looked at closely.
-- Breaks a running client: no.

create function governance_private.extract_bound(p_extract governance.extracts, p_class text, p_type_sql text, p_after text, p_size integer) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_key text := case when p_class = 'number' then 'x.key_number' else 'x.key' end;
  v_ours text := format('e.%I', p_extract.key_column);
  v_theirs_bound text;
  v_ours_bound text;
  v_until text;
begin
  -- The end of the next chunk: so far that neither side has many more than p_size records in it. Null: both end within it.
  execute format('select %1$s::text from governance_private.extract_rows x where x.extract_id = $1%2$s order by %1$s offset $3 limit 1', v_key,
    case when p_after is null then '' else format(' and %s > $2::%s', v_key, case when p_class = 'number' then 'numeric' else 'text' end) end)
  into v_theirs_bound using p_extract.id, p_after, p_size;
  -- Looking for ours too costs a second pass over an index: only where we have far more than they.
  if v_theirs_bound is null or p_extract.row_count * 2 < (
    select c.reltuples from pg_catalog.pg_class c where c.oid = governance_private.entity_table(p_extract.entity_type)::regclass) then
    execute format('select %1$s::text from %2$s e where %3$s = $1 and %1$s is not null%4$s order by %1$s offset $2 limit 1', v_ours,
      governance_private.entity_table(p_extract.entity_type), governance_private.org_expression(p_extract.entity_type, 'e'),
      case when p_after is null then '' else format(' and %s > %s', v_ours, governance_private.bound_literal(p_after, p_type_sql)) end)
    into v_ours_bound using p_extract.org_id, p_size;
  end if;
  execute format('select least($1::%1$s, $2::%1$s)::text', case p_class when 'number' then 'numeric' when 'uuid' then 'uuid' else 'text' end)
  into v_until using v_theirs_bound, v_ours_bound;
  return v_until;
end
$$;
comment on function governance_private.extract_bound(governance.extracts, text, text, text, integer) is 'Where the next chunk of a comparison ends.';

create function governance_private.bound_literal(p_bound text, p_type_sql text) returns text
language sql immutable security invoker
-- SQL text: a bound for a key of this type. Theirs can have a fraction, or lie beyond what an integer can be.
return case p_type_sql
  when 'smallint' then format('(%s)::smallint', greatest(least(floor(p_bound::numeric), 32767), -32768))
  when 'integer' then format('(%s)::integer', greatest(least(floor(p_bound::numeric), 2147483647), -2147483648))
  when 'bigint' then format('(%s)::bigint', greatest(least(floor(p_bound::numeric), 9223372036854775807), -9223372036854775808))
  else format('%L::%s', p_bound, p_type_sql) end;

create function governance_private.compare_sql(p_extract governance.extracts, p_class text, p_type_sql text, p_after text, p_until text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_ours text := format('e.%I', p_extract.key_column);
  v_theirs text := case when p_class = 'number' then 'x.key_number' else 'x.key' end;
  v_theirs_type text := case when p_class = 'number' then 'numeric' else 'text' end;
  v_fingerprint text;
begin
  -- Nothing in it is ours, so that Postgres may run it in parallel.
  select governance_private.fingerprint_sql(
    array_agg(case when c.class = 'text' then format('nullif(e.%I::text, '''')', c.column_name)
                   when c.class = 'number' and c.base_type in ('float4', 'float8') then format('e.%I::text', c.column_name)
                   when c.class = 'instant' and c.base_type = 'timestamp' then format('e.%I at time zone ''UTC''', c.column_name)
                   else format('e.%I', c.column_name) end order by f.n), array_agg(c.class order by f.n))
  into v_fingerprint
  from unnest(p_extract.fields) with ordinality as f(name, n)
  join governance_private.entity_columns(p_extract.entity_type) c on c.column_name = f.name;
  return format($sql$
    select o.record_key, coalesce(t.key, o.key) as key, o.fingerprint is not null as is_here, t.key is not null as is_there
    from (select %1$s as join_key, %1$s::text as key, %2$s as record_key, %3$s as fingerprint from %4$s e where %5$s = $2 and %1$s is not null%6$s) o
    full join (select %7$s as join_key, x.key, x.fingerprint from governance_private.extract_rows x where x.extract_id = $1%8$s) t
      on %9$s = t.join_key
    where o.fingerprint is distinct from t.fingerprint or t.fingerprint is null$sql$,
    v_ours, governance_private.key_expression(p_extract.entity_type, 'e'), v_fingerprint, governance_private.entity_table(p_extract.entity_type),
    governance_private.org_expression(p_extract.entity_type, 'e'),
    concat(case when p_after is not null then format(' and %s > %s', v_ours, governance_private.bound_literal(p_after, p_type_sql)) end,
           case when p_until is not null then format(' and %s <= %s', v_ours, governance_private.bound_literal(p_until, p_type_sql)) end),
    v_theirs,
    concat(case when p_after is not null then format(' and %s > %L::%s', v_theirs, p_after, v_theirs_type) end,
           case when p_until is not null then format(' and %s <= %L::%s', v_theirs, p_until, v_theirs_type) end),
    case p_class when 'uuid' then 'o.key' when 'text' then 'o.join_key::text' else 'o.join_key::numeric' end);
end
$$;
comment on function governance_private.compare_sql(governance.extracts, text, text, text, text) is
  'SQL text: the records of a range of keys that one side lacks or may hold otherwise.';

create function governance_private.differing_fields(p_extract governance.extracts, p_ours text[], p_theirs text[]) returns jsonb
-- plpgsql keeps its plan from one record to the next.
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  -- By field, what each side says; null where all differences are within their tolerance.
  return (select jsonb_object_agg(f.name, jsonb_build_object('ours', p_ours[f.n], 'theirs', p_theirs[f.n]))
  from unnest(p_extract.fields) with ordinality as f(name, n)
  cross join lateral (select (p_extract.tolerances ->> f.name)::numeric as tolerance) t
  where p_ours[f.n] is distinct from p_theirs[f.n]
    and not coalesce(case
      when t.tolerance is null then false
      when p_ours[f.n] ~ '^-?\d+(\.\d+)?$' and p_theirs[f.n] ~ '^-?\d+(\.\d+)?$'
        then abs(p_ours[f.n]::numeric - p_theirs[f.n]::numeric) <= t.tolerance
      when governance_private.is_calendar_date(p_ours[f.n]) and governance_private.is_calendar_date(p_theirs[f.n])
        then abs(p_ours[f.n]::date - p_theirs[f.n]::date) <= t.tolerance end, false));
end
$$;

create type governance_private.suspect as (record_key text, key text, is_here boolean, is_there boolean);

create function governance_private.judge_suspects(p_extract governance.extracts, p_suspects governance_private.suspect[]) returns governance_private.found_break[]
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_values text;
  v_breaks governance_private.found_break[];
begin
  select format('array[%s]::text[]', string_agg(governance_private.comparable_sql(format('e.%I', c.column_name), c.class, c.base_type), ', ' order by f.n))
  into v_values
  from unnest(p_extract.fields) with ordinality as f(name, n)
  join governance_private.entity_columns(p_extract.entity_type) c on c.column_name = f.name;
  execute format($sql$
    with suspects as (select * from unnest($1)), judged as (
      select s.*, case when not s.is_here then 'missing-here' when not s.is_there then 'missing-there' else 'differs-there' end as break_class,
             case when s.is_here and s.is_there then governance_private.differing_fields($2, o.values, t.values) end as fields
      from suspects s
      left join lateral (select x.values from governance_private.extract_rows x where x.extract_id = $2.id and x.key = s.key) t on s.is_here and s.is_there
      left join lateral (select %s as values from %s e where %s) o on s.is_here and s.is_there
      where s.is_there or $2.is_full
    )
    select array_agg(row(j.break_class, $2.entity_type, coalesce(j.record_key, ''),
      $2.source || case when j.record_key is null then ':' || j.key else '' end, null, null, null, $2.as_of::date,
      -- What we changed after they looked is no difference yet.
      case when e.occurred_at > $2.as_of then 'infinity' else e.occurred_at end,
      case j.break_class
        when 'missing-here' then format('%%s has a record "%%s" that is not here.', $2.source, j.key)
        when 'missing-there' then format('%%s has no record "%%s".', $2.source, j.key)
        else format('%%s says otherwise of "%%s": %%s.', $2.source, j.key, (
          select string_agg(format('%%s is %%s here and %%s there', f.key, coalesce(f.value ->> 'ours', 'empty'), coalesce(f.value ->> 'theirs', 'empty')), '; ' order by f.key)
          from jsonb_each(j.fields) f)) end,
      jsonb_strip_nulls(jsonb_build_object('key', j.key, 'fields', j.fields, 'source', $2.source)), null)::governance_private.found_break)
    from judged j
    left join lateral (select a.occurred_at from governance.audit_events a
      where a.entity_type = $2.entity_type and a.record_key = j.record_key order by a.id desc limit 1) e on true
    where j.break_class <> 'differs-there' or j.fields is not null
  $sql$, v_values, governance_private.entity_table(p_extract.entity_type), governance_private.key_predicate(p_extract.entity_type, 'e', 's.record_key'))
  into v_breaks using p_suspects, p_extract;
  return coalesce(v_breaks, '{}');
end
$$;
comment on function governance_private.judge_suspects(governance.extracts, governance_private.suspect[]) is
  'Looks closely at the records that may differ: exactly, field by field, with tolerances.';

create function governance_private.advance_extract(p_run governance.runs) returns jsonb
language plpgsql volatile security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
  -- Two ranges fit into memory; and few rows differ, whatever the planner believes, so that workers need not be shunned.
  set work_mem = '64MB' set parallel_tuple_cost = 0
as $$
declare
  v_most constant integer := 2000;
  v_extract governance.extracts;
  v_after text := p_run.cursor::jsonb ->> 'after';
  v_until text;
  v_class text;
  v_type text;
  v_suspects governance_private.suspect[];
  v_counts jsonb;
begin
  select * into v_extract from governance.extracts x where x.id = p_run.subject::uuid;
  select c.class, c.type_sql into strict v_class, v_type from governance_private.entity_columns(v_extract.entity_type, v_extract.key_column) c;
  v_until := governance_private.extract_bound(v_extract, v_class, v_type, v_after,
    (select j.chunk_size from governance.reconcile_jobs j where j.job = 'extract'));
  execute format('select array_agg(row(d.record_key, d.key, d.is_here, d.is_there)::governance_private.suspect) from (%s order by coalesce(t.key, o.key)%s limit %s) d',
    governance_private.compare_sql(v_extract, v_class, v_type, v_after, v_until),
    case v_class when 'number' then '::numeric' when 'uuid' then '::uuid' else '' end, v_most + 1)
  into v_suspects using v_extract.id, v_extract.org_id;
  if cardinality(v_suspects) > v_most then
    -- More than one transaction should write: the chunk ends earlier.
    v_suspects := v_suspects[1:v_most];
    v_until := v_suspects[v_most].key;
  end if;
  v_counts := jsonb_build_object('chunks', 1) || governance_private.save_breaks(p_run, governance_private.judge_suspects(v_extract, coalesce(v_suspects, '{}')));
  if v_until is not null then
    return jsonb_build_object('cursor', jsonb_build_object('after', v_until), 'counts', v_counts);
  end if;
  return jsonb_build_object('cursor', null, 'counts', governance_private.add_counts(v_counts, jsonb_build_object('mended',
    governance_private.close_mended(p_run, array['missing-here', 'missing-there', 'differs-there'], v_extract.entity_type, v_extract.source))));
end
$$;
comment on function governance_private.advance_extract(governance.runs) is 'One range of keys of a comparison; behind the last one, what agrees again is closed.';
