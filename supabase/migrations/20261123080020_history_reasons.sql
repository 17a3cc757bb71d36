-- What: why a write was allowed, or refused through the API: the rules, waivers and policies that were in force then.
-- Why: months later nobody remembers which version of a rule stood; the versions do.
-- Breaks a running client: no.

create function governance_private.rules_at(p_entity_type text, p_org_id text, p_at timestamptz)
returns table (rule_id uuid, rule_key text, version integer, org_id text, enforcement text, timing text, status text, severity text, sentence text, message text, changed_at timestamptz, is_deleted boolean)
language sql stable security invoker set search_path = ''
as $$
  -- Invoker: the versions that the caller may see. An organization's own rule stands in for the shared one with its key.
  with versions as (
    select distinct on (v.rule_id) v.* from governance.data_quality_rule_versions v
    where v.definition ->> 'entity_type' = p_entity_type and (v.org_id is null or v.org_id = p_org_id) and v.changed_at <= p_at
    order by v.rule_id, v.version desc
  )
  select v.rule_id, v.rule_key, v.version, v.org_id, v.definition ->> 'enforcement', v.definition ->> 'timing', v.definition ->> 'status', v.definition ->> 'severity',
         v.sentence, v.definition ->> 'message', v.changed_at, not exists (select from governance.data_quality_rules r where r.id = v.rule_id)
  from versions v
  where v.definition ->> 'status' in ('active', 'shadow')
    and (v.org_id is not null or not exists (select from versions o where o.rule_key = v.rule_key and o.org_id = p_org_id))
  order by v.rule_key
$$;
comment on function governance_private.rules_at(text, text, timestamptz) is
  'The rules of an entity that ran at a moment, in the version of then. is_deleted: the rule is gone by now, and perhaps was already.';

create function governance_private.policies_at(p_entity_type text, p_org_id text, p_operation text, p_fields text[], p_at timestamptz)
returns table (policy_key text, version integer, mode text, sentence text, guarded_fields jsonb, holds_for_fixes boolean)
language sql stable security invoker set search_path = ''
as $$
  with versions as (
    select distinct on (v.policy_id) v.* from governance.change_policy_versions v
    where v.definition ->> 'entity_type' = p_entity_type and (v.org_id is null or v.org_id = p_org_id) and v.changed_at <= p_at
    order by v.policy_id, v.version desc
  )
  select v.policy_key, v.version, v.definition ->> 'mode', v.sentence, v.definition -> 'guarded_fields', (v.definition ->> 'holds_for_fixes')::boolean
  from versions v
  where v.definition ->> 'status' = 'active' and (p_operation is null or v.definition -> 'operations' ? p_operation)
    and (coalesce(v.definition -> 'guarded_fields', '[]') = '[]' or v.definition -> 'guarded_fields' ?| p_fields)
    and (v.org_id is not null or not exists (select from versions o where o.policy_key = v.policy_key and o.org_id = p_org_id))
  order by v.policy_key
$$;
comment on function governance_private.policies_at(text, text, text, text[], timestamptz) is 'The change policies that looked at a write of these fields at a moment, in the version of then.';

create function governance_private.waivers_at(p_entity_type text, p_org_id text, p_record_key text, p_source text, p_actor uuid, p_at timestamptz)
returns table (waiver_id uuid, rule_key text, scope text, reason text, granted_by uuid, expires_at timestamptz)
language sql stable security invoker set search_path = ''
as $$
  select w.id, w.rule_key, w.scope, w.reason, w.granted_by, w.expires_at from governance.waivers w
  where w.org_id = p_org_id and w.entity_type = p_entity_type and w.granted_at <= p_at and w.expires_at > p_at and coalesce(w.revoked_at > p_at, true)
    and case w.scope when 'record' then w.record_key = p_record_key when 'source' then w.source_key = p_source when 'actor' then w.actor = p_actor else true end
  order by w.rule_key, w.granted_at
$$;
comment on function governance_private.waivers_at(text, text, text, text, uuid, timestamptz) is 'The waivers that covered a write at a moment.';

create function governance.explain_write(p_event_id bigint) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_event governance.audit_trail;
  v_rules jsonb;
  v_waivers jsonb;
  v_policies jsonb;
  v_cause text;
