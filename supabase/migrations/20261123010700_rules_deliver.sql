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

create function governance_private.asks_of(p_rule governance.data_quality_rules, p_lookups jsonb, p_org_branch text) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_applies governance_private.compiled;
  v_sql text := 'true' || p_org_branch;
begin
  -- [{"lookup", "sql"}, …]: the look-ups of a rule and the SQL that is true of a record which the rule concerns. What itself looks
  -- something up is asked for every record.
  if p_lookups is null or p_lookups = '[]' then
    return '[]';
  end if;
  if p_rule.applies_when is not null then
    v_applies := governance_private.compile_group(p_rule.entity_type, p_rule.applies_when, '');
    if v_applies.sql is not null and coalesce(v_applies.lookups, '[]') = '[]' and coalesce(v_applies.matches, '[]') = '[]' and not coalesce(v_applies.needs_typescript, false) then
      v_sql := v_sql || ' and (' || v_applies.sql || ') is true';
    end if;
  end if;
  return (select jsonb_agg(distinct jsonb_build_object('lookup', l::text, 'sql', v_sql)) from jsonb_array_elements(p_lookups) as l);
end
$$;

create function governance_private.unasked_sql(p_asks jsonb) returns text
language sql immutable security invoker set search_path = ''
as $$
  -- SQL text: the look-ups that no rule needs for a record. Texts of rules are only ever concatenated.
  select coalesce('to_jsonb(array_remove(array[' || string_agg('case when (' || x.asks || ') is not true then ' || quote_literal(x.lookup) || ' end', ', ' order by x.lookup)
    || ']::text[], null))', '''[]''::jsonb')
  from (
    select a ->> 'lookup' as lookup, string_agg('(' || (a ->> 'sql') || ')', ' or ') as asks
    from jsonb_array_elements(p_asks) as a group by 1 having not bool_or(a ->> 'sql' = 'true')) x
$$;
comment on function governance_private.unasked_sql(jsonb) is 'SQL text: which look-ups a record does not need, because the rules that make them do not concern it.';

create function governance_private.generate_readers(p_entity_type text, p_paths text[], p_counts text[], p_asks jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_table text := governance_private.entity_table(p_entity_type);
  v_key text := governance_private.key_expression(p_entity_type, 'r');
  v_org text := governance_private.org_expression(p_entity_type, 'r');
  v_fields text;
  v_dangling text;
begin
  select * into strict v_entity from governance.entities e where e.entity_type = p_entity_type;
  select governance_private.object_sql(array_agg(format('%L, %s', p.path, f.projected_sql) order by p.path)) into v_fields
  from unnest(p_paths) as p(path) cross join lateral governance_private.resolve_field(p_entity_type, p.path) f;
  select string_agg(format('case when %s then %L end', governance_private.path_dangling(p_entity_type, x.prefix), x.prefix), ', ') into v_dangling
  from governance_private.path_prefixes(p_paths) x;

  -- Bodies as literals: no dollar quote is safe around names that somebody chose.
  execute format($sql$create or replace function governance_private.%I(p_keys text[])
    returns table (record_key text, org_id text, fields jsonb, dangling text[], counts jsonb, unasked jsonb)
    language sql stable security definer set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC' as %L$sql$,
    p_entity_type || '_deliver', format($body$
  -- Generated: the columns that the rules of %s read.
  select k.key, %s, %s, array_remove(array[%s]::text[], null), %s, %s
  from unnest(p_keys) as k(key) join %s r on %s%s
$body$, p_entity_type, v_org, coalesce(v_fields, '''{}''::jsonb'), coalesce(v_dangling, ''), governance_private.object_sql(p_counts), governance_private.unasked_sql(p_asks), v_table,
    governance_private.key_predicate(p_entity_type, 'r', 'k.key'), governance_private.path_joins(p_entity_type, p_paths)));

  execute format($sql$create or replace function governance_private.%I(p_keys text[])
    returns table (record_key text, org_id text, label text, owner_user_id uuid)
    language sql stable security definer set search_path = '' as %L$sql$,
    p_entity_type || '_describe', format($body$
  -- Generated: organization, label and owner of records of %s.
  select k.key, %s, %s, %s from unnest(p_keys) as k(key) join %s r on %s
$body$, p_entity_type, v_org,
    coalesce((
      select format('r.%I::text', c.column_name) from governance_private.entity_columns(p_entity_type) c
      where c.column_name = v_entity.label_column), 'k.key'), coalesce((
      select format('r.%I', c.column_name) from governance_private.entity_columns(p_entity_type) c
      where c.column_name = v_entity.owner_column and c.class = 'uuid'), 'null::uuid'),
    v_table, governance_private.key_predicate(p_entity_type, 'r', 'k.key')));

  execute format($sql$create or replace function governance_private.%I(p_keys text[])
    returns table (record_key text, prefix text, entity_type text, related_key text)
    language sql stable security definer set search_path = '' as %L$sql$,
    p_entity_type || '_related', coalesce((
      select format($body$
  -- Generated: the records that the rules of %s read through its relations.
  select k.key, x.prefix, x.entity_type, x.related_key
  from unnest(p_keys) as k(key) join %s r on %s%s
  cross join lateral (values %s) as x(prefix, entity_type, related_key) where x.related_key is not null
$body$, p_entity_type, v_table, governance_private.key_predicate(p_entity_type, 'r', 'k.key'), governance_private.path_joins(p_entity_type, p_paths),
        string_agg(format('(%L, %L, case when %s.%I is not null then %s end)', x.prefix, e.entity_type, a.alias, e.key_columns[1],
          governance_private.key_expression(e.entity_type, a.alias)), ', ' order by x.prefix))
      from governance_private.path_prefixes(p_paths) x
      join governance.entities e on e.entity_type = governance_private.path_entity(p_entity_type, x.prefix)
      cross join lateral (select governance_private.path_alias(x.prefix) as alias) a having count(*) > 0),
      'select null::text, null::text, null::text, null::text where false'));
