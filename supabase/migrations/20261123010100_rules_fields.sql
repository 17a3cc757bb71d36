-- What: how a field path of a rule becomes a column, with its class and the joins that lead to it.
-- Why: one place knows columns and to-one paths; every execution asks it.
-- Breaks a running client: no.

create function governance_private.path_alias(p_prefix text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  -- A prefix can be longer than an identifier may be. PL/pgSQL, as all that compiling calls thousands of times: a function in SQL is planned each time.
  return case when p_prefix = '' then 'r' else 'j_' || left(md5(p_prefix), 16) end;
end
$$;

create function governance_private.path_prefix(p_path text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return case when position('.' in p_path) = 0 then '' else regexp_replace(p_path, '\.[^.]*$', '') end;
end
$$;

create function governance_private.path_entity(p_entity_type text, p_prefix text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity text := p_entity_type;
  v_step text;
begin
  foreach v_step in array coalesce(string_to_array(p_prefix, '.'), '{}') loop
    select r.to_entity into v_entity from governance.relations r
    where r.entity_type = v_entity and r.relation = v_step and r.kind = 'to_one';
    if v_entity is null then
      return null;
    end if;
  end loop;
  return v_entity;
end
$$;
comment on function governance_private.path_entity(text, text) is 'The entity that a prefix of to-one relations leads to; null when there is no such path.';

create function governance_private.resolve_field(p_entity_type text, p_path text)
returns table (column_sql text, class text, base_type text, type_sql text, projected_sql text, is_own boolean, is_generated boolean)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if position('.' in p_path) = 0 then
    return query
      select format('r.%I', p_path), c.class, c.base_type, c.type_sql, governance_private.projection(format('r.%I', p_path), c.class, c.base_type), true, c.is_generated
      from governance_private.entity_columns(p_entity_type, p_path) c;
    return;
  end if;
  return query
    select x.column_sql, c.class, c.base_type, c.type_sql,
           governance_private.projection(x.column_sql, c.class, c.base_type), x.prefix = '', c.is_generated
    from (select governance_private.path_prefix(p_path) as prefix, regexp_replace(p_path, '^.*\.', '') as name) p
    cross join lateral (
      select p.prefix, format('%s.%I', governance_private.path_alias(p.prefix), p.name) as column_sql) x
    cross join lateral governance_private.entity_columns(governance_private.path_entity(p_entity_type, p.prefix), p.name) c
    where not starts_with(p_path, '.')
      -- Of an entity that is set aside nobody can say which records are an organization's.
      and (x.prefix = '' or governance_private.missing_columns(governance_private.path_entity(p_entity_type, x.prefix)) is null);
end
$$;
comment on function governance_private.resolve_field(text, text) is 'The column behind a field path, or no row when there is none.';

create function governance_private.no_field(p_entity_type text, p_path text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- Why a path is no field: nobody has such a column, or governance may not read it.
  select case when exists (
      select from governance.entities e join pg_catalog.pg_attribute a on a.attrelid = to_regclass(format('%I.%I', e.table_schema, e.table_name))
      where e.entity_type = governance_private.path_entity(p_entity_type, governance_private.path_prefix(p_path))
        and a.attname = regexp_replace(p_path, '^.*\.', '') and a.attnum > 0 and not a.attisdropped)
      and governance_private.missing_columns(governance_private.path_entity(p_entity_type, governance_private.path_prefix(p_path))) is null
    then format('"%s" of %s may not be read by governance: grant select on it to the role %s', p_path, p_entity_type,
      (select n.nspowner::regrole from pg_catalog.pg_namespace n where n.nspname = 'governance_private'))
    else format('"%s" is not a field of %s', p_path, p_entity_type) end
$$;

create function governance_private.path_prefixes(p_paths text[]) returns table (prefix text, depth integer)
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  -- a.b.c needs the joins for a and a.b.
  return query
    select distinct array_to_string(s.steps[1:n], '.'), n
    from unnest(p_paths) as p(path)
    cross join lateral (select string_to_array(governance_private.path_prefix(p.path), '.') as steps) s
    cross join lateral generate_series(1, cardinality(s.steps)) as n;
end
$$;

create function governance_private.path_joins(p_entity_type text, p_paths text[]) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- The organization is part of the join: a verdict sees the records of the written record's own organization and no other.
  return (
    select coalesce(string_agg(
      format(' left join %s as %s on %s%s', governance_private.entity_table(rel.to_entity), governance_private.path_alias(p.prefix), j.keys,
        case when target.org_column is null then ''
          else format(' and %s = %s', governance_private.org_expression(rel.to_entity, governance_private.path_alias(p.prefix)),
                      governance_private.org_expression(p_entity_type, 'r')) end),
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
      from generate_subscripts(rel.from_columns, 1) as i) j);
end
$$;
comment on function governance_private.path_joins(text, text[]) is 'SQL text: the left joins from r that a set of field paths needs.';

create function governance_private.path_dangling(p_entity_type text, p_prefix text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return (
    select format('(%s and %s.%I is null)',
      (select string_agg(format('%s.%I is not null', governance_private.path_alias(s.parent), c), ' and ') from unnest(rel.from_columns) as c),
      governance_private.path_alias(p_prefix), rel.to_columns[1])
    from (select governance_private.path_prefix(p_prefix) as parent, regexp_replace(p_prefix, '^.*\.', '') as relation) s
    join governance.relations rel
      on rel.entity_type = governance_private.path_entity(p_entity_type, s.parent) and rel.relation = s.relation and rel.kind = 'to_one');
end
$$;
comment on function governance_private.path_dangling(text, text) is 'SQL text: the reference is set, but its record cannot be read. Then a rule that follows it could not evaluate.';

create function governance_private.field_label(p_path text) returns text
language sql immutable security invoker
return replace(replace(regexp_replace(regexp_replace(regexp_replace(
  regexp_replace(regexp_replace(p_path, '^org\.', 'organization.'), '(^|[._])(start|end)s_on$', '\1\2_on'),
  '(?<!external)_id$', ''), '_on$', '_date'), '_at$', '_time'), '.', '''s '), '_', ' ');
comment on function governance_private.field_label(text) is 'A field path in words: account''s close date.';

grant execute on function governance_private.path_alias(text), governance_private.path_prefix(text), governance_private.path_entity(text, text),
  governance_private.resolve_field(text, text), governance_private.org_expression(text, text) to authenticated, service_role;
