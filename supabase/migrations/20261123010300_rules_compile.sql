-- What: conditions of rules, checked and translated to SQL and to a sentence.
-- Why: one compiler for every SQL execution; each operator's meaning stands here once (docs/rules/operators.md).
-- Breaks a running client: no.

create type governance_private.compiled as (
  sql text,          -- three-valued expression over r and the joined aliases
  sentence text,
  paths text[],      -- field paths that are read
  lookups jsonb,     -- [[path, set_key], …]
  faults jsonb,      -- [{"at": "/rules/0", "message": "…"}, …]
  subject text,      -- a comparison's sentence in two halves; null for groups
  predicate text,
  moments jsonb,     -- moving moments: [[class, text], …]
  matches jsonb,     -- to-many relations: [{"at", "relation", "entity_type", "paths", "counts_sql", "unreadable_sql"}, …]
  needs_typescript boolean  -- the SQL says nothing: only evaluate can judge
);

create function governance_private.nothing_compiled() returns governance_private.compiled
language sql immutable security invoker
return row(null, null, '{}', '[]', '[]', null, null, '[]', '[]', false)::governance_private.compiled;

create function governance_private.join_compiled(p_left governance_private.compiled, p_right governance_private.compiled) returns governance_private.compiled
language sql immutable security invoker
-- What two conditions read and ask, and their faults. A condition that is absent adds nothing.
return row(null, null, coalesce((p_left).paths, '{}') || coalesce((p_right).paths, '{}'),
  coalesce((p_left).lookups, '[]') || coalesce((p_right).lookups, '[]'), coalesce((p_left).faults, '[]') || coalesce((p_right).faults, '[]'), null, null,
  coalesce((p_left).moments, '[]') || coalesce((p_right).moments, '[]'), coalesce((p_left).matches, '[]') || coalesce((p_right).matches, '[]'),
  coalesce((p_left).needs_typescript, false) or coalesce((p_right).needs_typescript, false))::governance_private.compiled;

create function governance_private.fault(p_at text, p_message text) returns jsonb
language sql immutable security invoker
return jsonb_build_array(jsonb_build_object('at', p_at, 'message', p_message));

create function governance_private.compile_literal(p_value jsonb, p_class text, p_type_sql text) returns text
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_text text := p_value #>> '{}';
begin
  -- The one place where a value of a rule becomes SQL.
  if jsonb_typeof(p_value) = 'null' then
    raise exception 'a value is missing';
  elsif p_class = 'number' then
    if jsonb_typeof(p_value) not in ('number', 'string') or v_text !~ '^-?[0-9]{1,200}(\.[0-9]{1,200})?$' then
      raise exception '"%" is not a number in plain digits', v_text;
    end if;
    if jsonb_typeof(p_value) = 'number' and length(regexp_replace(ltrim(translate(v_text, '-.', ''), '0'), '^0+', '')) > 15 then
      raise exception 'the number % has more than 15 digits: write it as a string', v_text;
    end if;
    return quote_literal(v_text) || '::numeric';
  elsif p_class = 'boolean' then
    if jsonb_typeof(p_value) <> 'boolean' then raise exception '"%" is not true or false', v_text; end if;
    return v_text;
  elsif jsonb_typeof(p_value) <> 'string' then
    raise exception '% is not a text in quotes', p_value;
  elsif p_class = 'text' then
    return quote_literal(v_text) || '::text collate "C"';
  elsif p_class = 'uuid' then
    begin
      return quote_literal(v_text::uuid) || '::uuid';
    exception when invalid_text_representation then raise exception '"%" is not a uuid', v_text;
    end;
  elsif p_class = 'enum' then
    begin
      execute format('select %L::%s', v_text, p_type_sql);
    exception when others then raise exception '"%" is not a value of %', v_text, p_type_sql;
    end;
    return quote_literal(v_text) || '::text collate "C"';
  elsif p_class = 'date' then
    if v_text !~ '^\d{4}-\d{2}-\d{2}$' then raise exception '"%" is not a date like 2026-11-23', v_text; end if;
    begin
      return quote_literal(v_text::date) || '::date';
    exception when others then raise exception '"%" is not a date of the calendar', v_text;
    end;
  elsif p_class = 'instant' then
    -- Postgres would also take 24:00:00 and second 60, and make them the next day and minute.
    if v_text !~ '^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-5]):[0-5]\d)$' then
      raise exception '"%" is not a moment like 2026-11-23T10:00:00Z', v_text;
    end if;
    begin
      if v_text::timestamptz < '0001-01-01' then raise exception 'before year 1'; end if;
      return quote_literal(v_text::timestamptz) || '::timestamptz';
    exception when others then raise exception '"%" is not a moment of the calendar', v_text;
    end;
  end if;
  raise exception 'a column of this type can only be tested for being there';
