-- What: what block functions call and are made of: which rules run, whom a waiver covers, the refusal, the failure of governance itself.
-- Why: one error names every violation, and what goes wrong inside governance never passes unseen.
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

create table governance_private.hook_failures (
  id bigint generated always as identity primary key,
  entity_type text not null,
  stage text not null,
  message text not null
);
comment on table governance_private.hook_failures is 'What governance failed at inside writes that passed, until notice_failures tells. Rows are only added, so that no write waits for another that fails.';
alter table governance_private.hook_failures enable row level security;

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
  insert into governance_private.hook_failures (entity_type, stage, message) values (p_entity_type, p_stage, p_message);
  perform governance_private.ring_doorbell();
end
$$;
comment on function governance_private.report_failure(text, text, text, text) is
  'When governance itself fails inside a write: on_failure decides between letting it pass (gap in audit; then an issue and a sweep, by notice_failures) and refusing it.';

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
