-- What: the kinds of rules beside condition: unique and reference.
-- Why: each kind checks its own parameters and says in SQL what it means.
-- Breaks a running client: no.

create function governance_private.prefix_group(p_node jsonb, p_prefix text) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  -- The fields of a group as seen through a relation; what is wrong with a node is told when it is compiled.
  if jsonb_typeof(p_node) is distinct from 'object' then
    return p_node;
  elsif jsonb_typeof(p_node -> 'rules') = 'array' then
    return p_node || jsonb_build_object('rules', (
      select coalesce(jsonb_agg(governance_private.prefix_group(x, p_prefix) order by n), '[]')
      from jsonb_array_elements(p_node -> 'rules') with ordinality as e(x, n)));
  end if;
  return p_node
    || case when jsonb_typeof(p_node -> 'field') = 'string' then jsonb_build_object('field', p_prefix || '.' || (p_node ->> 'field')) else '{}' end
    || case when p_node ->> 'valueSource' is distinct from 'field' then '{}'
         when jsonb_typeof(p_node -> 'value') = 'string' then jsonb_build_object('value', p_prefix || '.' || (p_node ->> 'value'))
         when jsonb_typeof(p_node -> 'value') = 'array' then jsonb_build_object('value', (
           select jsonb_agg(case when jsonb_typeof(x) = 'string' then to_jsonb(p_prefix || '.' || (x #>> '{}')) else x end order by n)
           from jsonb_array_elements(p_node -> 'value') with ordinality as e(x, n)))
         else '{}' end;
end
$$;

create function governance_private.reference_target(p_entity_type text, p_relation text) returns governance.relations
language sql stable security invoker set search_path = ''
as $$
  select r from governance.relations r where r.entity_type = p_entity_type and r.relation = p_relation and r.kind = 'to_one'
$$;

create function governance_private.compile_reference(p_entity_type text, p_parameters jsonb) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled;
  v_relation governance.relations;
  v_name text := p_parameters ->> 'relation';
  v_faults jsonb := '[]';
  v_extra text;
begin
  if jsonb_typeof(p_parameters) is distinct from 'object' or jsonb_typeof(p_parameters -> 'relation') is distinct from 'string' then
    v_out.faults := governance_private.fault('/condition', 'a reference rule has a "relation" and perhaps a "condition" on the record that it points to');
    return v_out;
  end if;
  select string_agg(format('"%s"', k), ', ') into v_extra from jsonb_object_keys(p_parameters) as k where k not in ('relation', 'condition');
  if v_extra is not null then
    v_faults := governance_private.fault('/condition', format('%s is not part of a reference rule', v_extra));
  end if;
  v_relation := governance_private.reference_target(p_entity_type, v_name);
  if v_relation.relation is null then
    v_out.faults := v_faults || governance_private.fault('/condition/relation', format('"%s" is not a to-one relation of %s', v_name, p_entity_type));
    return v_out;
  end if;
  if coalesce(jsonb_typeof(p_parameters -> 'condition'), 'null') <> 'null' then
    v_out := governance_private.compile_group(p_entity_type, governance_private.prefix_group(p_parameters -> 'condition', v_name), '/condition/condition');
  end if;
  v_out.faults := v_faults || coalesce(v_out.faults, '[]');
  -- No reference passes; one whose record cannot be read violates: that is the point of the rule.
  v_out.sql := format('(case when %s then null when %s.%I is null then false else %s end)',
    (select string_agg(format('r.%I is null', c), ' or ') from unnest(v_relation.from_columns) as c),
    governance_private.path_alias(v_name), v_relation.to_columns[1], coalesce(v_out.sql, 'true'));
  v_out.sentence := format('the %s exists%s', governance_private.field_label(v_name), coalesce(' and ' || v_out.sentence, ''));
  v_out.paths := array[v_name || '.' || v_relation.to_columns[1]] || coalesce(v_out.paths, '{}');
  v_out.lookups := coalesce(v_out.lookups, '[]');
  return v_out;
end
$$;
comment on function governance_private.compile_reference(text, jsonb) is 'The parameters of a reference rule, compiled: the record pointed to exists and satisfies the condition.';

create function governance_private.unique_part(p_entity_type text, p_field text, p_normalizer text, p_at text, out sql text, out fault text)
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_field record;
begin
  -- SQL text: a column as it stands in a key; equal texts are equal values.
  select * into v_field from governance_private.resolve_field(p_entity_type, p_field);
  if not found or not v_field.is_own then
    fault := format('"%s" is not a column of %s', p_field, p_entity_type);
  elsif v_field.class = 'other' then
    fault := format('%s is of a type that cannot be compared', p_field);
  elsif p_normalizer is not null and p_normalizer <> all (governance_private.normalizer_names()) then
    fault := format('"%s" is not a normalizer', p_normalizer);
  elsif p_normalizer is not null and v_field.class <> 'text' then
    fault := format('normalizers work on text, and %s is of class %s', p_field, v_field.class);
  elsif p_normalizer is not null and to_regprocedure(format('governance_private.%I(text, text)', 'normalize_' || p_normalizer)) is null then
    fault := format('the normalizer "%s" has no SQL form, which a unique key needs', p_normalizer);
  elsif p_normalizer is not null then
    sql := format('governance_private.%I(%s::text)', 'normalize_' || p_normalizer, v_field.column_sql);
  else
    sql := case v_field.class
      when 'number' then format('trim_scale(%s)::text', governance_private.operand_sql(v_field.column_sql, v_field.class, v_field.base_type))
      else format('(%s)::text', v_field.projected_sql) end;
  end if;
end
$$;

create function governance_private.compile_unique(p_entity_type text, p_parameters jsonb) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_item jsonb;
  v_at text;
  v_part record;
  v_keys text[] := array[governance_private.org_expression(p_entity_type, 'r')];
  v_filled text[] := '{}';
  v_values text[] := '{}';
  v_fields text[] := '{}';
  v_scope text[] := '{}';
begin
  if jsonb_typeof(p_parameters -> 'fields') is distinct from 'array' or p_parameters -> 'fields' = '[]'
    or jsonb_typeof(coalesce(p_parameters -> 'scope', '[]')) <> 'array'
    or exists (select from jsonb_object_keys(p_parameters) as k where k not in ('fields', 'scope')) then
    v_out.faults := governance_private.fault('/condition', 'a unique rule has a list of "fields", each with a "field" and perhaps a "normalizer", and perhaps a list "scope"');
    return v_out;
  end if;
  for v_item, v_at in
    select f, format('/condition/scope/%s', n - 1) from jsonb_array_elements(coalesce(p_parameters -> 'scope', '[]')) with ordinality as x(f, n)
  loop
    v_part := governance_private.unique_part(p_entity_type, v_item #>> '{}', null, v_at);
    if v_part.fault is not null then
      v_out.faults := v_out.faults || governance_private.fault(v_at, v_part.fault);
    end if;
    v_keys := v_keys || v_part.sql;
    v_scope := v_scope || (v_item #>> '{}');
  end loop;
  for v_item, v_at in
    select f, format('/condition/fields/%s', n - 1) from jsonb_array_elements(p_parameters -> 'fields') with ordinality as x(f, n)
  loop
    if jsonb_typeof(v_item) <> 'object' or exists (
      select from jsonb_each(v_item) e where e.key not in ('field', 'normalizer') or jsonb_typeof(e.value) <> 'string') or not v_item ? 'field' then
      v_out.faults := v_out.faults || governance_private.fault(v_at, 'a field of a unique rule has a "field" and perhaps a "normalizer"');
      continue;
    end if;
    v_part := governance_private.unique_part(p_entity_type, v_item ->> 'field', v_item ->> 'normalizer', v_at);
    if v_part.fault is not null then
      v_out.faults := v_out.faults || governance_private.fault(v_at, v_part.fault);
      continue;
    end if;
    v_values := v_values || format('%s as f%s', v_part.sql, cardinality(v_fields));
    v_keys := v_keys || format('x.f%s', cardinality(v_fields));
    v_filled := v_filled || format('not %s', governance_private.blank_sql(format('x.f%s', cardinality(v_fields))));
    v_fields := v_fields || (v_item ->> 'field');
  end loop;
  if cardinality(v_fields || v_scope) > (select count(distinct f) from unnest(v_fields || v_scope) as f) then
    v_out.faults := v_out.faults || governance_private.fault('/condition', 'a field stands twice in a unique rule');
  end if;
  if v_out.faults = '[]' then
    -- The key, null where a field is blank: such a record is not judged. Hashed, because an index entry has a limit.
    -- Each value is normalised once: flattened, it would be for every look at it.
    v_out.sql := format('(select case when %s then sha256(convert_to(jsonb_build_array(%s)::text, ''UTF8'')) end from (select %s offset 0) x)',
      array_to_string(v_filled, ' and '), array_to_string(v_keys, ', '), array_to_string(v_values, ', '));
    v_out.sentence := governance_private.join_words(array(select governance_private.field_label(f) from unnest(v_fields) with ordinality as x(f, n) order by n), 'and')
      || coalesce(' within the same ' || governance_private.join_words(array(select governance_private.field_label(f) from unnest(v_scope) with ordinality as x(f, n) order by n), 'and'), '');
    v_out.paths := v_fields || v_scope;
  end if;
  return v_out;
end
$$;
comment on function governance_private.compile_unique(text, jsonb) is 'The parameters of a unique rule, compiled: sql is the key of a record, null where it has none.';

create function governance_private.compile_condition(p_entity_type text, p_kind text, p_condition jsonb) returns governance_private.compiled
language sql stable security invoker set search_path = ''
as $$
  select case p_kind
    when 'unique' then governance_private.compile_unique(p_entity_type, p_condition)
    when 'reference' then governance_private.compile_reference(p_entity_type, p_condition)
    else governance_private.compile_group(p_entity_type, p_condition, '/condition') end
$$;
comment on function governance_private.compile_condition(text, text, jsonb) is 'What must hold, by the rule''s kind.';