end
$$;
comment on function governance_private.compile_literal(jsonb, text, text) is 'SQL text of a value of a class. Raises with what is wrong with it.';

create function governance_private.operand_sql(p_column_sql text, p_class text, p_base_type text) returns text
language sql immutable security invoker
return case
  when p_class in ('text', 'enum') then format('(%s::text collate "C")', p_column_sql)
  when p_class = 'number' and p_base_type in ('float4', 'float8') then format('(%s::text::numeric)', p_column_sql)
  when p_class = 'number' then format('(%s::numeric)', p_column_sql)
  when p_class = 'instant' and p_base_type = 'timestamp' then format('(%s at time zone ''UTC'')', p_column_sql)
  when p_class = 'other' and p_base_type in ('json', 'jsonb') then format('(nullif(%s_typeof(%s), ''null''))', p_base_type, p_column_sql)
  else p_column_sql end;

create function governance_private.blank_sql(p_operand text) returns text
language sql immutable security invoker
-- The 25 characters that String.prototype.trim removes. Trimming takes twenty times as long as seeing that the first one is printable ASCII.
return format($f$(%1$s is null or (ascii(%1$s) not between 33 and 126 and btrim(%1$s, U&'\0009\000A\000B\000C\000D\0020\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF') = ''))$f$, p_operand);

