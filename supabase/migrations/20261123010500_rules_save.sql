-- What: what saving a rule does, from anywhere: check, version, compile, sweep; what retiring one does.
-- Why: Studio's table editor, SQL and REST must all meet the same refusal.
-- Breaks a running client: no.

create function governance_private.compile_alone() returns void
language sql volatile security invoker set search_path = ''
as $$
  -- Two sessions that replace one function at once fail: one compiles at a time, all entities, because rules of one make functions of others.
  -- Taken before anything else that compiling locks, rules and entities, so that whoever waits for it holds up nobody.
  select pg_advisory_xact_lock(hashtext('governance.compile'), 0)
$$;
comment on function governance_private.compile_alone() is 'Until the end of the transaction nobody else changes rules or compiles them.';

create function governance_private.prepare_rule() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  v_compiled governance_private.compiled_rule;
  v_replaced governance.data_quality_rules;
begin
  -- Definer: the compiler reads the catalog and the registry for whoever saves.
  if new.timing is null then
    new.timing := case when new.enforcement = 'block' then 'write' else 'async' end;
  end if;
  if tg_op = 'UPDATE' then
    if (new.rule_key, new.org_id, new.entity_type) is distinct from (old.rule_key, old.org_id, old.entity_type) then
      perform governance_private.raise_error('PT422', 'rule-invalid',
        format('You cannot rename the rule "%s" or move it: make a new one and retire this.', old.rule_key),
        jsonb_build_object('rule_key', old.rule_key));
    end if;
    new.version := old.version;
    if governance_private.rule_definition(new) is not distinct from governance_private.rule_definition(old) then
      return new;
    end if;
    if not governance_private.only_shadows(old, new) then
      perform governance_private.require_role(old.org_id, 'admin', format('change the rule "%s" so', old.rule_key));
    end if;
    perform governance_private.refuse_demotion(old, new);
    new.version := old.version + 1;
    new.updated_at := now();
  else
    -- An organization's own row takes the place of the shared one, as far as it goes there.
    select * into v_replaced from governance.data_quality_rules r where r.rule_key = new.rule_key and r.org_id is null and new.org_id is not null;
    if found then
      perform governance_private.refuse_demotion(v_replaced, new);
      v_replaced.org_id := new.org_id;
    end if;
    new.version := 1;
  end if;
  -- A rule that will not run need not be able to: one whose column is gone can still be retired.
  if new.status = 'deprecated' then
    return new;
  end if;
  v_compiled := governance_private.compile_rule(new);
  if v_compiled.faults <> '[]' then
    perform governance_private.raise_error('PT422', 'rule-invalid',
      format('The rule "%s" cannot be saved: %s', new.rule_key,
        (select string_agg(f ->> 'message', '; ') from jsonb_array_elements(v_compiled.faults) as f)),
      jsonb_build_object('rule_key', new.rule_key, 'faults', v_compiled.faults), 'Correct every fault named and save again.');
  end if;
  if tg_op = 'UPDATE' then
    perform governance_private.check_promotion(old, new);
  elsif v_replaced.id is not null then
    perform governance_private.check_promotion(v_replaced, new);
  end if;
  if governance_private.begins_to_bite(case when tg_op = 'UPDATE' then old end, new) then
    perform governance_private.refuse_harsh_block(new, v_compiled);
  end if;
  new.sentence := v_compiled.sentence;
  new.reads := v_compiled.paths;
  new.suspended_reason := null;
  return new;
end
$$;

create function governance_private.rule_definition(p_rule governance.data_quality_rules) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select to_jsonb(p_rule) - array['id', 'version', 'sentence', 'reads', 'suspended_reason', 'created_by', 'created_at', 'updated_at']
$$;
comment on function governance_private.rule_definition(governance.data_quality_rules) is 'What a person decides about a rule: a change of it makes a version.';

create function governance_private.begins_to_bite(p_old governance.data_quality_rules, p_new governance.data_quality_rules) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select p_new.status = 'active' and p_new.enforcement = 'block' and (p_old.id is null or p_old.status <> 'active' or p_old.enforcement <> 'block'
    or (p_new.condition, p_new.applies_when) is distinct from (p_old.condition, p_old.applies_when))
$$;
comment on function governance_private.begins_to_bite(governance.data_quality_rules, governance.data_quality_rules) is 'Whether a rule blocks from now on what it did not block before.';

create function governance_private.only_shadows(p_old governance.data_quality_rules, p_new governance.data_quality_rules) returns boolean
language sql stable security invoker set search_path = ''
as $$
  -- Into shadow; and out of it to what the rule was before, unless somebody has changed it in the shadow: that is an admin's to promote.
  select governance_private.rule_definition(p_new) - 'status' = governance_private.rule_definition(p_old) - 'status'
     and (p_new.status = 'shadow' and p_old.status in ('draft', 'active')
       or p_old.status = 'shadow' and governance_private.rule_definition(p_new) = (
            select v.definition from governance.data_quality_rule_versions v
            where v.rule_id = p_old.id and v.definition ->> 'status' <> 'shadow' order by v.version desc limit 1))
