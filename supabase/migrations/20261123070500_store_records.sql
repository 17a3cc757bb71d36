-- What: storing many records of one entity and one organization, with an outcome for each: written, unchanged, or refused and why.
-- Why: imports, syncs and forms send lists; one bad record must not spoil the others, and nobody writes more than its own rights allow.
-- Breaks a running client: no.

create function governance_private.new_record_keys(p_entity_type text, p_count integer) returns table (place integer, key_values jsonb)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_defaults text;
begin
  -- Definer: the sequence behind a key need not be the writer's to use. The keys are new; nothing is read.
  select string_agg(format('%L, %s', a.attname, case when a.attidentity <> '' then
           format('nextval(%L)', pg_get_serial_sequence(governance_private.entity_table(p_entity_type), a.attname))
           else pg_get_expr(d.adbin, d.adrelid) end), ', ')
  into v_defaults
  from governance.entities e
  join pg_catalog.pg_attribute a on a.attrelid = governance_private.entity_table(p_entity_type)::regclass and a.attname = any (e.key_columns)
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = ''
  where e.entity_type = p_entity_type and (a.attidentity <> '' or d.adbin is not null);
  return query execute format('select n, jsonb_build_object(%s) from generate_series(1, $1) as n', coalesce(v_defaults, '')) using p_count;
end
$$;
comment on function governance_private.new_record_keys(text, integer) is 'Values for the key columns that have a default: given before the insert, so that every record is known by its key.';

create function governance_private.json_list(p_text text) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case when jsonb_typeof(p_text::jsonb) = 'array' then p_text::jsonb end;
exception when invalid_text_representation then
  return null;
end
$$;

create function governance_private.key_of_values(p_entity_type text, p_values jsonb) returns text
language sql stable security invoker set search_path = ''
as $$
  select case when cardinality(e.key_columns) = 1 then p_values ->> e.key_columns[1]
    else (select jsonb_agg(p_values ->> k order by n)::text from unnest(e.key_columns) with ordinality as x(k, n)) end
  from governance.entities e where e.entity_type = p_entity_type
$$;
comment on function governance_private.key_of_values(text, jsonb) is 'The record key as it was given: the table''s own form of it may differ, such as an uppercase uuid.';

create function governance_private.prepare_records(p_entity_type text, p_org_id text, p_records jsonb) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  -- Every record with its organization and its key; "refused" where that cannot be.
  with entity as (
    select * from governance.entities e where e.entity_type = p_entity_type
  ), numbered as (
    select (r ->> 'n')::integer as n, r ->> 'key' as key, coalesce(r -> 'values', '{}') as given, (row_number() over (order by r ->> 'n'))::integer as place
    from jsonb_array_elements(p_records) as r
  ), keyed as (
    select i.n, i.given, i.key, coalesce(k.key_values, '{}') || (i.given - array(select c from unnest(e.key_columns) as c where i.given -> c = 'null')) || coalesce(split.key_values, '{}')
             || case when e.org_column is null then '{}' else jsonb_build_object(e.org_column, coalesce(i.given ->> e.org_column, p_org_id)) end as complete,
           e.org_column, coalesce(e.fixed_org_id, i.given ->> e.org_column, p_org_id) as org_id
    from numbered i cross join entity e
    left join governance_private.new_record_keys(p_entity_type, jsonb_array_length(p_records)) k on k.place = i.place
    left join lateral (
      select jsonb_object_agg(c.name, case when cardinality(e.key_columns) = 1 then i.key else parts.list ->> (c.place::integer - 1) end) as key_values
      from unnest(e.key_columns) with ordinality as c(name, place)
      cross join (select case when cardinality(e.key_columns) > 1 then governance_private.json_list(i.key) end as list) parts
      where i.key is not null) split on true
  ), named as (
    select k.n, governance_private.key_of_values(p_entity_type, k.complete) as record_key, min(k.n) over (partition by governance_private.key_of_values(p_entity_type, k.complete)) as first
    from keyed k
  ), unknown as (
    select k.n, array_agg(f.name order by f.name) as names
    from keyed k cross join lateral jsonb_object_keys(k.given) as f(name)
    where f.name not in (select c.column_name from governance_private.entity_columns(p_entity_type) c where not c.is_generated or c.column_name = any (array(select unnest(e.key_columns) from entity e)))
    group by k.n
  )
  select coalesce(jsonb_agg(jsonb_build_object('n', k.n, 'values', k.complete, 'refused', case
    when u.names is not null then jsonb_build_object('code', 'invalid-value', 'fields', to_jsonb(u.names),
      'message', format('%s cannot be written: %s has no such field.', (select string_agg(format('"%s"', x), ', ') from unnest(u.names) as x), p_entity_type))
    when k.org_id is distinct from p_org_id then jsonb_build_object('code', 'invalid-value', 'fields', jsonb_build_array(k.org_column),
      'message', format('The record belongs to "%s"; this call is about the organization "%s".', k.org_id, p_org_id))
    when d.record_key is not null and d.first < k.n then jsonb_build_object('code', 'same-record', 'same_as', d.first,
      'message', format('Record %s has the same key.', d.first)) end) order by k.n), '[]')
  from keyed k join named d using (n) left join unknown u using (n)
