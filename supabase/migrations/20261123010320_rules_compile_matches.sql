-- What: to-many relations with a match mode, checked and compiled: at least one open task.
-- Why: the records that point at this one are counted where they are, true, false and unknown; no number of them reaches evaluate.
-- Breaks a running client: no.

create function governance_private.match_sql(p_mode text, p_threshold integer) returns text
language sql immutable security invoker
-- SQL text over the counts t, f and u. What each mode means; shared/rules/matches says the same.
return case p_mode
  when 'all' then 'case when f > 0 then false when u = 0 then true end'
  when 'some' then 'case when t > 0 then true when u = 0 then false end'
  when 'none' then 'case when t > 0 then false when u = 0 then true end'
  when 'atLeast' then format('case when t >= %1$s then true when t + u < %1$s then false end', p_threshold)
  when 'atMost' then format('case when t > %1$s then false when t + u <= %1$s then true end', p_threshold)
  when 'exactly' then format('case when t > %1$s or t + u < %1$s then false when u = 0 then true end', p_threshold) end;
comment on function governance_private.match_sql(text, integer) is 'What a match mode makes of three counts; one line a mode. Null for a mode that does not exist.';

create function governance_private.match_fault(p_match jsonb) returns text
language sql immutable security invoker
return case
  when jsonb_typeof(p_match) is distinct from 'object' or (p_match - array['mode', 'threshold']) <> '{}' then '"match" is an object with "mode" and "threshold"'
  when governance_private.match_sql(p_match ->> 'mode', 1) is null
    then format('"%s" is not a match mode: all, some, none, atLeast, atMost, exactly', p_match ->> 'mode')
  -- The query builder leaves a threshold behind when the mode changes to one that takes none.
  when p_match ->> 'mode' in ('all', 'some', 'none') then null
  when jsonb_typeof(p_match -> 'threshold') is distinct from 'number' or p_match ->> 'threshold' !~ '^\d{1,9}$'
    then format('"%s" needs a whole number as threshold', p_match ->> 'mode') end;
comment on function governance_private.match_fault(jsonb) is 'What is wrong with a match; null for nothing.';

create function governance_private.match_source_sql(p_entity_type text, p_relation governance.relations, p_paths text[]) returns text
language sql stable security invoker set search_path = ''
as $$
  -- In the values, r is the record; behind them, r is one of those that point at it.
  select format('(values (%s, %s)) as parent(%s, org_id) join %s r on %s%s%s',
    (select string_agg(format('r.%I', c), ', ' order by n) from unnest((p_relation).from_columns) with ordinality x(c, n)),
    governance_private.org_expression(p_entity_type, 'r'),
    (select string_agg('key_' || n, ', ' order by n) from generate_subscripts((p_relation).from_columns, 1) as n),
    governance_private.entity_table((p_relation).to_entity),
    (select string_agg(format('r.%I = parent.key_%s', c, n), ' and ' order by n) from unnest((p_relation).to_columns) with ordinality x(c, n)),
    case when child.org_column is null then '' else format(' and %s = parent.org_id', governance_private.org_expression((p_relation).to_entity, 'r')) end,
    governance_private.path_joins((p_relation).to_entity, p_paths))
  from governance.entities child where child.entity_type = (p_relation).to_entity
$$;
comment on function governance_private.match_source_sql(text, governance.relations, text[]) is
  'SQL text: the records of its own organization that point at the record r, under the name r.';

create function governance_private.match_sentence(p_relation governance.relations, p_match jsonb, p_inner text) returns text
language sql immutable security invoker set search_path = ''
as $$
  select case p_match ->> 'mode'
    when 'all' then format('for every %s, %s', w.one, p_inner)
    when 'some' then format('it has %s where %s', governance_private.with_article(w.one), p_inner)
    when 'none' then format('it has no %s where %s', w.one, p_inner)
    else format('it has %s %s %s where %s',
      '{"atLeast": "at least", "atMost": "at most", "exactly": "exactly"}'::jsonb ->> (p_match ->> 'mode'), p_match ->> 'threshold',
      case when p_match ->> 'threshold' = '1' then w.one else w.many end, p_inner) end
  from (select governance_private.entity_label((p_relation).to_entity) as one, replace((p_relation).relation, '_', ' ') as many) w
$$;

create function governance_private.compile_match(p_entity_type text, p_rule jsonb, p_at text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_relation governance.relations;
  v_inner governance_private.compiled;
  v_dangling text;
  v_source text;
begin
  if governance_private.match_fault(p_rule -> 'match') is not null then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/match', governance_private.match_fault(p_rule -> 'match'));
  end if;
  if p_rule ->> 'operator' <> '=' or p_rule ? 'valueSource' and p_rule ->> 'valueSource' <> 'value' then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/operator', 'a match goes with the operator "=" and a group as its value');
  end if;
  select * into v_relation from governance.relations l where l.entity_type = p_entity_type and l.relation = p_rule ->> 'field' and l.kind = 'to_many';
  if not found then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/field', format('"%s" is not a to-many relation of %s', p_rule ->> 'field', p_entity_type));
    return v_out;
  end if;
  v_inner := governance_private.compile_group(v_relation.to_entity, p_rule -> 'value', p_at || '/value');
  v_out.faults := v_out.faults || v_inner.faults;
  if v_inner.matches <> '[]' then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/value', 'a match cannot stand within a match');
  end if;
  if v_inner.needs_typescript then
    v_out.faults := v_out.faults || governance_private.fault(p_at || '/value', '"isPhone" cannot stand within a match: it is not judged in SQL');
  end if;
  if v_out.faults <> '[]' then
    return v_out;
  end if;

  v_source := governance_private.match_source_sql(p_entity_type, v_relation, v_inner.paths);
  select string_agg(governance_private.path_dangling(v_relation.to_entity, x.prefix), ' or ') into v_dangling
  from governance_private.path_prefixes(v_inner.paths) x;
  v_out.sql := format(
    '(select %s from (select count(*) filter (where %2$s) as t, count(*) filter (where not %2$s) as f, count(*) filter (where (%2$s) is null) as u from %3$s) m)',
    governance_private.match_sql(p_rule -> 'match' ->> 'mode', (p_rule -> 'match' ->> 'threshold')::integer), v_inner.sql, v_source);
  v_out.matches := jsonb_build_array(jsonb_build_object(
    'at', p_at, 'relation', v_relation.relation, 'entity_type', v_relation.to_entity, 'paths', to_jsonb(v_inner.paths),
    'counts_sql', format(
      '(select jsonb_build_array(count(*) filter (where %1$s), count(*) filter (where not %1$s), count(*) filter (where (%1$s) is null), count(*) filter (where %2$s)) from %3$s)',
      v_inner.sql, coalesce(v_dangling, 'false'), v_source),
    'unreadable_sql', case when v_dangling is not null then format('exists (select from %s where %s)', v_source, v_dangling) end));
  v_out.subject := 'it';
  v_out.sentence := governance_private.match_sentence(v_relation, p_rule -> 'match', v_inner.sentence);
  return v_out;
end
$$;
comment on function governance_private.compile_match(text, jsonb, text) is
  'A to-many relation with a match mode: SQL that counts, the counts for evaluate, sentence, what it reads, or every fault.';
