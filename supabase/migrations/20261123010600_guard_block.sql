-- What: all block rules of an entity as one generated function per event, over the transition tables.
-- Why: one scan judges every rule on what is stored; one error names every violation.
-- Breaks a running client: no.

create function governance_private.running_rules(p_entity_type text)
returns table (rule governance.data_quality_rules, org_ids text[], except_org_ids text[])
language sql stable security invoker set search_path = ''
as $$
  -- An organization's own row stands in for the shared one with the same key, whatever its status.
  select r, case when r.org_id is not null then array[r.org_id] end,
         case when r.org_id is null then array(
           select o.org_id from governance.data_quality_rules o where o.rule_key = r.rule_key and o.org_id is not null order by 1) end
  from governance.data_quality_rules r
  where r.entity_type = p_entity_type and r.status in ('active', 'shadow') and r.suspended_reason is null
  order by r.rule_key, r.org_id
$$;
comment on function governance_private.running_rules(text) is 'The rules of an entity that run, each with the organizations that it holds for or does not hold for.';

create function governance_private.org_branch(p_org_sql text, p_org_ids text[], p_except text[]) returns text
language sql immutable security invoker
return case
  when p_org_ids is not null then format(' and %s = any (%L::text[])', p_org_sql, p_org_ids)
  when cardinality(p_except) > 0 then format(' and %s <> all (%L::text[])', p_org_sql, p_except)
  else '' end;