$$;
comment on function governance_private.prepare_records(text, text, jsonb) is
  'Completes records [{"n", "key", "values"}, …] with organization and key. "refused" says why one cannot be stored at all.';

create function governance_private.comparable_sql(p_column_sql text, p_class text) returns text
language sql immutable security invoker
-- json and point have no equality of their own.
return case when p_class = 'other' then format('to_jsonb(%s)', p_column_sql) else p_column_sql end;

create function governance_private.store_columns(p_entity_type text, p_columns text[])
returns table (name text, value_sql text, set_sql text, same_sql text, is_key boolean, may_insert boolean, may_update boolean)
language sql stable security invoker set search_path = ''
as $$
  -- SQL texts over i, a complete record as it came (given) and as the table has it (typed), and r, the stored row.
  select c.column_name,
         format('case when i.given ? %1$L then (i.typed).%1$I else %2$s end', c.column_name, coalesce(case when not c.is_generated then pg_get_expr(d.adbin, d.adrelid) end, 'null')),
         format('%1$I = case when i.given ? %1$L then (i.typed).%1$I else r.%1$I end', c.column_name),
         format('(not i.given ? %L or %s is not distinct from %s)', c.column_name,
           governance_private.comparable_sql(format('(i.typed).%I', c.column_name), c.class), governance_private.comparable_sql(format('r.%I', c.column_name), c.class)),
         c.column_name = any (e.key_columns),
         has_column_privilege(a.attrelid, a.attnum, 'insert'), has_column_privilege(a.attrelid, a.attnum, 'update') and c.column_name <> all (e.key_columns)
  from governance.entities e
  join governance_private.entity_columns(p_entity_type) c on c.column_name = any (p_columns)
  join pg_catalog.pg_attribute a on a.attrelid = governance_private.entity_table(p_entity_type)::regclass and a.attname = c.column_name
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where e.entity_type = p_entity_type
$$;
comment on function governance_private.store_columns(text, text[]) is 'How each column of an entity is stored, with what the caller may do to it.';

create function governance_private.store_statement(p_entity_type text, p_columns text[]) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_table text := governance_private.entity_table(p_entity_type);
  v_columns text;
  v_values text;
  v_set text;
  v_same text;
  v_not_new text;
  v_not_old text;
begin
  -- SQL text over $1, a list of complete records, and $2, the organization: updates what is there, inserts what is not.
  select string_agg(format('%I', c.name), ', ') filter (where c.may_insert), string_agg(c.value_sql, ', ') filter (where c.may_insert),
         string_agg(c.set_sql, ', ') filter (where c.may_update), string_agg(c.same_sql, ' and '),
         string_agg(format('case when i.given ? %1$L then %1$L end', c.name), ', ') filter (where not c.may_insert),
         string_agg(format('case when not %s then %L end', c.same_sql, c.name), ', ') filter (where not c.may_update and not c.is_key)
  into v_columns, v_values, v_set, v_same, v_not_new, v_not_old
  from governance_private.store_columns(p_entity_type, p_columns) c;

  return format($sql$
    with input as materialized (
      select i.*, %2$s as key
      from (select (x ->> 'n')::integer as n, x -> 'values' as given, jsonb_populate_record(null::%1$s, x -> 'values') as typed
            from jsonb_array_elements($1) as x) i cross join lateral (select (i.typed).*) t
    ), known as materialized (
      select i.n, r as stored from input i join %1$s r on %3$s and %4$s = $2
    ), judged as materialized (
      select i.n, i.key, i.given, i.typed, k.n is not null as is_known, k.n is not null and (%5$s) as is_same,
        array_remove(case when k.n is null then array[%6$s]::text[] else array[%7$s]::text[] end, null) as forbidden
      from input i left join known k using (n) left join lateral (select (k.stored).*) r on k.n is not null
    ), updated as (%8$s
    ), inserted as (
      insert into %1$s (%9$s) overriding system value
      select %10$s from judged i where not i.is_known and i.forbidden = '{}' order by i.n
    )
    select jsonb_agg(jsonb_build_object('n', i.n, 'key', i.key, 'outcome', case
        when i.forbidden <> '{}' then 'refused' when not i.is_known then 'inserted' when i.is_same then 'unchanged'
        when u.n is not null then 'updated' else 'refused' end,
      'error', case when i.forbidden <> '{}' or (i.is_known and not i.is_same and u.n is null) then jsonb_build_object('code', 'not-allowed',
        'fields', to_jsonb(i.forbidden), 'message', case when i.forbidden = '{}' then 'You cannot change this record.'
          else format('You cannot set %%s of this record.', array_to_string(i.forbidden, ', ')) end) end) order by i.n),
      count(distinct i.key)
    from judged i left join updated u using (n)
  $sql$, v_table, governance_private.key_expression(p_entity_type, 't'), governance_private.key_predicate(p_entity_type, 'r', 'i.key'),
    governance_private.org_expression(p_entity_type, 'r'), v_same, coalesce(v_not_new, ''), coalesce(v_not_old, ''),
    case when v_set is null then ' select 0 as n where false' else format(
      ' update %s as r set %s from judged i where %s and i.is_known and not i.is_same and i.forbidden = ''{}'' returning i.n',
      v_table, v_set, governance_private.key_predicate(p_entity_type, 'r', 'i.key')) end, v_columns, v_values);
