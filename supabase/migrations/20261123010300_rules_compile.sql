-- What: conditions of rules, checked and translated to SQL and to a sentence.
-- Why: one compiler for every SQL execution; each operator's meaning stands here once (docs/rules/operators.md).
-- Breaks a running client: no.

create type governance_private.compiled as (
  sql text,          -- three-valued expression over r and the joined aliases
  sentence text,
  paths text[],      -- field paths that are read
  lookups jsonb,     -- [[path, set_key], …]
  faults jsonb       -- [{"at": "/rules/0", "message": "…"}, …]
);

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
-- The 25 characters that String.prototype.trim removes.
return format($f$(%1$s is null or btrim(%1$s, U&'\0009\000A\000B\000C\000D\0020\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF') = '')$f$, p_operand);

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
    when s.kind = 'column' and not exists (
      select from governance_private.entity_columns(s.entity_type) c where c.column_name = s.column_name)
      then format('the reference set "%s" reads %s.%s, which does not exist', p_set_key, s.entity_type, s.column_name) end
  from (select p_set_key as wanted) w left join governance.reference_sets s on s.set_key = w.wanted
$$;
comment on function governance_private.reference_fault(text) is 'Why a reference set cannot be used; null when it can.';

create function governance_private.operator_phrase(p_operator text) returns text
language sql immutable security invoker
return '{"=": "is", "!=": "is not", "<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least",
  "between": "is between", "notBetween": "is not between", "in": "is one of", "notIn": "is none of", "null": "is empty", "notNull": "is given",
  "isFilled": "is filled in", "isBlank": "is blank", "contains": "contains", "doesNotContain": "does not contain",
  "beginsWith": "begins with", "doesNotBeginWith": "does not begin with", "endsWith": "ends with", "doesNotEndWith": "does not end with",
  "matches": "matches the pattern", "doesNotMatch": "does not match the pattern", "inReference": "is known in the list"}'::jsonb ->> p_operator;
comment on function governance_private.operator_phrase(text) is 'An operator in words; null for one that does not exist.';

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