create function governance_private.report_failure(p_entity_type text, p_stage text, p_state text, p_message text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_on_failure text;
  v_last record;
  v_org_id text;
begin
  -- Definer: called by generated functions when governance itself fails inside somebody's write.
  select e.on_failure, e.fixed_org_id into v_on_failure, v_org_id from governance.entities e where e.entity_type = p_entity_type;
  if v_on_failure = 'closed' then
    perform governance_private.raise_error('PT503', 'governance-failed',
      format('Not saved: the checks of %s could not run (%s), and this entity refuses unchecked writes.', p_entity_type, p_message),
      jsonb_build_object('entity_type', p_entity_type, 'stage', p_stage, 'sqlstate', p_state),
      'An administrator can repair the rule, or let writes pass with on_failure = open.');
  end if;
  -- Row triggers fail once a row: the first says it for the transaction.
  select a.transaction_id, a.after ->> 'stage' as stage into v_last
  from governance.audit_events a where a.entity_type = p_entity_type and a.record_key = '' order by a.id desc limit 1;
  if v_last.transaction_id = pg_current_xact_id()::text and v_last.stage = p_stage then
    return;
  end if;
  insert into governance.audit_events (org_id, entity_type, operation, after, db_role, source)
  values (coalesce(v_org_id, ''), p_entity_type, 'gap', jsonb_build_object('stage', p_stage, 'sqlstate', p_state, 'message', p_message),
          governance_private.writer_role(), governance_private.writer_source(v_org_id));
  -- A column that its rules read is gone: that is the one issue, and drain will find the same.
  if exists (
    select from governance_private.lost_columns(p_entity_type) l
    where exists (select from governance.data_quality_rules r where r.id = any (l.rule_ids) and r.entity_type = p_entity_type)) then
    perform governance_private.note_lost_columns(p_entity_type);
  elsif governance_private.missing_columns(p_entity_type) is not null then
    perform governance_private.note_broken_entity(p_entity_type);
  else
    perform governance_private.open_system_issue('system-governance-failed', v_org_id, p_entity_type, '', 'critical',
      format('The %s step of %s failed inside a write, which passed unchecked: %s. A sweep is queued.', p_stage, p_entity_type, p_message));
  end if;
  perform governance_private.queue_sweep(p_entity_type, 'governance failed', true);
end
$$;
comment on function governance_private.report_failure(text, text, text, text) is
  'When governance itself fails inside a write: on_failure decides between letting it pass (issue, gap in audit, sweep) and refusing it.';

create function governance_private.refuse_write(p_entity_type text, p_violations jsonb, p_records bigint, p_rule_ids uuid[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_messages text[];
begin
  -- p_violations: [{"record_key", "rule_key", "rule_version", "severity", "fields", "message"}, …] of at most 100 records.
  perform governance_private.count_refusals(p_rule_ids);
  select array_agg(m order by n) into v_messages from (
    select v ->> 'message' as m, min(n) as n from jsonb_array_elements(p_violations) with ordinality as x(v, n) group by 1 order by 2 limit 5) d;
  perform governance_private.raise_error('PT422', 'blocked',
    format('Not saved: %s', array_to_string(v_messages, ' ')),
    jsonb_build_object('entity_type', p_entity_type, 'records', p_records, 'violations', p_violations,
      'rules', (select jsonb_agg(distinct v ->> 'rule_key') from jsonb_array_elements(p_violations) as v)),
    'Correct the fields named and save again; nothing of this write was stored.');
end
$$;
comment on function governance_private.refuse_write(text, jsonb, bigint, uuid[]) is 'The one error of a blocked write: every violated rule, up to 100 records.';

create function governance_private.group_message(p_entity_type text, p_rule governance.data_quality_rules, p_key_sql text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text. Taken apart before values are put in, so that no value can be read as the placeholder.
  select string_agg(format('(%s)', governance_private.compile_message(p_entity_type, m.part, true)),
    format(' || (select count(*) + 1 from governance_private.unique_keys u where u.rule_id = %L and u.key = %s and u.record_key <> %s)::text || ',
      p_rule.id, p_key_sql, governance_private.key_expression(p_entity_type, 'r')) order by m.n)
  from regexp_split_to_table(p_rule.message, '\{group_size\}') with ordinality as m(part, n)
$$;
comment on function governance_private.group_message(text, governance.data_quality_rules, text) is
  'SQL text: the message of a unique rule in the write, with how many records would share the key.';

create function governance_private.waived_sql(p_row text, p_at_write boolean) returns text
language sql immutable security invoker
return format($sql$exists (select from governance.waivers w
      where w.org_id = %1$s.org_id and w.rule_key = %1$s.rule_key and w.revoked_at is null and w.expires_at > now()
        and (w.scope = 'rule' or (w.scope = 'record' and w.record_key = %1$s.record_key)%2$s))$sql$, p_row,
  case when p_at_write then format(' or w.scope = ''organization'' or (w.scope = ''source'' and w.source_key = coalesce(v_sources ->> %s.org_id, v_source)) or (w.scope = ''actor'' and w.actor = v_actor)', p_row) else '' end);
comment on function governance_private.waived_sql(text, boolean) is
  'SQL text: a waiver in force covers a row of org_id, rule_key and record_key; at_write: those for a source, an actor or an organization as well.';

create function governance_private.fresh_violations_sql(p_event text, p_has_shadow boolean) returns text
language sql immutable security invoker
return format($sql$fresh as (
    select v.*, dense_rank() over (partition by v.is_shadow order by v.record_key) as place from violations v
    where not %s%s
  )
  select count(distinct f.record_key) filter (where not f.is_shadow),
         jsonb_agg(jsonb_build_object('record_key', f.record_key, 'rule_key', f.rule_key, 'rule_version', f.rule_version,
           'severity', f.severity, 'fields', f.fields, 'message', f.message) order by f.place, f.rule_key) filter (where f.place <= 100 and not f.is_shadow),
         array_agg(distinct f.rule_id) filter (where not f.is_shadow), %s
  into v_records, v_violations, v_rules, v_shadow from fresh f;$sql$,
  governance_private.waived_sql('v', true),
  -- A record that violated the rule before this write stays editable.
  case when p_event = 'update' then ' and (v.record_key, v.rule_key) not in (select p.record_key, p.rule_key from prior p)' else '' end,
  case when p_has_shadow then $sql$(select jsonb_agg(to_jsonb(s)) from (
           select h.rule_id, h.rule_key, h.rule_version, h.org_id, count(*) as hits,
                  (array_agg(jsonb_build_object('record_key', h.record_key, 'message', h.message) order by h.record_key))[1:20] as samples
           from fresh h where h.is_shadow group by 1, 2, 3, 4) s)$sql$ else 'null' end);
comment on function governance_private.fresh_violations_sql(text, boolean) is 'SQL text: what of the violations is to be refused, and what shadow rules would have refused.';

create function governance_private.plan_anew_sql(p_event text) returns text
language sql immutable security invoker
return format($sql$
  -- A plan made for 50,000 rows would be kept for the next single one, and scan all keys (60 ms); planning for each single one costs it a
  -- millisecond. The function's own setting ends with it.
  if (select count(*) from %s) > 200 then
    perform set_config('plan_cache_mode', 'force_custom_plan', true);
  end if;$sql$, case p_event when 'delete' then 'old_records' else 'new_records' end);
comment on function governance_private.plan_anew_sql(text) is
  'PL/pgSQL text: plans of a function that sets plan_cache_mode = force_generic_plan are kept from small statements only; many rows are planned for themselves.';

create function governance_private.generate_block(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_key text := governance_private.key_expression(p_entity_type, 'r');
  v_org text := governance_private.org_expression(p_entity_type, 'r');
  v_tests text[] := '{}';
  v_values text[] := '{}';
  v_prior_values text[] := '{}';
  v_paths text[] := '{}';
  v_rule record;
  v_compiled governance_private.compiled_rule;
  v_violates text;
  v_joins text;
  v_scan text[];
  v_event text;
  v_prior text;
  v_keep_keys text;
  v_unique uuid[] := array(select u.rule_id from governance_private.unique_rules u where u.entity_type = p_entity_type order by 1);
  v_judge text;
  v_body text;
  v_has_shadow boolean := false;
  v_is_shadow boolean;
begin
  for v_rule in
    select * from governance_private.running_rules(p_entity_type) x where (x.rule).enforcement = 'block'
  loop
    v_is_shadow := (v_rule.rule).status = 'shadow';
    v_has_shadow := v_has_shadow or v_is_shadow;
    v_compiled := governance_private.compile_rule(v_rule.rule);
    if (v_rule.rule).kind = 'unique' then
      -- The keys of a shadow rule are kept, too, but nobody is kept from sharing one.
      v_violates := format('(v_refused ? (%L || %s))', (v_rule.rule).id, v_key);
      v_compiled.message_sql := governance_private.group_message(p_entity_type, v_rule.rule, v_compiled.key_sql);
    else
      v_compiled.message_sql := governance_private.compile_message(p_entity_type, (v_rule.rule).message, true);
      v_violates := format('(%s%s)', v_compiled.violates_sql, governance_private.org_branch(v_org, v_rule.org_ids, v_rule.except_org_ids));
    end if;
    v_tests := v_tests || v_violates;
    -- Whoever held a key before holds it still: a unique rule has nothing to forgive.
    v_prior_values := v_prior_values || format('(%s, %L)', case when (v_rule.rule).kind = 'unique' then 'false' else v_violates end, (v_rule.rule).rule_key);
    v_values := v_values || format('(%s, %L::uuid, %L::boolean, %L, %s, %L, %L::jsonb, %s)', v_violates, (v_rule.rule).id, v_is_shadow, (v_rule.rule).rule_key,
      (v_rule.rule).version, (v_rule.rule).severity, to_jsonb(v_compiled.condition_paths), v_compiled.message_sql);
    if not v_is_shadow then
      perform governance_private.make_refusal_counter((v_rule.rule).rule_key, (v_rule.rule).org_id);
    end if;
    v_paths := v_paths || v_compiled.paths;
  end loop;

  foreach v_event in array array['insert', 'update', 'delete'] loop
    if governance_private.keep_keys_body(p_entity_type, v_event) = '' and (v_event = 'delete' or v_values = '{}') then
      perform governance_private.drop_hook('_300_block_' || v_event, p_entity_type || '_300_block_' || v_event);
    end if;
  end loop;

  v_joins := governance_private.path_joins(p_entity_type, v_paths);
  -- In two halves around the table, and never formatted again: messages and patterns hold whatever an admin wrote.
  v_scan := array[
    format('select %s as record_key, %s as org_id, x.rule_id, x.is_shadow, x.rule_key, x.rule_version, x.severity, x.fields, x.message from ', v_key, v_org),
    format($sql$ r%s cross join lateral (values
      %s) as x(violates, rule_id, is_shadow, rule_key, rule_version, severity, fields, message)
    where x.violates$sql$, v_joins, array_to_string(v_values, E',\n      '))];

  foreach v_event in array array['insert', 'update', 'delete'] loop
    v_keep_keys := governance_private.keep_keys_body(p_entity_type, v_event);
    continue when v_keep_keys = '' and (v_event = 'delete' or v_values = '{}');
    v_prior := case when v_event = 'update'
      -- A record that violated the rule before this write stays editable.
      then format(E',\n  prior as (\n    select %s as record_key, x.rule_key from old_records r%s cross join lateral (values\n      %s) as x(violates, rule_key)\n    where x.violates\n  )',
        v_key, v_joins, array_to_string(v_prior_values, E',\n      ')) else '' end;
    v_judge := case when v_event = 'delete' or v_values = '{}' then '' else format($body$
  -- One test of everything: an aggregate a rule would cost a single row a third more.
  if not exists (select from new_records r%4$s where %3$s) then
    return null;
  end if;
  v_source := governance_private.writer_source(null);
  v_sources := governance_private.writer_sources();
  v_actor := auth.uid();
  with violations as (
    %5$s
  )%6$s, %7$s
  if v_records > 0 then
    perform governance_private.refuse_write(%2$L, v_violations, v_records, v_rules);
  end if;%8$s$body$,
      p_entity_type || '_300_block_' || v_event, p_entity_type, array_to_string(v_tests, E'\n    or '), v_joins,
      v_scan[1] || 'new_records' || v_scan[2], v_prior, governance_private.fresh_violations_sql(v_event, v_has_shadow),
      case when v_has_shadow then format(E'\n  if v_shadow is not null then\n    perform governance_private.note_shadow_writes(%L, v_shadow);\n  end if;', p_entity_type) else '' end) end;
    -- Texts of rules are only ever concatenated.
    v_body := format($body$
-- Generated by governance_private.generate_block from the block and unique rules of %1$s. Definer: a verdict must not depend on what RLS hides.
declare
  v_records bigint;
  v_violations jsonb;
  v_rules uuid[];
  v_shadow jsonb;
  v_source text;
  v_sources jsonb;
  v_actor uuid;
  v_state text;%2$s
begin$body$, p_entity_type, case when v_unique <> '{}' then format(E'\n  v_refused jsonb := \'{}\';\n  v_unique constant uuid[] := %L;', v_unique) else '' end)
      || case when v_keep_keys || v_joins = '' then '' else governance_private.plan_anew_sql(v_event) end || v_keep_keys || v_judge || format($body$
  return null;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if v_state ~ '^(PT|40|53|55|57|58|08)' then
    raise;
  end if;
  perform governance_private.rebuild_keys(%1$L);
  perform governance_private.report_failure(%1$L, 'block', v_state, sqlerrm);
  return null;
end
$body$, p_entity_type);
    -- The body as a literal: no dollar quote is safe around text that an admin wrote.
    execute format($sql$create or replace function governance_private.%I() returns trigger
      language plpgsql security definer set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'%s as %L$sql$,
      p_entity_type || '_300_block_' || v_event,
      case when v_keep_keys || v_joins = '' then '' else ' set plan_cache_mode = force_generic_plan' end, v_body);
    perform governance_private.place_hook(p_entity_type, '_300_block_' || v_event, 'after ' || v_event,
      governance_private.transition_scope(v_event), p_entity_type || '_300_block_' || v_event);
  end loop;
end
$$;
comment on function governance_private.generate_block(text) is 'Writes the block functions of an entity anew from its active block rules, or removes them when there are none.';
