-- What: what evaluate is given: compiled projections, rules, classes; and the one function that compiles an entity.
-- Why: the evaluator never sees a raw row, only the columns that rules read, in a form that JavaScript cannot corrupt.
-- Breaks a running client: no.

create function governance_private.object_sql(p_pairs text[]) returns text
language sql immutable security invoker set search_path = ''
as $$
  -- A function takes at most 100 arguments: 40 pairs a call.
  select coalesce(string_agg(format('jsonb_build_object(%s)', part.pairs), ' || ' order by part.chunk), '''{}''::jsonb')
  from (select (n - 1) / 40 as chunk, string_agg(p, ', ' order by n) as pairs from unnest(p_pairs) with ordinality as x(p, n) group by 1) part
$$;

create function governance_private.generate_readers(p_entity_type text, p_paths text[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_table text := governance_private.entity_table(p_entity_type);
  v_key text := governance_private.key_expression(p_entity_type, 'r');
  v_org text := governance_private.org_expression(p_entity_type, 'r');
  v_fields text;
  v_dangling text;
  v_columns text;
  v_after text;
begin
  select * into strict v_entity from governance.entities e where e.entity_type = p_entity_type;
  select governance_private.object_sql(array_agg(format('%L, %s', p.path, f.projected_sql) order by p.path)) into v_fields
  from unnest(p_paths) as p(path) cross join lateral governance_private.resolve_field(p_entity_type, p.path) f;
  select string_agg(format('case when %s then %L end', governance_private.path_dangling(p_entity_type, x.prefix), x.prefix), ', ') into v_dangling
  from governance_private.path_prefixes(p_paths) x;
  select string_agg(format('r.%I', k), ', ' order by n) into v_columns from unnest(v_entity.key_columns) with ordinality as x(k, n);
  select string_agg(case when cardinality(v_entity.key_columns) = 1 then format('p_after::%s', c.type_sql)
                         else format('(p_after::jsonb ->> %s)::%s', n - 1, c.type_sql) end, ', ' order by n) into v_after
  from unnest(v_entity.key_columns) with ordinality as x(k, n)
  join governance_private.entity_columns(p_entity_type) c on c.column_name = x.k;

  -- Bodies as literals: no dollar quote is safe around names that somebody chose.
  execute format($sql$create or replace function governance_private.%I(p_keys text[])
    returns table (record_key text, org_id text, fields jsonb, dangling text[])
    language sql stable security definer set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC' as %L$sql$,
    p_entity_type || '_deliver', format($body$
  -- Generated: the columns that the rules of %s read.
  select k.key, %s, %s, array_remove(array[%s]::text[], null)
  from unnest(p_keys) as k(key) join %s r on %s%s
$body$, p_entity_type, v_org, coalesce(v_fields, '''{}''::jsonb'), coalesce(v_dangling, ''), v_table,
    governance_private.key_predicate(p_entity_type, 'r', 'k.key'), governance_private.path_joins(p_entity_type, p_paths)));

  execute format($sql$create or replace function governance_private.%I(p_keys text[])
    returns table (record_key text, org_id text, label text, owner_user_id uuid)
    language sql stable security definer set search_path = '' as %L$sql$,
    p_entity_type || '_describe', format($body$
  -- Generated: organization, label and owner of records of %s.
  select k.key, %s, %s, %s from unnest(p_keys) as k(key) join %s r on %s
$body$, p_entity_type, v_org,
    coalesce('r.' || quote_ident(v_entity.label_column) || '::text', 'k.key'), coalesce((
      select format('r.%I', c.column_name) from governance_private.entity_columns(p_entity_type) c
      where c.column_name = v_entity.owner_column and c.class = 'uuid'), 'null::uuid'),
    v_table, governance_private.key_predicate(p_entity_type, 'r', 'k.key')));

  execute format($sql$create or replace function governance_private.%I(p_after text, p_limit integer)
    returns table (record_key text, org_id text)
    language plpgsql stable security definer set search_path = '' as %L$sql$,
    p_entity_type || '_scan', format($body$
-- Generated: the keys of %1$s in key order, a page at a time.
begin
  if p_after is null then
    return query select %2$s, %3$s from %4$s r order by %5$s limit p_limit;
  else
    return query select %2$s, %3$s from %4$s r where (%5$s) > (%6$s) order by %5$s limit p_limit;
  end if;
end
$body$, p_entity_type, v_key, v_org, v_table, v_columns, v_after));
end
$$;
comment on function governance_private.generate_readers(text, text[]) is 'Writes the functions that read records of an entity: deliver, describe, scan.';

create function governance_private.compile_entity(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_rule record;
  v_compiled governance_private.compiled_rule;
  v_rules jsonb := '[]';
  v_paths text[] := '{}';
  v_lookups jsonb := '[]';
begin
  -- Two sessions that replace one function at once fail: one compiles at a time.
  perform pg_advisory_xact_lock(hashtext('governance.compile'), hashtext(p_entity_type));

  for v_rule in
    select r as rule from governance.data_quality_rules r where r.entity_type = p_entity_type and r.status in ('active', 'shadow')
  loop
    v_compiled := governance_private.compile_rule(v_rule.rule);
    update governance.data_quality_rules r
    set suspended_reason = (select string_agg(f ->> 'message', '; ') from jsonb_array_elements(v_compiled.faults) as f)
    where r.id = (v_rule.rule).id
      and r.suspended_reason is distinct from (select string_agg(f ->> 'message', '; ') from jsonb_array_elements(v_compiled.faults) as f);
  end loop;

  for v_rule in select * from governance_private.running_rules(p_entity_type) loop
    v_compiled := governance_private.compile_rule(v_rule.rule);
    v_paths := v_paths || v_compiled.paths;
    v_lookups := v_lookups || v_compiled.lookups;
    v_rules := v_rules || jsonb_build_array(jsonb_build_object(
      'id', (v_rule.rule).id, 'rule_key', (v_rule.rule).rule_key, 'version', (v_rule.rule).version,
      'org_id', (v_rule.rule).org_id, 'except_orgs', to_jsonb(coalesce(v_rule.except_org_ids, '{}')),
      'enforcement', (v_rule.rule).enforcement, 'severity', (v_rule.rule).severity, 'status', (v_rule.rule).status,
      'applies_when', (v_rule.rule).applies_when, 'condition', (v_rule.rule).condition,
      'message', (v_rule.rule).message, 'fix', (v_rule.rule).fix));
  end loop;
  v_paths := array(select distinct p from unnest(v_paths) as p order by p);

  insert into governance_private.compiled_entities as c (entity_type, rules, classes, lookups)
  values (p_entity_type, v_rules,
    coalesce((select jsonb_object_agg(p, f.class) from unnest(v_paths) as p
              cross join lateral governance_private.resolve_field(p_entity_type, p) f), '{}'),
    coalesce((select jsonb_agg(distinct l) from jsonb_array_elements(v_lookups) as l), '[]'))
  on conflict (entity_type) do update
    set rules = excluded.rules, classes = excluded.classes, lookups = excluded.lookups, compiled_at = now();
  update governance.entities e set rules_version = e.rules_version + 1 where e.entity_type = p_entity_type;

  perform governance_private.generate_readers(p_entity_type, v_paths);
  perform governance_private.generate_block(p_entity_type);
end
$$;
comment on function governance_private.compile_entity(text) is 'Everything that is generated from the rules of an entity, written anew in this transaction.';
