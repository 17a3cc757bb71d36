-- What: what each operator means, as SQL text and as a predicate.
-- Why: each operator's meaning stands here once (docs/rules/README.md).
-- Breaks a running client: no.

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
  -- Most texts do not hold it at all; cutting off an end takes twice as long.
  when 'endsWith' then format('(strpos(%1$s, %2$s) > 0 and right(%1$s, length(%2$s)) = %2$s)', p_operand, p_values[1])
  when 'doesNotEndWith' then format('(strpos(%1$s, %2$s) = 0 or right(%1$s, length(%2$s)) <> %2$s)', p_operand, p_values[1])
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
  v_pattern text;
begin
  begin
    if jsonb_typeof(p_rule -> 'value') is distinct from 'string' then raise exception 'a pattern is a text'; end if;
    v_pattern := governance_private.compile_pattern(p_rule ->> 'value');
    v_out.sql := format(case when p_rule ->> 'operator' = 'matches' then '(%s%s ~ %L)' else '(not (%s%s ~ %L))' end,
      governance_private.acceptance_sql(p_operand, p_rule ->> 'value') || ' or ', p_operand, v_pattern);
    -- Postgres compiles it once here, so that nothing surprises a write.
    perform '' ~ v_pattern;
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
