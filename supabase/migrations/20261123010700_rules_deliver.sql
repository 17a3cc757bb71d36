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

create function governance_private.generate_readers(p_entity_type text, p_paths text[], p_counts text[]) returns void
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
    returns table (record_key text, org_id text, fields jsonb, dangling text[], counts jsonb)
    language sql stable security definer set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC' as %L$sql$,
    p_entity_type || '_deliver', format($body$
  -- Generated: the columns that the rules of %s read.
  select k.key, %s, %s, array_remove(array[%s]::text[], null), %s
  from unnest(p_keys) as k(key) join %s r on %s%s
$body$, p_entity_type, v_org, coalesce(v_fields, '''{}''::jsonb'), coalesce(v_dangling, ''), governance_private.object_sql(p_counts), v_table,
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
end
$$;
comment on function governance_private.generate_readers(text, text[], text[]) is
  'Writes the functions that read records of an entity: deliver, describe. p_counts: pairs of a name and the SQL that counts a match.';

create function governance_private.table_signature(p_entity_type text) returns text
language sql stable security invoker set search_path = ''
as $$
  select md5(string_agg(concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attgenerated, a.attidentity), ',' order by a.attnum))
  from governance.entities e join pg_catalog.pg_attribute a
    on a.attrelid = to_regclass(format('%I.%I', e.table_schema, e.table_name)) and a.attnum > 0 and not a.attisdropped
  where e.entity_type = p_entity_type
$$;
comment on function governance_private.table_signature(text) is 'Changes when a column of the table is added, dropped, renamed or retyped; null when the table is gone.';

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
    else
      perform governance_private.open_system_issue('system-rule-suspended', coalesce(v_rule.org_id, v_fixed_org_id), p_entity_type, '', 'high',
        format('The rule "%s" cannot run any more: %s.', v_rule.rule_key, v_reason), v_rule.rule_key);
    end if;
  end loop;
  update governance.data_quality_issues i set status = 'fixed', resolution = 'not_applicable'
  where i.rule_key = 'system-rule-suspended' and i.entity_type = p_entity_type and i.status <> 'fixed' and not exists (
    select from governance.data_quality_rules r
    where r.rule_key = i.discriminator and coalesce(r.org_id, v_fixed_org_id, '') = i.org_id and r.status in ('active', 'shadow') and r.suspended_reason is not null);
end
$$;
comment on function governance_private.suspend_broken_rules(text) is 'Suspends the rules of an entity that do not compile any more, with an issue each, and lets run again those that do.';

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
begin
  -- Two sessions that replace one function at once fail: one compiles at a time, all entities, because rules of one make functions of others.
  perform pg_advisory_xact_lock(hashtext('governance.compile'), 0);

  perform governance_private.suspend_broken_rules(p_entity_type);

  for v_rule in select * from governance_private.running_rules(p_entity_type) loop
    v_compiled := governance_private.compile_rule(v_rule.rule);
    v_paths := v_paths || v_compiled.paths;
    v_lookups := v_lookups || v_compiled.lookups;
    v_children := v_children || array(
      select m ->> 'relation' || '.' || p from jsonb_array_elements(v_compiled.matches) as m cross join lateral jsonb_array_elements_text(m -> 'paths') as p);
    v_moments := v_moments || v_compiled.moments;
    -- Named by the rule and the place of the match in it, as evaluate finds it.
    v_counts := v_counts || array(
      select format('%L, %s', (v_rule.rule).id || (m ->> 'at'), m ->> 'counts_sql') from jsonb_array_elements(v_compiled.matches) as m);
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

  perform governance_private.generate_readers(p_entity_type, v_paths, v_counts);
  perform governance_private.generate_normalise(p_entity_type);
  perform governance_private.refresh_unique_rules(p_entity_type);
  perform governance_private.generate_limit(p_entity_type);
  perform governance_private.generate_policies(p_entity_type);
  perform governance_private.generate_block(p_entity_type);
  perform governance_private.generate_write_issues(p_entity_type);
  perform governance_private.generate_scan(p_entity_type);
  perform governance_private.note_reads(p_entity_type, v_paths || v_children, v_lookups, v_rules);
end
$$;
comment on function governance_private.compile_entity(text) is 'Everything that is generated from the rules of an entity, written anew in this transaction.';

create function governance_private.set_entity_aside(p_entity_type text, p_reason text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Its key or its organization is gone: nothing of it can be read. It must not hold up the others, and loses nothing: resuming sweeps.
  if exists (select from governance.entities e where e.entity_type = p_entity_type and e.paused_at is null) then
    perform governance_private.set_paused(p_entity_type, true, format('its table was changed: %s', p_reason));
  end if;
  delete from governance_private.change_queue q where q.entity_type = p_entity_type;
  delete from governance_private.record_leases l where l.entity_type = p_entity_type;
  update governance.runs r set status = 'cancelled', finished_at = now() where r.entity_type = p_entity_type and r.status in ('queued', 'running');
  update governance_private.compiled_entities c set table_signature = governance_private.table_signature(p_entity_type) where c.entity_type = p_entity_type;
  perform governance_private.open_system_issue('system-entity-broken',
    (select e.fixed_org_id from governance.entities e where e.entity_type = p_entity_type), p_entity_type, '', 'critical',
    format('%s is paused, because its table was changed: %s. Register it anew, then resume it.', p_entity_type, p_reason));
end
$$;
comment on function governance_private.set_entity_aside(text, text) is 'Pauses an entity that cannot be compiled any more, with a critical issue, so that the others go on.';

create function governance_private.notice_schema_changes() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_schema text;
  v_name text;
begin
  -- No event trigger tells of somebody's migration (a non-superuser may have none), so the claim and the drain look.
  if not exists (
    select from governance.entities e left join governance_private.compiled_entities c using (entity_type)
    where c.table_signature is distinct from governance_private.table_signature(e.entity_type)
       or c.table_signature is null) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtext('governance.notice'), 0);
  for v_entity in
    select e.* from governance.entities e where governance_private.table_signature(e.entity_type) is null
  loop
    -- A renamed table still carries our triggers; one that does not exist any more carries nothing.
    select n.nspname, r.relname into v_schema, v_name
    from pg_catalog.pg_proc p join pg_catalog.pg_trigger t on t.tgfoid = p.oid
    join pg_catalog.pg_class r on r.oid = t.tgrelid join pg_catalog.pg_namespace n on n.oid = r.relnamespace
    where p.proname = v_entity.entity_type || '_500_capture_insert' and p.pronamespace = 'governance_private'::regnamespace limit 1;
    if found then
      update governance.entities e set table_schema = v_schema, table_name = v_name where e.entity_type = v_entity.entity_type;
    else
      perform governance_private.unregister_entity(v_entity.entity_type);
      perform governance_private.open_system_issue('system-entity-gone', v_entity.fixed_org_id, v_entity.entity_type, '', 'critical',
        format('The table %I.%I of %s was dropped: it is not governed any more.', v_entity.table_schema, v_entity.table_name, v_entity.entity_type));
    end if;
  end loop;
  perform governance_private.refresh_relations();
  for v_entity in select e.* from governance.entities e order by e.entity_type loop
    begin
      perform governance_private.compile_entity(v_entity.entity_type);
    exception when others then
      perform governance_private.set_entity_aside(v_entity.entity_type, sqlerrm);
    end;
  end loop;
  perform governance_private.generate_record_access();
end
$$;
comment on function governance_private.notice_schema_changes() is 'Compiles the entities anew when columns of their tables have changed; follows renamed tables, lets dropped ones go.';
