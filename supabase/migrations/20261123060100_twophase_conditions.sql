-- What: conditions of change policies over the record before and after an edit.
-- Why: they are rule groups with the same operators; only old values, and three tests of a step, are more.
-- Breaks a running client: no.

create function governance_private.policy_joins(p_entity_type text, p_paths text[], p_org_sql text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- As path_joins, but the record before is no join: it is given. The organization is that of either record: one of them may be none.
  select coalesce(string_agg(
    format(' left join %s as %s on %s%s', governance_private.entity_table(rel.to_entity), governance_private.path_alias(p.prefix), j.keys,
      case when target.org_column is null then ''
        else format(' and %s = %s', governance_private.org_expression(rel.to_entity, governance_private.path_alias(p.prefix)), p_org_sql) end),
    '' order by p.depth, p.prefix), '')
  from governance_private.path_prefixes(p_paths) p
  cross join lateral (
    select governance_private.path_prefix(p.prefix) as parent, regexp_replace(p.prefix, '^.*\.', '') as relation) s
  join governance.relations rel
    on rel.entity_type = governance_private.path_entity(p_entity_type, s.parent) and rel.relation = s.relation and rel.kind = 'to_one'
  join governance.entities target on target.entity_type = rel.to_entity
  cross join lateral (
    select string_agg(format('%s.%I = %s.%I', governance_private.path_alias(p.prefix), rel.to_columns[i],
                             governance_private.path_alias(s.parent), rel.from_columns[i]), ' and ') as keys
    from generate_subscripts(rel.from_columns, 1) as i) j
  where p.prefix <> 'old'
$$;
comment on function governance_private.policy_joins(text, text[], text) is 'SQL text: the left joins that a policy''s field paths need, from the record after and the record before.';

create function governance_private.compile_changes_test(p_entity_type text, p_field text, p_at text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_field record;
begin
  select * into v_field from governance_private.resolve_field(p_entity_type, p_field);
  if not found or not v_field.is_own then
    v_out.faults := governance_private.fault(p_at || '/changes', format('"%s" is not a column of %s', p_field, p_entity_type));
    return v_out;
  end if;
  v_out.sql := format('(%s is distinct from %s)', governance_private.comparable_sql(v_field.column_sql, v_field.class),
    governance_private.comparable_sql(format('%s.%I', governance_private.path_alias('old'), p_field), v_field.class));
  v_out.paths := array[p_field];
  v_out.sentence := format('the %s changes', governance_private.field_label(p_field));
  return v_out;
end
$$;

create function governance_private.compile_step_test(p_entity_type text, p_test text, p_path text, p_at text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_prefix text := governance_private.path_prefix(p_path);
  v_name text := regexp_replace(p_path, '^.*\.', '');
  v_relation governance.relations;
  v_class text;
  v_new text := governance_private.path_alias(governance_private.path_prefix(p_path));
  v_old text := governance_private.path_alias('old.' || governance_private.path_prefix(p_path));
  v_shared text;
  v_among text;
begin
  -- Steps of one series: rows of the related table that share all columns of the reference but the last.
  select l.* into v_relation from governance.relations l
  where l.entity_type = governance_private.path_entity(p_entity_type, governance_private.path_prefix(v_prefix))
    and l.relation = regexp_replace(v_prefix, '^.*\.', '') and l.kind = 'to_one';
  select f.class into v_class from governance_private.resolve_field(p_entity_type, p_path) f;
  if v_relation.relation is null or v_class is distinct from 'number' or starts_with(p_path, 'old.') then
    v_out.faults := governance_private.fault(p_at || '/' || p_test, format('"%s" is not a number of a record that %s points at, such as stage.position', p_path, p_entity_type));
    return v_out;
  end if;
  select coalesce(string_agg(format('%1$s.%2$I = %3$s.%2$I', v_new, c, v_old), ' and '), 'true'), coalesce(string_agg(format('s.%2$I = %1$s.%2$I', v_new, c), ' and '), 'true')
  into v_shared, v_among
  from unnest(v_relation.to_columns[:cardinality(v_relation.to_columns) - 1]) as c;
  v_out.sql := case p_test
    when 'movesBackwards' then format('(%4$s and %1$s.%3$I < %2$s.%3$I)', v_new, v_old, v_name, v_shared)
    else format('(%4$s and exists (select from %5$s s where %6$s and s.%3$I > %2$s.%3$I and s.%3$I < %1$s.%3$I))', v_new, v_old, v_name, v_shared,
      governance_private.entity_table(v_relation.to_entity),
      v_among || case when (select e.org_column from governance.entities e where e.entity_type = v_relation.to_entity) is null then ''
        else format(' and %s = %s', governance_private.org_expression(v_relation.to_entity, 's'), governance_private.org_expression(v_relation.to_entity, v_new)) end) end;
  v_out.paths := array[p_path, 'old.' || p_path];
  v_out.sentence := format(case p_test when 'skips' then 'the %s skips one' else 'the %s goes backwards' end, governance_private.field_label(v_prefix));
  return v_out;
end
$$;

create function governance_private.compile_policy_item(p_entity_type text, p_item jsonb, p_at text, p_depth integer) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_test text;
begin
  if jsonb_typeof(p_item) is distinct from 'object' then
    v_out.faults := governance_private.fault(p_at, 'a comparison or a group is an object');
    return v_out;
  elsif p_item ? 'rules' then
    return governance_private.compile_policy_group(p_entity_type, p_item, p_at, p_depth + 1);
  end if;
  select k into v_test from jsonb_object_keys(p_item) as k where k in ('changes', 'skips', 'movesBackwards') limit 1;
  if v_test is null then
    return governance_private.compile_comparison(p_entity_type, p_item, p_at);
  elsif jsonb_typeof(p_item -> v_test) <> 'string' or (p_item - v_test - 'id') <> '{}' then
    v_out.faults := governance_private.fault(p_at, format('"%s" takes one field and nothing else', v_test));
    return v_out;
  elsif v_test = 'changes' then
    return governance_private.compile_changes_test(p_entity_type, p_item ->> 'changes', p_at);
  end if;
  return governance_private.compile_step_test(p_entity_type, v_test, p_item ->> v_test, p_at);
end
$$;

create function governance_private.compile_policy_group(p_entity_type text, p_group jsonb, p_at text, p_depth integer default 0) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_part governance_private.compiled;
  v_sql text[] := '{}';
  v_sentences text[] := '{}';
  v_item jsonb;
  v_at text;
begin
  -- The frame of compile_group, with the tests that only a policy has.
  if jsonb_typeof(p_group) is distinct from 'object' or coalesce(p_group ->> 'combinator', '') not in ('and', 'or')
    or jsonb_typeof(p_group -> 'rules') is distinct from 'array' or p_group -> 'rules' = '[]'
    or (p_group - 'combinator' - 'rules' - 'not' - 'id') <> '{}' or jsonb_typeof(coalesce(p_group -> 'not', 'false')) <> 'boolean' then
    v_out.faults := governance_private.fault(p_at, 'a group has a "combinator", "and" or "or", at least one of "rules", and perhaps "not"');
    return v_out;
  elsif p_depth > 20 then
    v_out.faults := governance_private.fault(p_at, 'groups are nested more than 20 deep');
    return v_out;
  end if;
  for v_item, v_at in select i, format('%s/rules/%s', p_at, n - 1) from jsonb_array_elements(p_group -> 'rules') with ordinality as e(i, n) loop
    v_part := governance_private.compile_policy_item(p_entity_type, v_item, v_at, p_depth);
    v_out := governance_private.join_compiled(v_out, v_part);
    v_sql := v_sql || v_part.sql;
    v_sentences := v_sentences || v_part.sentence;
  end loop;
  v_out.sql := format('(%s(%s))', case when p_group -> 'not' = 'true' then 'not ' else '' end, array_to_string(v_sql, format(' %s ', p_group ->> 'combinator')));
  v_out.sentence := array_to_string(v_sentences, format(' %s ', p_group ->> 'combinator'));
  if p_group -> 'not' = 'true' then
    v_out.sentence := format('it is not so that (%s)', v_out.sentence);
  elsif p_depth > 0 and cardinality(v_sentences) > 1 then
    v_out.sentence := format('(%s)', v_out.sentence);
  end if;
  return v_out;
end
$$;

create function governance_private.begin_policy_compile(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- While policies compile, the record before is a record that this one points at: every operator then works on it. Nobody else sees the row.
  perform governance_private.compile_alone();
  insert into governance.relations (entity_type, relation, kind, from_columns, to_entity, to_columns)
  select e.entity_type, 'old', 'to_one', e.key_columns, e.entity_type, e.key_columns from governance.entities e where e.entity_type = p_entity_type
  on conflict do nothing;
end
$$;
comment on function governance_private.begin_policy_compile(text) is 'Makes old.<field> a field of an entity, until end_policy_compile in the same transaction.';

create function governance_private.end_policy_compile(p_entity_type text) returns void
language sql volatile security invoker set search_path = ''
as $$
  delete from governance.relations l where l.entity_type = p_entity_type and l.relation = 'old' and l.to_entity = p_entity_type and l.from_columns = l.to_columns
$$;

create function governance_private.compile_policy_condition(p_entity_type text, p_condition jsonb) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
begin
  -- Between begin_policy_compile and end_policy_compile.
  if p_condition is null then
    v_out.sql := 'true';
    return v_out;
  end if;
  v_out := governance_private.compile_policy_group(p_entity_type, p_condition, '/condition');
  if v_out.needs_typescript then
    v_out.faults := v_out.faults || governance_private.fault('/condition', '"isPhone" takes a parser that a write does not have');
  elsif v_out.matches <> '[]' then
    v_out.faults := v_out.faults || governance_private.fault('/condition', 'a policy cannot count related records');
  end if;
  return v_out;
end
$$;
comment on function governance_private.compile_policy_condition(text, jsonb) is 'A policy''s condition as SQL over the record after (r) and before, with all its faults.';