end
$$;
comment on function governance_private.generate_readers(text, text[], text[], jsonb) is
  'Writes the functions that read records of an entity: deliver, describe, related. p_counts: pairs of a name and the SQL that counts a match; p_asks: as asks_of says them.';

create function governance_private.suspend_broken_rules(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules;
  v_reason text;
  v_fixed_org_id text := (select e.fixed_org_id from governance.entities e where e.entity_type = p_entity_type);
begin
  for v_rule in
    select * from governance.data_quality_rules r where r.entity_type = p_entity_type and r.status in ('active', 'shadow')
  loop
    select string_agg(f ->> 'message', '; ') into v_reason from jsonb_array_elements((governance_private.compile_rule(v_rule)).faults) as f;
    continue when v_reason is not distinct from v_rule.suspended_reason;
    update governance.data_quality_rules r set suspended_reason = v_reason where r.id = v_rule.id;
    if v_reason is null then
      -- Nobody has checked what was written meanwhile.
      perform governance_private.queue_sweep(p_entity_type, 'rule runs again');
    elsif not exists (select from governance_private.lost_columns() l where v_rule.id = any (l.rule_ids))
      and not exists (select from governance_private.rule_columns c where c.rule_id = v_rule.id and governance_private.missing_columns(c.entity_type) is not null) then
      perform governance_private.open_system_issue('system-rule-suspended', coalesce(v_rule.org_id, v_fixed_org_id), p_entity_type, '', 'high',
        format('The rule "%s" cannot run any more: %s.', v_rule.rule_key, v_reason), v_rule.rule_key);
    end if;
  end loop;
  perform governance_private.note_lost_columns();
  update governance.data_quality_issues i set status = 'fixed', resolution = 'not_applicable'
  where i.rule_key = 'system-rule-suspended' and i.entity_type = p_entity_type and i.status <> 'fixed' and not exists (
    select from governance.data_quality_rules r
    where r.rule_key = i.discriminator and coalesce(r.org_id, v_fixed_org_id, '') = i.org_id and r.status in ('active', 'shadow') and r.suspended_reason is not null);
end
$$;
comment on function governance_private.suspend_broken_rules(text) is
  'Suspends the rules of an entity that do not compile any more, and lets run again those that do. A column that is lost is one issue, however many rules read it.';

create function governance_private.compile_entity(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_rule record;
  v_compiled governance_private.compiled_rule;
  v_rules jsonb := '[]';
  v_paths text[] := '{}';
  v_lookups jsonb := '[]';
  v_children text[] := '{}';   -- what matches read of to-many relations, as paths
  v_moments jsonb := '[]';
  v_counts text[] := '{}';
  v_asks jsonb := '[]';
begin
  perform governance_private.compile_alone();
  if exists (select from governance.entities e where e.entity_type = p_entity_type and e.is_set_aside and governance_private.missing_columns(p_entity_type) is not null) then
    return; -- Its rules wait with it: resuming compiles.
  end if;
  perform governance_private.refuse_broken_entity(p_entity_type);

  perform governance_private.suspend_broken_rules(p_entity_type);

  for v_rule in select * from governance_private.running_rules(p_entity_type) loop
    v_compiled := governance_private.compile_rule(v_rule.rule);
    v_paths := v_paths || v_compiled.paths;
    v_lookups := v_lookups || v_compiled.lookups;
    v_asks := v_asks || governance_private.asks_of(v_rule.rule, v_compiled.lookups,
      governance_private.org_branch(governance_private.org_expression(p_entity_type, 'r'), v_rule.org_ids, v_rule.except_org_ids));
    v_children := v_children || array(
      select m ->> 'relation' || '.' || p from jsonb_array_elements(v_compiled.matches) as m cross join lateral jsonb_array_elements_text(m -> 'paths') as p);
    v_moments := v_moments || v_compiled.moments;
    -- Named by the rule and the place of the match in it, as evaluate finds it.
    v_counts := v_counts || array(
      select format('%L, %s', (v_rule.rule).id || (m ->> 'at'), m ->> 'counts_sql') from jsonb_array_elements(v_compiled.matches) as m);
    perform governance_private.note_columns((v_rule.rule).id, p_entity_type, v_compiled);
    v_rules := v_rules || jsonb_build_array(jsonb_build_object(
      'id', (v_rule.rule).id, 'rule_key', (v_rule.rule).rule_key, 'version', (v_rule.rule).version,
      'org_id', (v_rule.rule).org_id, 'except_orgs', to_jsonb(coalesce(v_rule.except_org_ids, '{}')),
      'kind', (v_rule.rule).kind, 'timing', (v_rule.rule).timing,
      'target_field', case when (v_rule.rule).kind = 'reference' then v_compiled.observed_paths[1] end,
      'enforcement', (v_rule.rule).enforcement, 'severity', (v_rule.rule).severity, 'status', (v_rule.rule).status,
      'applies_when', (v_rule.rule).applies_when, 'condition', (v_rule.rule).condition,
      'message', (v_rule.rule).message, 'fix', (v_rule.rule).fix));
  end loop;
  v_paths := array(select distinct p from unnest(v_paths) as p order by p);

  insert into governance_private.compiled_entities as c (entity_type, rules, classes, lookups, moments, table_signature)
  values (p_entity_type, v_rules,
    coalesce((select jsonb_object_agg(p, f.class) from unnest(v_paths) as p
              cross join lateral governance_private.resolve_field(p_entity_type, p) f), '{}'),
    coalesce((select jsonb_agg(distinct l) from jsonb_array_elements(v_lookups) as l), '[]'),
    coalesce((select jsonb_agg(distinct m) from jsonb_array_elements(v_moments) as m), '[]'),
    governance_private.table_signature(p_entity_type))
  on conflict (entity_type) do update
    set rules = excluded.rules, classes = excluded.classes, lookups = excluded.lookups,
        moments = excluded.moments, table_signature = excluded.table_signature, compiled_at = now();
  update governance.entities e set rules_version = e.rules_version + 1 where e.entity_type = p_entity_type;

  perform governance_private.generate_readers(p_entity_type, v_paths, v_counts, v_asks);
  perform governance_private.generate_normalise(p_entity_type);
  perform governance_private.refresh_unique_rules(p_entity_type);
  perform governance_private.generate_policies(p_entity_type);
  perform governance_private.generate_block(p_entity_type);
  perform governance_private.generate_write_issues(p_entity_type);
  perform governance_private.generate_scan(p_entity_type);
  perform governance_private.note_reads(p_entity_type, v_paths || v_children, v_lookups, v_rules);
  update governance.data_quality_issues i set status = 'fixed', resolution = 'data_changed'
  where i.rule_key = 'system-entity-broken' and i.entity_type = p_entity_type and i.status <> 'fixed';
end
$$;
comment on function governance_private.compile_entity(text) is 'Everything that is generated from the rules of an entity, written anew in this transaction.';
