-- What: comparisons and groups of rules, checked and translated to SQL and to a sentence.
-- Why: one compiler for every SQL execution, which names every fault with its place.
-- Breaks a running client: no.

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
