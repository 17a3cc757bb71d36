-- What: saving a rule from its definition: a new one, or changes of one in the version that its author has seen.
-- Why: of two people who change one rule, the second must be told, and a new rule must not overwrite another.
-- Breaks a running client: no.

create function governance_private.find_rule(p_rule jsonb, p_expected_version integer) returns governance.data_quality_rules
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_saved governance.data_quality_rules;
begin
  -- Invoker: the rule that is meant, as the caller sees it; null for a new one.
  if jsonb_typeof(p_rule) is distinct from 'object' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_rule is an object: the definition of a rule, or {"id": …} with changes.');
  end if;
  select * into v_saved from governance.data_quality_rules r
  where r.id::text = p_rule ->> 'id' or (not p_rule ? 'id' and r.rule_key = p_rule ->> 'rule_key' and r.org_id is not distinct from p_rule ->> 'org_id');
  if v_saved.id is null and (p_rule ? 'id' or p_expected_version > 0) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no rule "%s" that you can see.', coalesce(p_rule ->> 'id', p_rule ->> 'rule_key')));
  end if;
  perform governance_private.refuse_version(v_saved, p_expected_version);
  return v_saved;
end
$$;
comment on function governance_private.find_rule(jsonb, integer) is 'The saved rule that a definition means, or null for a new one; refuses another version than the expected one.';

create function governance_private.refuse_version(p_saved governance.data_quality_rules, p_expected_version integer) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if p_saved.id is null or p_expected_version = p_saved.version or p_expected_version is null then
    return;
  elsif p_expected_version = 0 then
    perform governance_private.raise_error('PT409', 'rule-exists', format('There is a rule "%s" already; nothing was saved.', p_saved.rule_key),
      jsonb_build_object('rule_key', p_saved.rule_key, 'id', p_saved.id, 'version', p_saved.version), 'Choose another rule_key, or change the rule that there is.');
  end if;
  perform governance_private.raise_error('PT409', 'stale', format('The rule "%s" is at version %s by now, not at %s; nothing was saved.', p_saved.rule_key, p_saved.version, p_expected_version),
    jsonb_build_object('rule_key', p_saved.rule_key, 'id', p_saved.id, 'version', p_saved.version, 'expected_version', p_expected_version), 'Read the rule again and decide anew.');
end
$$;

create function governance_private.add_rule(p_new governance.data_quality_rules) returns governance.data_quality_rules
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_saved governance.data_quality_rules;
begin
  insert into governance.data_quality_rules as r (rule_key, org_id, entity_type, kind, dimension, severity, enforcement, timing, status, applies_when, condition, message, description, fix, due_in, default_owner)
  values (p_new.rule_key, p_new.org_id, p_new.entity_type, p_new.kind, p_new.dimension, p_new.severity, p_new.enforcement, p_new.timing,
    coalesce(p_new.status, 'draft'), nullif(p_new.applies_when, 'null'), nullif(p_new.condition, 'null'), p_new.message, p_new.description, nullif(p_new.fix, 'null'), p_new.due_in, p_new.default_owner)
  -- Somebody else may save the same key at this moment.
  on conflict on constraint a_rule_key_stands_once_per_organization do nothing
  returning r.* into v_saved;
  if v_saved.id is null then
    select * into v_saved from governance.data_quality_rules r where r.rule_key = p_new.rule_key and r.org_id is not distinct from p_new.org_id;
    perform governance_private.refuse_version(v_saved, 0);
  end if;
  return v_saved;
end
$$;

create function governance_private.change_rule(p_saved governance.data_quality_rules, p_new governance.data_quality_rules) returns governance.data_quality_rules
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_changed governance.data_quality_rules;
begin
  -- What the caller leaves out stays as it was read: so nobody may have changed it since.
  update governance.data_quality_rules r
  set dimension = p_new.dimension, severity = p_new.severity, enforcement = p_new.enforcement, timing = p_new.timing, status = p_new.status,
      applies_when = nullif(p_new.applies_when, 'null'), condition = nullif(p_new.condition, 'null'), message = p_new.message, description = p_new.description,
      fix = nullif(p_new.fix, 'null'), due_in = p_new.due_in, default_owner = p_new.default_owner
  where r.id = p_saved.id and r.version = p_saved.version returning r.* into v_changed;
  if not found then
    select * into v_changed from governance.data_quality_rules r where r.id = p_saved.id;
    perform governance_private.refuse_version(v_changed, p_saved.version);
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot change the rule "%s": that takes an admin of its organization.', p_saved.rule_key));
  end if;
  return v_changed;
end
$$;

create function governance.save_rule(p_rule jsonb, p_reason text default null, p_expected_version integer default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_saved governance.data_quality_rules := governance_private.find_rule(p_rule, p_expected_version);
  v_new governance.data_quality_rules := governance_private.read_definition(p_rule, v_saved, true);
begin
  -- Invoker: grants and policies decide who may; the triggers check as for any editor. With a reason, what would be refused for lack of sense is saved.
  perform governance_private.begin_rule_change(p_reason, coalesce(btrim(p_reason), '') <> '');
  v_saved := case when v_saved.id is null then governance_private.add_rule(v_new) else governance_private.change_rule(v_saved, v_new) end;
  perform governance_private.end_rule_change();
  return jsonb_build_object('id', v_saved.id, 'rule_key', v_saved.rule_key, 'version', v_saved.version, 'status', v_saved.status, 'sentence', v_saved.sentence,
    'warnings', case when v_saved.status = 'deprecated' then '[]' else governance_private.check_rule(jsonb_build_object('id', v_saved.id)) -> 'warnings' end);
end
$$;
comment on function governance.save_rule(jsonb, text, integer) is
  'Saves a rule: a new one, or changes of the one with its id, or with its rule_key in its organization. Returns its id, version, sentence and warnings. p_reason: why it is saved although most records violate it or evidence is missing; it stays in its history. p_expected_version: the version that the caller has seen, 0 for a rule that must be new; another is refused. For admins.';
grant execute on function governance.save_rule(jsonb, text, integer), governance_private.find_rule(jsonb, integer), governance_private.refuse_version(governance.data_quality_rules, integer),
  governance_private.add_rule(governance.data_quality_rules), governance_private.change_rule(governance.data_quality_rules, governance.data_quality_rules) to authenticated, service_role;
