-- What: records as they were: states put together from audit events, and joins to related records as they then were.
-- Why: a rule is tried on the writes that really happened before it bites.
-- Breaks a running client: no.

create aggregate governance_private.merge_objects(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');
comment on aggregate governance_private.merge_objects(jsonb) is 'Objects one over the other, in order.';

create function governance_private.record_at_sql(p_entity_type text, p_key_sql text, p_event_sql text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: a record as it was after an audit event, as far as audit and the record tell; ignored columns are as they are now. From what
  -- it is now, back over everything that was written since; null where it did not exist yet. As text: a call for each write cost 1 ms.
  select format($sql$select case when (array_agg(later.operation order by later.id))[1] = 'insert' then null
      else nullif(coalesce((select to_jsonb(present.*) from %s present where %s), '{}') || governance_private.merge_objects(coalesce(later.before, '{}') order by later.id desc), '{}') end
    from governance.audit_events later where later.entity_type = %L and later.record_key = %s and later.id > %s and later.operation <> 'gap'$sql$,
    governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'present', p_key_sql), p_entity_type, p_key_sql, p_event_sql)
$$;

create function governance_private.replay_joins(p_entity_type text, p_paths text[]) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: as path_joins, over the related records as they were at the event s.event_id.
  select coalesce(string_agg(
    format(' left join %s %s on %s%s',
      -- By other columns than its key a record of then is not found: it is as it is now.
      case when not rel.to_columns @> target.key_columns then governance_private.entity_table(rel.to_entity)
        else format('lateral jsonb_populate_record(null::%s, (%s))', governance_private.entity_table(rel.to_entity), governance_private.record_at_sql(rel.to_entity, j.key, 's.event_id')) end,
      governance_private.path_alias(p.prefix), j.keys,
      case when target.org_column is null then ''
        else format(' and %s = %s', governance_private.org_expression(rel.to_entity, governance_private.path_alias(p.prefix)), governance_private.org_expression(p_entity_type, 'r')) end),
    '' order by p.depth, p.prefix), '')
  from governance_private.path_prefixes(p_paths) p
  cross join lateral (select governance_private.path_prefix(p.prefix) as parent, regexp_replace(p.prefix, '^.*\.', '') as relation) s
  join governance.relations rel
    on rel.entity_type = governance_private.path_entity(p_entity_type, s.parent) and rel.relation = s.relation and rel.kind = 'to_one'
  join governance.entities target on target.entity_type = rel.to_entity
  cross join lateral (
    select string_agg(format('%s.%I = %s.%I', governance_private.path_alias(p.prefix), rel.to_columns[i], governance_private.path_alias(s.parent), rel.from_columns[i]), ' and ') as keys,
           -- The key as key_expression makes it, of the columns that point.
           case when not rel.to_columns @> target.key_columns then null when cardinality(target.key_columns) = 1 then format('%s.%I::text', governance_private.path_alias(s.parent), rel.from_columns[array_position(rel.to_columns, target.key_columns[1])])
             else (select format('jsonb_build_array(%s)::text', string_agg(format('%s.%I::text', governance_private.path_alias(s.parent), rel.from_columns[array_position(rel.to_columns, k)]), ', ' order by n))
                   from unnest(target.key_columns) with ordinality as x(k, n)) end as key
    from generate_subscripts(rel.from_columns, 1) as i) j
$$;

create function governance_private.replay_limits(p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule, p_from timestamptz) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- What a replay can only judge as of now, in words; an empty list when it is exact.
  select coalesce(jsonb_agg(x.reason order by x.reason), '[]') from (
    select 'a unique rule compares with the records that there are now: writes are not replayed' as reason where p_rule.kind = 'unique'
    union all
    select '"isPhone" is judged by evaluate alone: writes are not replayed' where p_compiled.needs_typescript
    union all
    select format('%s are counted as they are now', m ->> 'relation') from jsonb_array_elements(p_compiled.matches) as m
    union all
    select format('the set "%s" is as it is now', l ->> 1) from jsonb_array_elements(p_compiled.lookups) as l
    union all
    select format('%s is not audited, and is as it is now', p)
    from unnest(p_compiled.condition_paths) as p join governance.entities e on e.entity_type = governance_private.path_entity(p_rule.entity_type, governance_private.path_prefix(p))
    where regexp_replace(p, '^.*\.', '') = any (e.ignored_columns)
    union all
    select format('%s was paused or failed meanwhile, and what was written then is not known', g.entity_type) from (
      select distinct e.entity_type from governance.audit_events e
      where e.operation = 'gap' and e.entity_type = p_rule.entity_type and e.record_key = '' and e.occurred_at >= p_from) g
  ) x
$$;