create function governance_private.compile_comparison(p_entity_type text, p_rule jsonb, p_at text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := row(null, null, '{}', '[]', '[]');
  v_known constant text[] := array['id', 'field', 'operator', 'value', 'valueSource'];
  v_operator text := p_rule ->> 'operator';
  v_phrase text := governance_private.operator_phrase(p_rule ->> 'operator');
  v_path text := p_rule ->> 'field';
  v_field record;
  v_other record;
  v_operand text;
  v_values text[] := '{}';
  v_shown text[] := '{}';
  v_item jsonb;
  v_items jsonb;
  v_extra text;
begin
  select string_agg(format('"%s"', k), ', ') into v_extra from jsonb_object_keys(p_rule) as k where k <> all (v_known);
  if v_extra is not null then
    v_out.faults := v_out.faults || governance_private.fault(p_at, format('%s is not part of a comparison', v_extra));
  end if;
  if jsonb_typeof(p_rule -> 'field') is distinct from 'string' or jsonb_typeof(p_rule -> 'operator') is distinct from 'string' then
    v_out.faults := v_out.faults || governance_private.fault(p_at, 'a comparison has a "field" and an "operator", both text');
    return v_out;
  end if;
  select * into v_field from governance_private.resolve_field(p_entity_type, v_path);
  if not found then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/field', format('"%s" is not a field of %s', v_path, p_entity_type));
  end if;
  if v_phrase is null then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/operator', format('"%s" is not an operator', v_operator));
  end if;
  if v_out.faults <> '[]' then
    return v_out;
  end if;
  v_out.paths := array[v_path];
  v_operand := governance_private.operand_sql(v_field.column_sql, v_field.class, v_field.base_type);

  if v_operator in ('null', 'notNull', 'isFilled', 'isBlank') then
    v_out.sql := case
      when v_operator = 'null' then format('(%s is null)', v_operand)
      when v_operator = 'notNull' then format('(%s is not null)', v_operand)
      when v_field.class <> 'text' and v_operator = 'isBlank' then format('(%s is null)', v_operand)
      when v_field.class <> 'text' then format('(%s is not null)', v_operand)
      when v_operator = 'isBlank' then governance_private.blank_sql(v_operand)
      else format('(not %s)', governance_private.blank_sql(v_operand)) end;
    v_out.sentence := format('%s %s', governance_private.field_label(v_path), v_phrase);
    return v_out;
  end if;

  -- Which classes take which operators.
  if v_field.class = 'other'
    or (v_field.class in ('boolean', 'uuid', 'enum') and v_operator not in ('=', '!=', 'in', 'notIn'))
    or (v_field.class <> 'text' and v_operator ~ '^(contains|beginsWith|endsWith|matches|doesNot.*|inReference)$') then
    v_out.faults := governance_private.fault(p_at || '/operator', format('"%s" cannot be used on %s, which is of class %s', v_operator, v_path, v_field.class));
    return v_out;
  end if;

  if v_operator = 'inReference' then
    if governance_private.reference_fault(p_rule ->> 'value') is not null then
      v_out.faults := governance_private.fault(p_at || '/value', governance_private.reference_fault(p_rule ->> 'value'));
      return v_out;
    end if;
    v_out.sql := governance_private.reference_sql(v_operand, p_rule ->> 'value', governance_private.org_expression(p_entity_type, 'r'));
    v_out.lookups := jsonb_build_array(jsonb_build_array(v_path, p_rule ->> 'value'));
    v_out.sentence := format('%s %s "%s"', governance_private.field_label(v_path), v_phrase, p_rule ->> 'value');
    return v_out;
  end if;

  if v_operator in ('matches', 'doesNotMatch') then
    begin
      v_out.sql := format('(%s %s %L)', v_operand, case when v_operator = 'matches' then '~' else '!~' end,
                          governance_private.compile_pattern(p_rule ->> 'value'));
      v_out.sentence := format('%s %s %s', governance_private.field_label(v_path), v_phrase, p_rule ->> 'value');
      if jsonb_typeof(p_rule -> 'value') is distinct from 'string' then raise exception 'a pattern is a text'; end if;
      -- Postgres compiles it once here, so that nothing surprises a write.
      perform '' ~ governance_private.compile_pattern(p_rule ->> 'value');
    exception when others then
      v_out.faults := governance_private.fault(p_at || '/value', sqlerrm);
    end;
    return v_out;
  end if;

  -- The right side: one value, or a list where the operator takes one.
  v_items := case when v_operator in ('between', 'notBetween', 'in', 'notIn') then p_rule -> 'value' else jsonb_build_array(p_rule -> 'value') end;
  if jsonb_typeof(v_items) is distinct from 'array' then
    v_out.faults := governance_private.fault(p_at || '/value', format('"%s" takes a list', v_operator));
    return v_out;
  end if;
  if v_operator in ('between', 'notBetween') and jsonb_array_length(v_items) <> 2 then
    v_out.faults := governance_private.fault(p_at || '/value', format('"%s" takes two bounds', v_operator));
    return v_out;
  end if;
  for v_item in select i from jsonb_array_elements(v_items) as i loop
    if p_rule ->> 'valueSource' = 'field' then
      select * into v_other from governance_private.resolve_field(p_entity_type, v_item #>> '{}');
      if not found then
        v_out.faults := v_out.faults || governance_private.fault(p_at || '/value', format('"%s" is not a field of %s', v_item #>> '{}', p_entity_type));
      elsif v_other.class <> v_field.class or (v_field.class = 'enum' and v_other.type_sql <> v_field.type_sql) then
        v_out.faults := v_out.faults || governance_private.fault(p_at || '/value',
          format('%s is of class %s and %s of class %s: they cannot be compared', v_path, v_field.class, v_item #>> '{}', v_other.class));
      else
        v_values := v_values || governance_private.operand_sql(v_other.column_sql, v_other.class, v_other.base_type);
        v_shown := v_shown || ('the ' || governance_private.field_label(v_item #>> '{}'));
        v_out.paths := v_out.paths || (v_item #>> '{}');
      end if;
    elsif coalesce(p_rule ->> 'valueSource', 'value') <> 'value' then
      v_out.faults := v_out.faults || governance_private.fault(p_at || '/valueSource', format('"%s" is not a source of values', p_rule ->> 'valueSource'));
    elsif v_operator ~ '^(contains|beginsWith|endsWith|doesNot)' and v_item = '""' then
      v_out.faults := v_out.faults || governance_private.fault(p_at || '/value', 'the text to look for is empty');
    else
      begin
        v_values := v_values || governance_private.compile_literal(v_item, v_field.class, v_field.type_sql);
        v_shown := v_shown || case when v_field.class in ('number', 'boolean', 'date') then v_item #>> '{}' else '"' || (v_item #>> '{}') || '"' end;
      exception when others then
        v_out.faults := v_out.faults || governance_private.fault(p_at || '/value', sqlerrm);
      end;
    end if;
  end loop;
  if v_out.faults <> '[]' then
    return v_out;
  end if;
  if v_operator in ('between', 'notBetween') and coalesce(p_rule ->> 'valueSource', 'value') = 'value' then
    execute format('select %s > %s', v_values[1], v_values[2]) into v_field;
    if (v_field."?column?") then
      v_out.faults := governance_private.fault(p_at || '/value', format('the bounds are reversed: %s is after %s', v_shown[1], v_shown[2]));
      return v_out;
    end if;
  end if;
  v_out.sql := format('(%s)', governance_private.combine_operator(v_operator, v_operand, v_values));
  v_out.sentence := format('%s %s %s', governance_private.field_label(v_path), v_phrase,
    array_to_string(v_shown, case when v_operator ~ 'etween' then ' and ' else ', ' end));
  return v_out;
end
$$;
comment on function governance_private.compile_comparison(text, jsonb, text) is 'One comparison of a rule: SQL, sentence, what it reads, or every fault.';

create function governance_private.compile_group(p_entity_type text, p_group jsonb, p_at text default '', p_depth integer default 0)
returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := row('', '', '{}', '[]', '[]');
  v_known constant text[] := array['id', 'combinator', 'rules', 'not'];
  v_part governance_private.compiled;
  v_sql text[] := '{}';
  v_sentences text[] := '{}';
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
    v_out.faults := v_out.faults || v_part.faults;
    v_out.paths := v_out.paths || v_part.paths;
    v_out.lookups := v_out.lookups || v_part.lookups;
    v_sql := v_sql || v_part.sql;
    v_sentences := v_sentences || v_part.sentence;
  end loop;
  -- The outer parentheses matter: IS binds closer than NOT.
  v_out.sql := format('(%s(%s))', case when p_group -> 'not' = 'true' then 'not ' else '' end,
    array_to_string(v_sql, format(' %s ', p_group ->> 'combinator')));
  v_out.sentence := array_to_string(v_sentences, format(' %s ', p_group ->> 'combinator'));
  if p_group -> 'not' = 'true' then
    v_out.sentence := format('it is not so that (%s)', v_out.sentence);
  elsif p_depth > 0 and cardinality(v_sentences) > 1 then
    v_out.sentence := format('(%s)', v_out.sentence);
  end if;
  return v_out;
end
$$;
comment on function governance_private.compile_group(text, jsonb, text, integer) is 'A group of a rule: SQL, sentence, what it reads, or every fault.';
