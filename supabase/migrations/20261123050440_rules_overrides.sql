-- What: what an organization has different in a shared rule: its status, how it is enforced, who owns its issues.
-- Why: one rule for everybody need not bite everybody alike; and what differs must be seen and taken back.
-- Breaks a running client: no.

create function governance.rule_overrides(p_org_id text default null)
returns table (rule_id uuid, rule_key text, org_id text, entity_type text, status text, enforcement text, severity text, timing text, version integer, updated_at timestamptz,
  shared_rule_id uuid, shared_version integer, shared_status text, shared_enforcement text, differences text[])
language sql stable security invoker set search_path = ''
as $$
  select o.id, o.rule_key, o.org_id, o.entity_type, o.status, o.enforcement, o.severity, o.timing, o.version, o.updated_at, s.id, s.version, s.status, s.enforcement,
    governance_private.describe_rule_changes(governance_private.rule_definition(s) - 'org_id', governance_private.rule_definition(o) - 'org_id', s.sentence, o.sentence)
  from governance.data_quality_rules o join governance.data_quality_rules s on s.rule_key = o.rule_key and s.org_id is null
  where o.org_id is not null and (p_org_id is null or o.org_id = p_org_id)
$$;
comment on function governance.rule_overrides(text) is
  'The shared rules that an organization has a row of its own for, and in words what differs from the shared one as it is now: from what it says to what holds here.';

create function governance_private.override_faults(p_changes jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('at', '/' || k, 'message', format('"%s" cannot be overridden; a rule that judges otherwise is a rule of its own.', k)) order by k), '[]')
  from jsonb_object_keys(p_changes) as k where k not in ('status', 'enforcement', 'timing', 'severity', 'due_in', 'default_owner')
$$;

create function governance.override_rule(p_org_id text, p_rule_key text, p_changes jsonb, p_reason text default null, p_expected_version integer default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_shared governance.data_quality_rules;
  v_own_id uuid;
begin
  -- Invoker: save_rule is what saves it, with the rights of the caller.
  perform governance_private.require_role(p_org_id, 'admin', 'override a rule');
  select * into v_shared from governance.data_quality_rules r where r.rule_key = p_rule_key and r.org_id is null;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no shared rule "%s".', p_rule_key));
  elsif jsonb_typeof(p_changes) is distinct from 'object' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_changes is an object: what holds here instead.', jsonb_build_object('field', 'p_changes'));
  elsif governance_private.override_faults(p_changes) <> '[]' then
    perform governance_private.raise_error('PT422', 'rule-invalid', format('The rule "%s" cannot be overridden so.', p_rule_key),
      jsonb_build_object('rule_key', p_rule_key, 'faults', governance_private.override_faults(p_changes)), 'Override status, enforcement, timing, severity, due_in and default_owner.');
  end if;
  select r.id into v_own_id from governance.data_quality_rules r where r.rule_key = p_rule_key and r.org_id = p_org_id;
  return governance.save_rule(case when v_own_id is not null then jsonb_build_object('id', v_own_id)
    else governance_private.rule_definition(v_shared) - case when p_changes ? 'enforcement' then 'timing' else '' end || jsonb_build_object('org_id', p_org_id) end || p_changes,
    p_reason, coalesce(p_expected_version, case when v_own_id is null then 0 end));
end
$$;
comment on function governance.override_rule(text, text, jsonb, text, integer) is
  'Lets a shared rule hold otherwise in one organization: {"status", "enforcement", "timing", "severity", "due_in", "default_owner"}. It becomes a row of the organization''s own; what it judges stays as it is now. Returns what save_rule returns. For admins.';

create function governance.remove_override(p_org_id text, p_rule_key text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_shared governance.data_quality_rules;
begin
  -- Invoker: grants and policies decide. A rule that is nobody's but the organization's is no override and stays.
  perform governance_private.require_role(p_org_id, 'admin', 'take back an override');
  select * into v_shared from governance.data_quality_rules r where r.rule_key = p_rule_key and r.org_id is null;
  if found then
    delete from governance.data_quality_rules r where r.rule_key = p_rule_key and r.org_id = p_org_id;
  end if;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('The organization overrides no shared rule "%s".', p_rule_key));
  end if;
  return jsonb_build_object('rule_key', v_shared.rule_key, 'org_id', p_org_id, 'rule_id', v_shared.id, 'version', v_shared.version, 'status', v_shared.status, 'enforcement', v_shared.enforcement);
end
$$;
comment on function governance.remove_override(text, text) is 'The shared rule holds in the organization again as it is; what its own row said stays among the versions. Returns the shared rule. For admins.';
grant execute on function governance.rule_overrides(text), governance.override_rule(text, text, jsonb, text, integer), governance.remove_override(text, text),
  governance_private.override_faults(jsonb), governance_private.rule_definition(governance.data_quality_rules) to authenticated, service_role;
