-- What: issue rules with the timing write: their issues open and close in the transaction, from generated functions.
-- Why: what must be visible when the write returns cannot wait for evaluate, which then only confirms it.
-- Breaks a running client: no.

create function governance_private.write_issue_rules(p_entity_type text)
returns table (rule_id uuid, holds_sql text, compiled governance_private.compiled_rule)
language sql stable security invoker set search_path = ''
as $$
  select (x.rule).id, 'true' || governance_private.org_branch(governance_private.org_expression(p_entity_type, 'r'), x.org_ids, x.except_org_ids),
         governance_private.compile_rule(x.rule)
  from governance_private.running_rules(p_entity_type) x
  where (x.rule).enforcement = 'issue' and (x.rule).timing = 'write' and (x.rule).status = 'active'
$$;

create function governance_private.write_issues_body(p_entity_type text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- Texts of rules are concatenated and never formatted again: they hold whatever an admin wrote.
  with rules as (
    select w.rule_id, format('(%s and %s)', w.holds_sql, (w.compiled).violates_sql) as violates,
           format('(not (%s) or %s or %s)', w.holds_sql, (w.compiled).violates_sql, (w.compiled).dangling_sql) as stands,
           (w.compiled).message_sql as message, to_jsonb((w.compiled).observed_paths) as fields, (w.compiled).paths as paths,
           (select governance_private.object_sql(array_agg(format('%L, %s', p, f.projected_sql) order by p))
            from unnest((w.compiled).observed_paths) as p cross join lateral governance_private.resolve_field(p_entity_type, p) f) as observed
    from governance_private.write_issue_rules(p_entity_type) w
  ), joined as (
    select governance_private.path_joins(p_entity_type, array(select distinct p from rules r cross join unnest(r.paths) as p)) as sql,
           governance_private.key_expression(p_entity_type, 'r') as key, governance_private.org_expression(p_entity_type, 'r') as org
  )
  select '
  if exists (select from new_records r' || j.sql || ' where ' || string_agg(r.violates, ' or ' order by r.rule_id) || ') then
    select jsonb_agg(jsonb_build_object(''key'', ' || j.key || ', ''org_id'', ' || j.org || ', ''rule_id'', x.rule_id, ''fields'', x.fields,
      ''message'', x.message, ''observed'', x.observed, ''event_id'', governance_private.last_event_id(' || quote_literal(p_entity_type) || ', ' || j.key || ')))
    into v_violations from new_records r' || j.sql || ' cross join lateral (values
      ' || string_agg(format('(%s, %L::uuid, %L::jsonb, ', r.violates, r.rule_id, r.fields) || 'case when ' || r.violates || ' then ' || r.message || ' end, '
                      || 'case when ' || r.violates || ' then ' || coalesce(r.observed, '''{}''::jsonb') || ' end)', E',\n      ' order by r.rule_id)
    || ') as x(violates, rule_id, fields, message, observed) where x.violates;
    perform governance_private.open_issues(' || quote_literal(p_entity_type) || ', v_violations);
  end if;
  if exists (select from governance.data_quality_issues i where i.rule_id = any (' || quote_literal(array_agg(r.rule_id)) || '::uuid[]) and i.status <> ''fixed'') then
    update governance.data_quality_issues i
    set status = ''fixed'', resolution = governance_private.write_resolution(), last_event_id = governance_private.last_event_id(i.entity_type, i.record_key)
    from (
      select ' || j.key || ' as record_key, ' || j.org || ' as org_id, x.rule_id from new_records r' || j.sql || ' cross join lateral (values
        ' || string_agg(format('(%L::uuid, %s)', r.rule_id, r.stands), ', ' order by r.rule_id) || ') as x(rule_id, stands) where not x.stands) c
    where i.entity_type = ' || quote_literal(p_entity_type) || ' and i.record_key = c.record_key and i.rule_id = c.rule_id and i.org_id = c.org_id
      and (i.status = ''open'' or (i.status = ''ignored'' and coalesce(i.resolution, ''wont_fix'') = ''wont_fix''));
  end if;'
  from rules r cross join joined j group by j.sql, j.key, j.org
$$;

create function governance_private.write_resolution() returns text
language sql stable security invoker set search_path = ''
as $$
  select case
    when exists (select from governance_private.write_causes c where c.transaction_id = pg_current_xact_id_if_assigned() and c.cause_kind = 'fix') then 'fixed_by_rule'
    when auth.uid() is not null then 'fixed_by_person' else 'data_changed' end
$$;
comment on function governance_private.write_resolution() is 'How an issue ended that the present write has made clean.';

create function governance_private.generate_write_issues(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_ids uuid[] := array(select w.rule_id from governance_private.write_issue_rules(p_entity_type) w order by 1);
  v_event text;
  v_name text;
  v_steps text;
begin
  foreach v_event in array array['insert', 'update', 'delete'] loop
    v_name := '_600_issue_' || v_event;
    if v_ids = '{}' then
      perform governance_private.rest_hook(p_entity_type || v_name);
      continue;
    end if;
    v_steps := case when v_event <> 'delete' then governance_private.write_issues_body(p_entity_type) else format($body$
  update governance.data_quality_issues i
  set status = 'fixed', resolution = 'record_deleted', last_event_id = governance_private.last_event_id(i.entity_type, i.record_key)
  from old_records r
  where i.entity_type = %L and i.record_key = %s and i.rule_id = any (%L::uuid[]) and i.status <> 'fixed';$body$,
      p_entity_type, governance_private.key_expression(p_entity_type, 'r'), v_ids) end;
    -- The body as a literal: no dollar quote is safe around text that an admin wrote.
    execute format($sql$create or replace function governance_private.%I() returns trigger
      language plpgsql security definer set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC' as %L$sql$,
      p_entity_type || v_name, format($body$
-- Generated by governance_private.generate_write_issues from the issue rules of %1$s with timing write. Definer: as for block.
declare
  v_violations jsonb;
  v_state text;
begin$body$, p_entity_type) || v_steps || format($body$
  return null;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if governance_private.passes_hook(v_state) then
    raise;
  end if;
  perform governance_private.report_failure(%1$L, 'issue', v_state, sqlerrm);
  return null;
end
$body$, p_entity_type));
    perform governance_private.place_hook(p_entity_type, v_name, 'after ' || v_event,
      governance_private.transition_scope(case v_event when 'delete' then 'delete' else 'insert' end), p_entity_type || v_name);
  end loop;
end
$$;
comment on function governance_private.generate_write_issues(text) is 'Writes the functions that open and close issues in the transaction, or removes them when no rule asks for it.';