end
$$;
comment on function governance_private.store_statement(text, text[]) is
  'SQL text: one statement that stores a list of records with the caller''s rights and says what became of each.';

create function governance_private.store_part(p_entity_type text, p_org_id text, p_statement text, p_part jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_outcomes jsonb;
  v_keys bigint;
  v_diverted jsonb;
begin
  execute p_statement into v_outcomes, v_keys using p_part, p_org_id;
  if v_keys < jsonb_array_length(p_part) and jsonb_array_length(p_part) > 1 then
    -- One record twice, or without its key: one after the other.
    raise exception using errcode = 'cardinality_violation', message = 'The list names one record twice.';
  end if;
  -- What change policies hold back of a record is told with it.
  v_diverted := governance_private.diverted_now(p_entity_type);
  if v_diverted <> '{}' then
    v_outcomes := (
      select jsonb_agg(o || jsonb_strip_nulls(jsonb_build_object('diverted', v_diverted -> (o ->> 'key'))) order by n)
      from jsonb_array_elements(v_outcomes) with ordinality as x(o, n));
  end if;
  return v_outcomes;
end
$$;

create function governance_private.refusal_of(p_state text, p_message text, p_detail text, p_constraint text) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_detail jsonb := '{}';
begin
  if p_state like 'PT%' then
    v_detail := p_detail::jsonb;
    return jsonb_build_object('code', v_detail ->> 'code', 'message', p_message)
      || case when v_detail ->> 'code' = 'blocked' then jsonb_build_object('violations', v_detail -> 'violations') else v_detail end;
  end if;
  return jsonb_strip_nulls(jsonb_build_object('message', p_message, 'sqlstate', p_state, 'constraint', nullif(p_constraint, ''),
    'code', case when p_state ~ '^22' then 'invalid-value' when p_state = '42501' then 'not-allowed' else 'constraint-violated' end));
end
$$;
comment on function governance_private.refusal_of(text, text, text, text) is 'Why one record was refused, with a code of docs/errors.md.';

create function governance_private.unreadable_values(p_entity_type text, p_part jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_read text;
  v_column record;
  v_value jsonb;
  v_bad jsonb := '[]';
begin
  -- Only after a refusal: columns whose values cannot all be read are looked at value by value, each distinct one once.
  for v_column in select c.column_name, c.class, c.type_sql from governance_private.entity_columns(p_entity_type) c
    where exists (select from jsonb_array_elements(p_part) as r where r -> 'values' ? c.column_name) loop
    v_read := format('select count((jsonb_populate_record(null::%s, jsonb_build_object(%L, x))).%I) from jsonb_array_elements($1) as x',
      governance_private.entity_table(p_entity_type), v_column.column_name, v_column.column_name);
    begin
      execute v_read using (select jsonb_agg(distinct r -> 'values' -> v_column.column_name) from jsonb_array_elements(p_part) as r where r -> 'values' ? v_column.column_name);
    exception when data_exception or program_limit_exceeded then
      for v_value in select distinct r -> 'values' -> v_column.column_name from jsonb_array_elements(p_part) as r where r -> 'values' ? v_column.column_name loop
        begin
          execute v_read using jsonb_build_array(v_value);
        exception when data_exception or program_limit_exceeded then
          v_bad := v_bad || (select jsonb_agg(jsonb_build_object('n', r -> 'n', 'field', v_column.column_name, 'sqlstate', sqlstate,
              'message', format('"%s" is not a value of %s, which is %s.', left(v_value #>> '{}', 100), v_column.column_name, v_column.type_sql)))
            from jsonb_array_elements(p_part) as r where r -> 'values' -> v_column.column_name = v_value);
        end;
      end loop;
    end;
  end loop;
  return v_bad;
end
$$;
comment on function governance_private.unreadable_values(text, jsonb) is 'Which values of which records their columns cannot take, with every field named.';

create function governance_private.judge_refusal(p_entity_type text, p_part jsonb, p_state text, p_message text, p_detail text, p_constraint text, p_column text, out refused jsonb, out open jsonb[])
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_violations jsonb;
  v_again integer[];
  v_sure integer[];
  -- Eighths, and the last sixteen one by one: where all are refused, halves would cost twice the statements.
  v_size integer := case when jsonb_array_length(p_part) <= 16 then 1 else ceil(jsonb_array_length(p_part) / 8.0) end;
begin
  -- What a refused statement says of its records: which are surely refused, and in which parts (the last first) the others are tried again.
  refused := '[]';
  open := '{}';
  if p_state ~ '^22' then
    refused := coalesce((
      select jsonb_agg(jsonb_build_object('n', b.n, 'key', governance_private.key_of_values(p_entity_type, r -> 'values'), 'outcome', 'refused', 'error', jsonb_build_object('code', 'invalid-value', 'message', b.message, 'fields', b.fields, 'sqlstate', b.state)))
      from (select x -> 'n' as n, string_agg(x ->> 'message', ' ') as message, jsonb_agg(x -> 'field') as fields, min(x ->> 'sqlstate') as state
            from jsonb_array_elements(governance_private.unreadable_values(p_entity_type, p_part)) as x group by 1) b
      join jsonb_array_elements(p_part) as r on r -> 'n' = b.n), '[]');
  elsif p_state ~ '^PT422$' and p_detail::jsonb ->> 'code' = 'blocked' then
    v_violations := p_detail::jsonb -> 'violations';
    -- Two that refuse each other by a unique rule: the first may be written after all, so each is tried alone.
    v_again := array(
      select (r ->> 'n')::integer from jsonb_array_elements(p_part) as r
      where jsonb_array_length(p_part) > 1 and governance_private.key_of_values(p_entity_type, r -> 'values') in (
        select v ->> 'record_key' from jsonb_array_elements(v_violations) as v
        join governance.data_quality_rules d on d.rule_key = v ->> 'rule_key' and d.kind = 'unique') order by 1);
    refused := coalesce((
      select jsonb_agg(jsonb_build_object('n', r -> 'n', 'key', v.key, 'outcome', 'refused', 'error', jsonb_build_object('code', 'blocked',
        'message', 'Not saved: ' || v.messages, 'violations', v.violations)))
      from jsonb_array_elements(p_part) as r
      join (select x ->> 'record_key' as key, string_agg(x ->> 'message', ' ') as messages, jsonb_agg(x) as violations from jsonb_array_elements(v_violations) as x group by 1) v
        on v.key = governance_private.key_of_values(p_entity_type, r -> 'values')
      where (r ->> 'n')::integer <> all (v_again)), '[]');
  elsif p_state in ('23502', '23503') and jsonb_array_length(p_part) > 1 then
    -- Who surely breaks it is parted from the others; where it is all, no other reason came before this one.
    v_sure := governance_private.sure_violations(p_entity_type, p_part, p_state, p_constraint, p_column);
    if cardinality(v_sure) = jsonb_array_length(p_part) then
      refused := (
        select jsonb_agg(jsonb_build_object('n', r -> 'n', 'key', governance_private.key_of_values(p_entity_type, r -> 'values'),
          'outcome', 'refused', 'error', governance_private.refusal_of(p_state, p_message, p_detail, p_constraint)))
        from jsonb_array_elements(p_part) as r);
    end if;
  end if;
  if refused = '[]' and jsonb_array_length(p_part) = 1 then
    refused := jsonb_build_array(jsonb_build_object('n', p_part -> 0 -> 'n', 'key', governance_private.key_of_values(p_entity_type, p_part -> 0 -> 'values'),
      'outcome', 'refused', 'error', governance_private.refusal_of(p_state, p_message, p_detail, p_constraint)));
  elsif refused = '[]' and cardinality(v_again) > 0 and cardinality(v_again) < jsonb_array_length(p_part) then
    open := array(select jsonb_build_array(r) from jsonb_array_elements(p_part) as r where (r ->> 'n')::integer = any (v_again) order by (r ->> 'n')::integer desc)
      || (select jsonb_agg(r order by n) from jsonb_array_elements(p_part) with ordinality as x(r, n) where (r ->> 'n')::integer <> all (v_again));
  elsif refused = '[]' and cardinality(v_sure) > 0 then
    open := array(select jsonb_agg(r order by n) from jsonb_array_elements(p_part) with ordinality as x(r, n)
      group by (r ->> 'n')::integer = any (v_sure) order by (r ->> 'n')::integer = any (v_sure) desc);
  elsif refused = '[]' then
    open := array(select jsonb_agg(r order by n) from jsonb_array_elements(p_part) with ordinality as x(r, n) group by (n - 1) / v_size order by (n - 1) / v_size desc);
  else
    open := array_remove(array[(select jsonb_agg(r order by n) from jsonb_array_elements(p_part) with ordinality as x(r, n)
      where r -> 'n' not in (select f -> 'n' from jsonb_array_elements(refused) as f))], null);
  end if;
end
$$;

create function governance_private.store_records(p_entity_type text, p_org_id text, p_records jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_prepared jsonb := governance_private.prepare_records(p_entity_type, p_org_id, p_records);
  v_statement text;
  v_open jsonb[];
  v_part jsonb;
  v_done jsonb := '[]';
  v_state text;
  v_detail text;
  v_constraint text;
  v_column text;
  v_judged record;
begin
  -- Invoker: row level security and grants decide, as for any other write. p_records: [{"n", "key", "values"}, …].
  v_done := coalesce((select jsonb_agg(jsonb_build_object('n', r -> 'n', 'outcome', 'refused', 'error', r -> 'refused'))
    from jsonb_array_elements(v_prepared) as r where r -> 'refused' <> 'null'), '[]');
  v_part := (select jsonb_agg(r - 'refused' order by (r ->> 'n')::integer) from jsonb_array_elements(v_prepared) as r where r -> 'refused' = 'null');
  if v_part is null then
    return v_done;
  end if;
  v_statement := governance_private.store_statement(p_entity_type, array(
    select distinct k from jsonb_array_elements(v_part) as r cross join lateral jsonb_object_keys(r -> 'values') as k));
  v_open := array[v_part];
  while cardinality(v_open) > 0 loop
    v_part := v_open[cardinality(v_open)];
    v_open := v_open[:cardinality(v_open) - 1];
    begin
      v_done := v_done || governance_private.store_part(p_entity_type, p_org_id, v_statement, v_part);
    exception when others then
      get stacked diagnostics v_state = returned_sqlstate, v_detail = pg_exception_detail, v_constraint = constraint_name, v_column = column_name;
      -- Nobody's data are at fault: the whole call fails, and is tried again. Nor is a limit passed in smaller parts.
      if governance_private.is_nobodys_data(v_state) or (v_state ~ '^PT' and v_detail::jsonb ->> 'code' = 'too-many-records') then
        raise;
      end if;
      v_judged := governance_private.judge_refusal(p_entity_type, v_part, v_state, sqlerrm, v_detail, v_constraint, v_column);
      v_done := v_done || v_judged.refused;
      v_open := v_open || v_judged.open;
    end;
  end loop;
  return (select jsonb_agg(d order by (d ->> 'n')::integer) from jsonb_array_elements(v_done) as d);
end
$$;
comment on function governance_private.store_records(text, text, jsonb) is
  'Stores records of one entity and organization with the caller''s rights. One outcome a record: inserted, updated, unchanged, or refused with its error.';

grant execute on function governance_private.new_record_keys(text, integer), governance_private.prepare_records(text, text, jsonb),
  governance_private.json_list(text), governance_private.store_columns(text, text[]), governance_private.store_statement(text, text[]), governance_private.comparable_sql(text, text),
  governance_private.store_part(text, text, text, jsonb), governance_private.refusal_of(text, text, text, text),
  governance_private.unreadable_values(text, jsonb), governance_private.judge_refusal(text, jsonb, text, text, text, text, text),
  governance_private.store_records(text, text, jsonb), governance_private.key_of_values(text, jsonb) to authenticated, service_role;