$$;
comment on function governance_private.only_shadows(governance.data_quality_rules, governance.data_quality_rules) is
  'Whether a change does no more than a steward may: put a rule into shadow, or back to what it was.';

create function governance_private.keep_critical_rule() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_then governance.data_quality_rules;
begin
  -- Definer: reads the shared rule for whoever deletes. Without its own row an organization has the shared rule; an organization that goes takes its rows along.
  if old.org_id is null or exists (select from governance.organizations o where o.org_id = old.org_id) then
    select * into v_then from governance.data_quality_rules r where r.rule_key = old.rule_key and r.org_id is null and old.org_id is not null;
    if not found then
      v_then := old;
      v_then.status := 'deprecated';
    end if;
    perform governance_private.refuse_demotion(old, v_then);
  end if;
  return old;
end
$$;

create function governance_private.record_rule_versions() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: the versions are append-only for everybody.
  insert into governance.data_quality_rule_versions (rule_id, version, rule_key, org_id, definition, sentence, changed_by, changed_role, reason, is_imported)
  select r.id, r.version, r.rule_key, r.org_id, governance_private.rule_definition(r), r.sentence, auth.uid(), governance_private.writer_role(),
         (governance_private.rule_change_note()).reason, coalesce((governance_private.rule_change_note()).is_import, false)
  from new_rules r
  on conflict (rule_id, version) do nothing;
  return null;
end
$$;

create function governance_private.apply_rule_changes(p_rule_keys text[], p_entity_types text[], p_running text[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity text;
begin
  -- p_running: the entities of which a changed rule runs now; their records must meet it.
  for v_entity in
    select e.entity_type from governance.entities e where e.entity_type = any (p_entity_types) order by 1
  loop
    perform governance_private.compile_entity(v_entity);
    if v_entity = any (p_running) then
      perform governance_private.queue_sweep(v_entity, 'rules changed');
    end if;
  end loop;
  perform governance_private.close_retired_issues(p_rule_keys);
end
$$;

create function governance_private.compile_inserted_rules() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: compiling replaces generated functions of the owner.
  perform governance_private.apply_rule_changes(array_agg(r.rule_key), array_agg(distinct r.entity_type),
    coalesce(array_agg(distinct r.entity_type) filter (where r.status in ('active', 'shadow')), '{}'))
  from new_rules r having count(*) > 0;
  return null;
end
$$;

create function governance_private.compile_updated_rules() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- A rule that the compiler itself suspends comes through here too: nothing of its definition changed.
  perform governance_private.apply_rule_changes(array_agg(n.rule_key), array_agg(distinct n.entity_type),
    coalesce(array_agg(distinct n.entity_type) filter (where n.status in ('active', 'shadow')), '{}'))
  from new_rules n join old_rules o using (id)
  where n.version <> o.version having count(*) > 0;
  return null;
end
$$;

create function governance_private.compile_deleted_rules() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Without an organization's own row the shared rule holds for it again.
  perform governance_private.apply_rule_changes(array_agg(o.rule_key), array_agg(distinct o.entity_type), array_agg(distinct o.entity_type))
  from old_rules o having count(*) > 0;
  delete from governance.further_violations f using old_rules o where f.rule_id = o.id;
  return null;
end
$$;

create function governance_private.change_rules_alone() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: the lock is nobody's to take but the compiler's.
  perform governance_private.compile_alone();
  return null;
end
$$;

create trigger _100_alone before insert or update or delete on governance.data_quality_rules
  for each statement execute function governance_private.change_rules_alone();
create trigger _100_alone before insert or delete on governance.sensitive_columns
  for each statement execute function governance_private.change_rules_alone();
create trigger _100_prepare before insert or update on governance.data_quality_rules
  for each row execute function governance_private.prepare_rule();
create trigger _100_keep_critical before delete on governance.data_quality_rules
  for each row execute function governance_private.keep_critical_rule();
create trigger _300_version_insert after insert on governance.data_quality_rules
  referencing new table as new_rules for each statement execute function governance_private.record_rule_versions();
create trigger _300_version_update after update on governance.data_quality_rules
  referencing new table as new_rules for each statement execute function governance_private.record_rule_versions();
create trigger _400_compile_insert after insert on governance.data_quality_rules
  referencing new table as new_rules for each statement execute function governance_private.compile_inserted_rules();
create trigger _400_compile_update after update on governance.data_quality_rules
  referencing old table as old_rules new table as new_rules for each statement execute function governance_private.compile_updated_rules();
create trigger _400_compile_delete after delete on governance.data_quality_rules
  referencing old table as old_rules for each statement execute function governance_private.compile_deleted_rules();