create function governance_private.reference_sql(p_operand text, p_set_key text, p_org_sql text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_set governance.reference_sets;
  v_members text;
  v_member text;
begin
  select * into strict v_set from governance.reference_sets s where s.set_key = p_set_key;
  if v_set.kind = 'list' then
    v_members := format('governance.reference_values m where m.set_key = %L and (m.org_id is null or m.org_id = %s)', p_set_key, p_org_sql);
    v_member := 'm.value';
  else
    v_members := format('%s m where %s = %s and m.%I is not null', governance_private.entity_table(v_set.entity_type),
      governance_private.org_expression(v_set.entity_type, 'm'), p_org_sql, v_set.column_name);
    v_member := format('m.%I::text', v_set.column_name);
  end if;
  -- A set that is empty for the organization knows nothing, and objects to nothing.
  return format('(case when %1$s is not null and exists (select from %2$s) then exists (select from %2$s and %3$s) end)', p_operand, v_members,
    case when v_set.case_sensitive then format('%s = %s', v_member, p_operand)
      else format('governance_private.fold_reference(%s) = governance_private.fold_reference(%s)', v_member, p_operand) end);
end
$$;
comment on function governance_private.reference_sql(text, text, text) is
  'SQL text: a value is a member of a reference set, as an organization sees it; null for null, and where the set is empty.';

create function governance_private.reference_fault(p_set_key text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- A column set is only as good as its column.
  select case
    when s.set_key is null then format('"%s" is not a reference set', p_set_key)
    when s.kind = 'mapping' then format('"%s" is a mapping between two fields: ask it with agreesWith', p_set_key)
    when s.kind = 'column' and not exists (
      select from governance_private.entity_columns(s.entity_type, s.column_name)) or governance_private.missing_columns(s.entity_type) is not null
      then format('the reference set "%s" reads %s.%s, which does not exist', p_set_key, s.entity_type, s.column_name) end
  from (select p_set_key as wanted) w left join governance.reference_sets s on s.set_key = w.wanted
$$;
comment on function governance_private.reference_fault(text) is 'Why a reference set cannot be used; null when it can.';

create function governance_private.combine_operator(p_operator text, p_operand text, p_values text[]) returns text
language sql immutable security invoker
-- What each operator means in SQL. Three-valued as Postgres is, except for the empty list and presence.
return case p_operator
  when '=' then format('%s = %s', p_operand, p_values[1])
  when '!=' then format('%s <> %s', p_operand, p_values[1])
  when '<' then format('%s < %s', p_operand, p_values[1])
  when '<=' then format('%s <= %s', p_operand, p_values[1])
  when '>' then format('%s > %s', p_operand, p_values[1])
  when '>=' then format('%s >= %s', p_operand, p_values[1])
  when 'between' then format('(%1$s >= %2$s and %1$s <= %3$s)', p_operand, p_values[1], p_values[2])
  when 'notBetween' then format('not (%1$s >= %2$s and %1$s <= %3$s)', p_operand, p_values[1], p_values[2])
  when 'in' then case when cardinality(p_values) = 0 then 'false' else format('%s in (%s)', p_operand, array_to_string(p_values, ', ')) end
  when 'notIn' then case when cardinality(p_values) = 0 then 'true' else format('%s not in (%s)', p_operand, array_to_string(p_values, ', ')) end
  when 'contains' then format('strpos(%s, %s) > 0', p_operand, p_values[1])
  when 'doesNotContain' then format('strpos(%s, %s) = 0', p_operand, p_values[1])
  when 'beginsWith' then format('starts_with(%s, %s)', p_operand, p_values[1])
  when 'doesNotBeginWith' then format('not starts_with(%s, %s)', p_operand, p_values[1])
  when 'endsWith' then format('right(%1$s, length(%2$s)) = %2$s', p_operand, p_values[1])
  when 'doesNotEndWith' then format('right(%1$s, length(%2$s)) <> %2$s', p_operand, p_values[1])
end;
comment on function governance_private.combine_operator(text, text, text[]) is 'SQL text of a comparison; one line an operator.';

create function governance_private.operator_fault(p_path text, p_operator text, p_class text) returns text
language sql immutable security invoker
-- Which classes take which operators.
return case when p_operator not in ('null', 'notNull', 'isFilled', 'isBlank') and (p_class = 'other'
    or (p_class in ('boolean', 'uuid', 'enum') and p_operator not in ('=', '!=', 'in', 'notIn'))
    or (p_class <> 'text' and p_operator ~ '^(contains|beginsWith|endsWith|matches|doesNot.*|inReference|agreesWith|is(Email|Url|PostalCode|Phone))$'))
  then format('"%s" cannot be used on %s, which is of class %s', p_operator, p_path, p_class) end;

create function governance_private.compile_presence(p_operator text, p_operand text, p_class text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
begin
  v_out.sql := case
    when p_operator = 'null' then format('(%s is null)', p_operand)
    when p_operator = 'notNull' then format('(%s is not null)', p_operand)
    when p_class <> 'text' and p_operator = 'isBlank' then format('(%s is null)', p_operand)
    when p_class <> 'text' then format('(%s is not null)', p_operand)
    when p_operator = 'isBlank' then governance_private.blank_sql(p_operand)
    else format('(not %s)', governance_private.blank_sql(p_operand)) end;
  v_out.predicate := governance_private.operator_phrase(p_operator);
  return v_out;
end
$$;

create function governance_private.compile_pattern_test(p_rule jsonb, p_at text, p_operand text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
begin
  begin
    if jsonb_typeof(p_rule -> 'value') is distinct from 'string' then raise exception 'a pattern is a text'; end if;
    v_out.sql := format('(%s %s %L)', p_operand, case when p_rule ->> 'operator' = 'matches' then '~' else '!~' end,
                        governance_private.compile_pattern(p_rule ->> 'value'));
    -- Postgres compiles it once here, so that nothing surprises a write.
    perform '' ~ governance_private.compile_pattern(p_rule ->> 'value');
  exception when others then
    v_out.faults := governance_private.fault(p_at || '/value', sqlerrm);
  end;
  v_out.predicate := format('%s %s', governance_private.operator_phrase(p_rule ->> 'operator'),
    coalesce(p_rule ->> 'label', 'the pattern ' || (p_rule ->> 'value')));
  return v_out;
end
$$;

create function governance_private.compile_agreement(p_entity_type text, p_rule jsonb, p_at text, p_operand text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_value jsonb := p_rule -> 'value';
  v_other record;
begin
  if jsonb_typeof(v_value) is distinct from 'object' or (select array_agg(k order by k) from jsonb_object_keys(v_value) as k) <> array['field', 'mapping']
    or jsonb_typeof(v_value -> 'field') <> 'string' or jsonb_typeof(v_value -> 'mapping') <> 'string' then
    v_out.faults := governance_private.fault(p_at || '/value', '"agreesWith" takes {"field": the other field, "mapping": the key of a mapping}');
    return v_out;
  end if;
  select * into v_other from governance_private.resolve_field(p_entity_type, v_value ->> 'field');
  if not found then
    v_out.faults := governance_private.fault(p_at || '/value/field', governance_private.no_field(p_entity_type, v_value ->> 'field'));
  elsif v_other.class <> 'text' then
    v_out.faults := governance_private.fault(p_at || '/value/field', format('"agreesWith" compares text, and %s is of class %s', v_value ->> 'field', v_other.class));
  end if;
  if not exists (select from governance.reference_sets s where s.set_key = v_value ->> 'mapping' and s.kind = 'mapping') then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/value/mapping', format('"%s" is not a mapping', v_value ->> 'mapping'));
  end if;
  if v_out.faults <> '[]' then
    return v_out;
  end if;
  v_out.sql := format('governance_private.mapping_agrees(%L, %s, %s, %s)', v_value ->> 'mapping', governance_private.org_expression(p_entity_type, 'r'),
    p_operand, governance_private.operand_sql(v_other.column_sql, v_other.class, v_other.base_type));
  v_out.paths := array[v_value ->> 'field'];
  v_out.lookups := jsonb_build_array(jsonb_build_array(p_rule ->> 'field', v_value ->> 'mapping'));
  v_out.predicate := format('agrees with the %s by %s', governance_private.field_label(v_value ->> 'field'), governance_private.set_label(v_value ->> 'mapping'));
  return v_out;
end
$$;

create function governance_private.compile_operand(
  p_entity_type text, p_rule jsonb, p_item jsonb, p_at text, p_class text, p_type_sql text,
  out sql text, out shown text, out path text, out moment jsonb, out fault jsonb
)
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_other record;
  v_source text := coalesce(p_rule ->> 'valueSource', 'value');
begin
  -- One right side: a value, another field, or a moving moment.
  if v_source = 'field' then
    select * into v_other from governance_private.resolve_field(p_entity_type, p_item #>> '{}');
    if not found then
      fault := governance_private.fault(p_at || '/value', governance_private.no_field(p_entity_type, p_item #>> '{}'));
    elsif v_other.class <> p_class or (p_class = 'enum' and v_other.type_sql <> p_type_sql) then
      fault := governance_private.fault(p_at || '/value',
        format('%s is of class %s and %s of class %s: they cannot be compared', p_rule ->> 'field', p_class, p_item #>> '{}', v_other.class));
    else
      sql := governance_private.operand_sql(v_other.column_sql, v_other.class, v_other.base_type);
      shown := 'the ' || governance_private.field_label(p_item #>> '{}');
      path := p_item #>> '{}';
    end if;
  elsif v_source <> 'value' then
    fault := governance_private.fault(p_at || '/valueSource', format('"%s" is not a source of values', v_source));
  elsif p_rule ->> 'operator' ~ '^(contains|beginsWith|endsWith|doesNot)' and p_item = '""' then
    fault := governance_private.fault(p_at || '/value', 'the text to look for is empty');
  else
    begin
      if governance_private.is_moment(p_item, p_class) then
        sql := governance_private.organization_moment_sql(p_item #>> '{}', p_class, governance_private.org_expression(p_entity_type, 'r'));
        shown := governance_private.moment_label(governance_private.parse_moment(p_item #>> '{}', p_class));
        moment := jsonb_build_array(jsonb_build_array(p_class, p_item #>> '{}'));
      else
        sql := governance_private.compile_literal(p_item, p_class, p_type_sql);
        shown := governance_private.value_label(p_item, p_class);
      end if;
    exception when others then
      fault := governance_private.fault(p_at || '/value', sqlerrm);
    end;
  end if;
end
$$;

create function governance_private.reversed_bounds_fault(p_items jsonb, p_values text[], p_shown text[], p_class text, p_at text) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_moments integer := (select count(*) from jsonb_array_elements(p_items) i where governance_private.is_moment(i, p_class));
  v_reversed boolean := false;
begin
  if v_moments = 0 then
    execute format('select %s > %s', p_values[1], p_values[2]) into v_reversed;
  elsif v_moments = 2 then
    v_reversed := governance_private.are_moments_reversed(p_items ->> 0, p_items ->> 1, p_class);
  end if;
  return case when v_reversed then governance_private.fault(p_at || '/value', format('the bounds are reversed: %s is after %s', p_shown[1], p_shown[2]))
    else '[]' end;
end
$$;

create function governance_private.compile_order(p_entity_type text, p_rule jsonb, p_at text, p_operand text, p_class text, p_type_sql text)
returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_operator text := p_rule ->> 'operator';
  -- One value, or a list where the operator takes one.
  v_items jsonb := case when p_rule ->> 'operator' in ('between', 'notBetween', 'in', 'notIn') then p_rule -> 'value' else jsonb_build_array(p_rule -> 'value') end;
  v_values text[] := '{}';
  v_shown text[] := '{}';
  v_side record;
  v_item jsonb;
begin
  if jsonb_typeof(v_items) is distinct from 'array' then
    v_out.faults := governance_private.fault(p_at || '/value', format('"%s" takes a list', v_operator));
    return v_out;
  end if;
  if v_operator in ('between', 'notBetween') and jsonb_array_length(v_items) <> 2 then
    v_out.faults := governance_private.fault(p_at || '/value', format('"%s" takes two bounds', v_operator));
    return v_out;
  end if;
  for v_item in select i from jsonb_array_elements(v_items) as i loop
    v_side := governance_private.compile_operand(p_entity_type, p_rule, v_item, p_at, p_class, p_type_sql);
    v_out.faults := v_out.faults || coalesce(v_side.fault, '[]');
    v_out.moments := v_out.moments || coalesce(v_side.moment, '[]');
    v_out.paths := v_out.paths || array_remove(array[v_side.path], null);
    v_values := v_values || v_side.sql;
    v_shown := v_shown || v_side.shown;
  end loop;
  if v_out.faults = '[]' and v_operator in ('between', 'notBetween') and coalesce(p_rule ->> 'valueSource', 'value') = 'value' then
    v_out.faults := governance_private.reversed_bounds_fault(v_items, v_values, v_shown, p_class, p_at);
  end if;
  if v_out.faults <> '[]' then
    return v_out;
  end if;
  v_out.sql := format('(%s)', governance_private.combine_operator(v_operator, p_operand, v_values));
  v_out.predicate := case
    when v_operator in ('=', '!=') and p_rule ->> 'valueSource' = 'field' then format('is%s the same as %s', case v_operator when '!=' then ' not' else '' end, v_shown[1])
    else governance_private.comparison_predicate(v_operator, p_class, v_shown) end;
  if v_out.moments <> '[]' and jsonb_array_length(v_items) = 1 then
    v_out.predicate := coalesce(format(governance_private.moment_predicate(v_operator, governance_private.parse_moment(v_items ->> 0, p_class)), v_shown[1]), v_out.predicate);
  end if;
  return v_out;
end
$$;
comment on function governance_private.compile_order(text, jsonb, text, text, text, text) is 'A comparison with values, fields or moments on its right side.';

create function governance_private.shape_faults(p_entity_type text, p_rule jsonb, p_at text) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_known constant text[] := array['id', 'field', 'operator', 'value', 'valueSource', 'match', 'label'];
  v_faults jsonb := '[]';
  v_extra text;
begin
  select string_agg(format('"%s"', k), ', ') into v_extra from jsonb_object_keys(p_rule) as k where k <> all (v_known);
  if v_extra is not null then
    v_faults := v_faults || governance_private.fault(p_at, format('%s is not part of a comparison', v_extra));
  end if;
  if p_rule ? 'label' and (jsonb_typeof(p_rule -> 'label') <> 'string' or length(p_rule ->> 'label') not between 1 and 80
    or coalesce(p_rule ->> 'operator', '') not in ('matches', 'doesNotMatch')) then
    v_faults := v_faults || governance_private.fault(p_at || '/label', 'a label names what a pattern looks for, in at most 80 characters');
  end if;
  if jsonb_typeof(p_rule -> 'field') is distinct from 'string' or jsonb_typeof(p_rule -> 'operator') is distinct from 'string' then
    return v_faults || governance_private.fault(p_at, 'a comparison has a "field" and an "operator", both text');
  end if;
  if governance_private.operator_phrase(p_rule ->> 'operator') is null then
    v_faults := v_faults || governance_private.fault(p_at || '/operator', format('"%s" is not an operator', p_rule ->> 'operator'));
  end if;
  if not p_rule ? 'match' and not exists (select from governance_private.resolve_field(p_entity_type, p_rule ->> 'field')) then
    v_faults := v_faults || governance_private.fault(p_at || '/field', case
      when exists (select from governance.relations l where l.entity_type = p_entity_type and l.relation = p_rule ->> 'field' and l.kind = 'to_many')
        then format('"%s" are many: say with "match" how many must satisfy what', p_rule ->> 'field')
      else governance_private.no_field(p_entity_type, p_rule ->> 'field') end);
  end if;
  return v_faults;
end
$$;

create function governance_private.compile_comparison(p_entity_type text, p_rule jsonb, p_at text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_operator text := p_rule ->> 'operator';
  v_path text := p_rule ->> 'field';
  v_field record;
  v_operand text;
begin
  v_out.faults := governance_private.shape_faults(p_entity_type, p_rule, p_at);
  if v_out.faults <> '[]' then
    return v_out;
  elsif p_rule ? 'match' then
    return governance_private.compile_match(p_entity_type, p_rule, p_at);
  end if;
  select * into strict v_field from governance_private.resolve_field(p_entity_type, v_path);
  if governance_private.operator_fault(v_path, v_operator, v_field.class) is not null then
    v_out.faults := governance_private.fault(p_at || '/operator', governance_private.operator_fault(v_path, v_operator, v_field.class));
    return v_out;
  end if;
  v_operand := governance_private.operand_sql(v_field.column_sql, v_field.class, v_field.base_type);
  if v_operator in ('null', 'notNull', 'isFilled', 'isBlank') then
    v_out := governance_private.compile_presence(v_operator, v_operand, v_field.class);
  elsif v_operator = 'inReference' then
    if governance_private.reference_fault(p_rule ->> 'value') is not null then
      v_out.faults := governance_private.fault(p_at || '/value', governance_private.reference_fault(p_rule ->> 'value'));
      return v_out;
    end if;
    v_out.sql := governance_private.reference_sql(v_operand, p_rule ->> 'value', governance_private.org_expression(p_entity_type, 'r'));
    v_out.lookups := jsonb_build_array(jsonb_build_array(v_path, p_rule ->> 'value'));
    v_out.predicate := 'is in ' || governance_private.set_label(p_rule ->> 'value');
  elsif v_operator = 'agreesWith' then
    v_out := governance_private.compile_agreement(p_entity_type, p_rule, p_at, v_operand);
  elsif v_operator in ('isEmail', 'isUrl', 'isPostalCode', 'isPhone') then
    v_out := governance_private.compile_format(p_entity_type, p_rule, p_at, v_operand);
  elsif v_operator in ('matches', 'doesNotMatch') then
    v_out := governance_private.compile_pattern_test(p_rule, p_at, v_operand);
  else
    v_out := governance_private.compile_order(p_entity_type, p_rule, p_at, v_operand, v_field.class, v_field.type_sql);
  end if;
  v_out.paths := array[v_path] || v_out.paths;
  v_out.subject := 'the ' || governance_private.field_label(v_path);
  if v_field.class = 'boolean' and v_path ~ '^is_' and v_operator in ('=', '!=') and v_out.predicate in ('is true', 'is false', 'is not true', 'is not false') then
    v_out.predicate := case when v_out.predicate in ('is true', 'is not false') then governance_private.field_label(v_path)
      else regexp_replace(governance_private.field_label(v_path), '^is ', 'is not ') end;
    v_out.subject := 'it';
  end if;
  v_out.sentence := v_out.subject || ' ' || v_out.predicate;
  return v_out;
end
$$;
comment on function governance_private.compile_comparison(text, jsonb, text) is 'One comparison of a rule: SQL, sentence, what it reads, or every fault.';

create function governance_private.compile_group(p_entity_type text, p_group jsonb, p_at text default '', p_depth integer default 0)
returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_known constant text[] := array['id', 'combinator', 'rules', 'not'];
  v_part governance_private.compiled;
  v_sql text[] := '{}';
  v_sentences text[] := '{}';
  v_subjects text[] := '{}';
  v_predicates text[] := '{}';
  v_item jsonb;
  v_extra text;
  v_at text;
begin
  if jsonb_typeof(p_group) is distinct from 'object' then
    v_out.faults := governance_private.fault(p_at, 'a group is an object with "combinator" and "rules"');
    return v_out;
  end if;
  select string_agg(format('"%s"', k), ', ') into v_extra from jsonb_object_keys(p_group) as k where k <> all (v_known);
  if v_extra is not null then
    v_out.faults := v_out.faults || governance_private.fault(p_at, format('%s is not part of a group', v_extra));
  end if;
  if coalesce(p_group ->> 'combinator', '') not in ('and', 'or') then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/combinator', 'the combinator is exactly "and" or "or"');
  end if;
  if p_group ? 'not' and jsonb_typeof(p_group -> 'not') <> 'boolean' then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/not', '"not" is true or false');
  end if;
  if p_depth > 20 then
    v_out.faults := v_out.faults || governance_private.fault(p_at, 'groups are nested more than 20 deep');
    return v_out;
  end if;
  if jsonb_typeof(p_group -> 'rules') is distinct from 'array' or p_group -> 'rules' = '[]' then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/rules', 'a group needs at least one comparison');
    return v_out;
  end if;
  for v_item, v_at in
    select i, format('%s/rules/%s', p_at, n - 1) from jsonb_array_elements(p_group -> 'rules') with ordinality as e(i, n)
  loop
    if jsonb_typeof(v_item) <> 'object' then
      v_out.faults := v_out.faults || governance_private.fault(v_at, 'a comparison or a group is an object');
      continue;
    elsif v_item ? 'rules' then
      v_part := governance_private.compile_group(p_entity_type, v_item, v_at, p_depth + 1);
    else
      v_part := governance_private.compile_comparison(p_entity_type, v_item, v_at);
    end if;
    v_out := governance_private.join_compiled(v_out, v_part);
    v_sql := v_sql || v_part.sql;
    v_sentences := v_sentences || v_part.sentence;
    v_subjects := v_subjects || v_part.subject;
    v_predicates := v_predicates || v_part.predicate;
  end loop;
  -- The outer parentheses matter: IS binds closer than NOT.
  v_out.sql := format('(%s(%s))', case when p_group -> 'not' = 'true' then 'not ' else '' end,
    array_to_string(v_sql, format(' %s ', p_group ->> 'combinator')));
  v_out.sentence := governance_private.combine_sentences(v_subjects, v_predicates, v_sentences, p_group ->> 'combinator');
  if p_group -> 'not' = 'true' then
    v_out.sentence := format('it is not so that (%s)', v_out.sentence);
  elsif p_depth > 0 and cardinality(v_sentences) > 1 then
    v_out.sentence := format('(%s)', v_out.sentence);
  end if;
  return v_out;
end
$$;
comment on function governance_private.compile_group(text, jsonb, text, integer) is 'A group of a rule: SQL, sentence, what it reads, or every fault.';