begin
  select * into v_event from governance.audit_trail e where e.id = p_event_id;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no event "%s" that you can see.', p_event_id));
  end if;
  select coalesce(jsonb_agg(to_jsonb(w)), '[]') into v_waivers
  from governance_private.waivers_at(v_event.entity_type, v_event.org_id, v_event.record_key, v_event.source, v_event.actor, v_event.occurred_at) w;
  -- What evaluation found afterwards stands in the issues.
  select coalesce(jsonb_agg(to_jsonb(r) || jsonb_build_object('outcome', case
      when exists (select from jsonb_array_elements(v_waivers) as w where w ->> 'rule_key' = r.rule_key) then 'waived'
      when r.status = 'shadow' then 'counted'
      when exists (select from jsonb_array_elements(v_event.cause -> 'rules') as c where c ->> 'rule_key' = r.rule_key) then 'corrected'
      when r.enforcement = 'block' then case when v_event.operation = 'delete' then 'not judged' else 'satisfied' end
      when exists (select from governance.data_quality_issues i where i.entity_type = v_event.entity_type and i.record_key = v_event.record_key
                   and i.rule_key = r.rule_key and i.last_event_id = v_event.id) then 'opened an issue'
      else 'judged afterwards' end)), '[]')
  into v_rules from governance_private.rules_at(v_event.entity_type, v_event.org_id, v_event.occurred_at) r;
  select coalesce(jsonb_agg(to_jsonb(p)), '[]') into v_policies
  from governance_private.policies_at(v_event.entity_type, v_event.org_id, v_event.operation, governance_private.changed_fields(v_event.before, v_event.after), v_event.occurred_at) p;
  v_cause := case v_event.cause_kind when 'fix' then 'a rule corrected the record' when 'suggestion' then 'somebody accepted what a rule suggested'
    when 'undo' then 'somebody took back what was done' when 'change_request' then 'an approved change request was committed'
    when 'import' then 'an import wrote it' when 'import_undo' then 'an import was taken back' when 'sync' then 'a source sent it'
    else case v_event.source when 'person' then 'a person wrote it' when 'sql' then 'a database role wrote it' else format('the source "%s" wrote it', v_event.source) end end;
  return jsonb_build_object('event', to_jsonb(v_event), 'rules', v_rules, 'waivers', v_waivers, 'policies', v_policies, 'sentence',
    format('Allowed: %s; %s block rules were satisfied, %s waived; %s change policies looked at these fields.', v_cause,
      (select count(*) from jsonb_array_elements(v_rules) as r where r ->> 'enforcement' = 'block' and r ->> 'outcome' = 'satisfied'),
      (select count(*) from jsonb_array_elements(v_rules) as r where r ->> 'enforcement' = 'block' and r ->> 'outcome' = 'waived'), jsonb_array_length(v_policies)));
end
$$;
comment on function governance.explain_write(bigint) is
  'Why a write was allowed: its cause, and the rules, waivers and change policies in force then, each in the version of then, with what it said.';

create function governance.explain_refusal(p_refusal_id bigint) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_refusal governance.refused_writes;
  v_version governance.data_quality_rule_versions;
  v_waivers jsonb;
begin
  select * into v_refusal from governance.refused_writes w where w.id = p_refusal_id;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no refusal "%s" that you can see.', p_refusal_id));
  end if;
  select v.* into v_version from governance.data_quality_rule_versions v
  where v.rule_key = v_refusal.rule_key and v.version = v_refusal.rule_version and (v.org_id = v_refusal.org_id or v.org_id is null)
  order by v.org_id nulls last, v.changed_at desc limit 1;
  select coalesce(jsonb_agg(to_jsonb(w)), '[]') into v_waivers
  from governance_private.waivers_at(v_refusal.entity_type, v_refusal.org_id, null, v_refusal.source, v_refusal.actor, v_refusal.occurred_at) w;
  return jsonb_build_object('refusal', to_jsonb(v_refusal),
    'rule', jsonb_build_object('rule_key', v_refusal.rule_key, 'version', v_refusal.rule_version, 'sentence', v_version.sentence,
      'message', v_version.definition -> 'message', 'severity', v_version.definition -> 'severity', 'changed_at', v_version.changed_at, 'changed_by', v_version.changed_by),
    'rules', (select coalesce(jsonb_agg(to_jsonb(r)), '[]') from governance_private.rules_at(v_refusal.entity_type, v_refusal.org_id, v_refusal.occurred_at) r where r.enforcement = 'block'),
    'waivers', v_waivers, 'sentence', format('Refused: %s of the call broke the rule "%s" (version %s): %s',
      case when v_refusal.records = 1 then 'one record' else v_refusal.records || ' records' end, v_refusal.rule_key, v_refusal.rule_version, coalesce(v_version.sentence, 'its text is not kept.')));
end
$$;
comment on function governance.explain_refusal(bigint) is 'Why a call of the API was refused: the rule in the version of then, and the waivers in force. For stewards.';

grant execute on function governance_private.rules_at(text, text, timestamptz), governance_private.policies_at(text, text, text, text[], timestamptz),
  governance_private.waivers_at(text, text, text, text, uuid, timestamptz), governance.explain_write(bigint), governance.explain_refusal(bigint) to authenticated, service_role;
