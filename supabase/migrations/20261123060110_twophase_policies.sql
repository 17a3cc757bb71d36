-- What: saving a change policy, from anywhere: check, version, put in force.
-- Why: Studio's table editor, SQL and REST must all meet the same refusal; a policy that cannot run is never silently off.
-- Breaks a running client: no.

create function governance_private.policy_field_faults(p_policy governance.change_policies) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(x.fault), '[]') from (
    select jsonb_build_object('at', '/guarded_fields', 'message', case
        when c.column_name is null then format('"%s" is not a column of %s', f, p_policy.entity_type)
        when c.is_generated then format('%s is generated: guard what it is made of', f)
        when f = any (e.key_columns) or f = e.org_column then format('%s names the record or its organization: it cannot be guarded', f)
        when c.class = 'other' and p_policy.mode = 'divert' then format('%s is of a type that a change request cannot hold: refuse instead', f) end) as fault
    from unnest(p_policy.guarded_fields) as f
    join governance.entities e on e.entity_type = p_policy.entity_type
    left join governance_private.entity_columns(p_policy.entity_type) c on c.column_name = f
    where c.column_name is null or c.is_generated or f = any (e.key_columns) or f = e.org_column or (c.class = 'other' and p_policy.mode = 'divert')
    union all
    select jsonb_build_object('at', '/amount_field', 'message', format('"%s" is not a number of %s', p_policy.amount_field, p_policy.entity_type))
    where p_policy.amount_field is not null and not exists (
      select from governance_private.entity_columns(p_policy.entity_type) c where c.column_name = p_policy.amount_field and c.class = 'number')
  ) x
$$;

create function governance_private.policy_band_faults(p_policy governance.change_policies) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select case
    when jsonb_typeof(p_policy.amount_bands) <> 'array' then governance_private.fault('/amount_bands', 'amount bands are a list')
    when p_policy.amount_bands <> '[]' and p_policy.amount_field is null then governance_private.fault('/amount_field', 'amount bands need the field that holds the amount')
    else coalesce((
      select jsonb_agg(jsonb_build_object('at', format('/amount_bands/%s', n - 1), 'message', 'a band is {"from": an amount, "role": steward or admin, "approvals": 1 to 10}'))
      from jsonb_array_elements(p_policy.amount_bands) with ordinality as x(b, n)
      where jsonb_typeof(b) <> 'object' or coalesce(b ->> 'from', '') !~ '^-?[0-9]{1,30}(\.[0-9]{1,10})?$'
         or coalesce(b ->> 'role', 'steward') not in ('steward', 'admin') or coalesce(b ->> 'approvals', '1') !~ '^([1-9]|10)$'), '[]') end
$$;

create function governance_private.check_policy(p_policy governance.change_policies, out faults jsonb, out sentence text)
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_condition governance_private.compiled;
begin
  if not exists (select from governance.entities e where e.entity_type = p_policy.entity_type) then
    faults := governance_private.fault('/entity_type', format('"%s" is not a registered entity', p_policy.entity_type));
    return;
  end if;
  if exists (select from governance.relations l where l.entity_type = p_policy.entity_type and l.relation = 'old') then
    faults := governance_private.fault('/condition', format('%s has a relation "old", which policies use for the record before', p_policy.entity_type));
    return;
  end if;
  perform governance_private.begin_policy_compile(p_policy.entity_type);
  v_condition := governance_private.compile_policy_condition(p_policy.entity_type, p_policy.condition);
  faults := governance_private.policy_field_faults(p_policy) || governance_private.policy_band_faults(p_policy) || v_condition.faults
    || governance_private.foreign_sets(p_policy.org_id, v_condition.lookups)
    || coalesce((
      select jsonb_agg(jsonb_build_object('at', '/condition', 'message', format('"%s" is generated, and not known before the record is stored', p)))
      from unnest(v_condition.paths) as p cross join lateral governance_private.resolve_field(p_policy.entity_type, p) c where c.is_own and c.is_generated), '[]')
    || case when exists (select from governance.change_policies d where d.policy_key = p_policy.policy_key and d.entity_type <> p_policy.entity_type)
        then governance_private.fault('/policy_key', format('"%s" is already the key of a policy on another entity', p_policy.policy_key)) else '[]' end;
  perform governance_private.end_policy_compile(p_policy.entity_type);
  sentence := format('An edit of %s%s%s.',
    coalesce((select string_agg(governance_private.field_label(f), ', ' order by n) from unnest(p_policy.guarded_fields) with ordinality as x(f, n)), 'the record'),
    coalesce(' such that ' || v_condition.sentence, ''),
    case p_policy.mode when 'refuse' then ' is refused' when 'review' then ' is let in and reviewed' else ' waits for approval' end);
end
$$;
comment on function governance_private.check_policy(governance.change_policies) is 'Everything that is wrong with a policy, and what it says in English.';

create function governance_private.policy_definition(p_policy governance.change_policies) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select to_jsonb(p_policy) - array['id', 'version', 'sentence', 'suspended_reason', 'created_by', 'created_at', 'updated_at']
$$;

create function governance_private.prepare_policy() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  v_checked record;
begin
  -- Definer: the compiler reads the catalog and the registry for whoever saves.
  new.operations := coalesce(new.operations, case new.mode when 'divert' then '{update}'::text[] when 'review' then '{insert}' else '{insert,update,delete}' end);
  if tg_op = 'UPDATE' then
    if (new.policy_key, new.org_id, new.entity_type) is distinct from (old.policy_key, old.org_id, old.entity_type) then
      perform governance_private.raise_error('PT422', 'policy-invalid',
        format('You cannot rename the policy "%s" or move it: make a new one and retire this.', old.policy_key), jsonb_build_object('policy_key', old.policy_key));
    end if;
    new.version := old.version;
    if governance_private.policy_definition(new) is not distinct from governance_private.policy_definition(old) then
      return new;
    end if;
    new.version := old.version + 1;
    new.updated_at := now();
  else
    new.version := 1;
  end if;
  if new.status = 'retired' then
    return new;
  end if;
  v_checked := governance_private.check_policy(new);
  if v_checked.faults <> '[]' then
    perform governance_private.raise_error('PT422', 'policy-invalid',
      format('The policy "%s" cannot be saved: %s', new.policy_key, (select string_agg(f ->> 'message', '; ') from jsonb_array_elements(v_checked.faults) as f)),
      jsonb_build_object('policy_key', new.policy_key, 'faults', v_checked.faults), 'Correct every fault named and save again.');
  end if;
  new.sentence := v_checked.sentence;
  new.suspended_reason := null;
  return new;
end
$$;

create function governance_private.record_policy_versions() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: the versions are append-only for everybody.
  insert into governance.change_policy_versions (policy_id, version, policy_key, org_id, definition, sentence, changed_by, changed_role)
  select p.id, p.version, p.policy_key, p.org_id, governance_private.policy_definition(p), p.sentence, auth.uid(), governance_private.writer_role()
  from new_policies p
  on conflict (policy_id, version) do nothing;
  perform governance_private.generate_policies(e.entity_type)
  from (select distinct p.entity_type from new_policies p join governance.entities r using (entity_type) order by 1) e;
  return null;
end
$$;

create function governance_private.forget_policies() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: generated functions are the owner's. Without an organization's own row the shared policy holds for it again.
  perform governance_private.generate_policies(e.entity_type)
  from (select distinct p.entity_type from old_policies p join governance.entities r using (entity_type) order by 1) e;
  return null;
end
$$;

create trigger _100_alone before insert or update or delete on governance.change_policies
  for each statement execute function governance_private.change_rules_alone();
create trigger _100_prepare before insert or update on governance.change_policies
  for each row execute function governance_private.prepare_policy();
create trigger _400_compile_insert after insert on governance.change_policies
  referencing new table as new_policies for each statement execute function governance_private.record_policy_versions();
create trigger _400_compile_update after update on governance.change_policies
  referencing new table as new_policies for each statement execute function governance_private.record_policy_versions();
create trigger _400_compile_delete after delete on governance.change_policies
  referencing old table as old_policies for each statement execute function governance_private.forget_policies();

create function governance_private.running_policies(p_entity_type text)
returns table (policy governance.change_policies, org_ids text[], except_org_ids text[])
language sql stable security invoker set search_path = ''
as $$
  -- As running_rules: an organization's own row stands in for the shared one with the same key, whatever its status.
  select p, case when p.org_id is not null then array[p.org_id] end,
         case when p.org_id is null then array(
           select o.org_id from governance.change_policies o where o.policy_key = p.policy_key and o.org_id is not null order by 1) end
  from governance.change_policies p
  where p.entity_type = p_entity_type and p.status = 'active' and p.suspended_reason is null
  order by p.policy_key, p.org_id
$$;
comment on function governance_private.running_policies(text) is 'The policies of an entity that are in force, each with the organizations that it holds for or does not hold for.';

create function governance_private.suspend_broken_policies(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_policy governance.change_policies;
  v_reason text;
begin
  for v_policy in select * from governance.change_policies p where p.entity_type = p_entity_type and p.status = 'active' loop
    select string_agg(f ->> 'message', '; ') into v_reason from jsonb_array_elements((governance_private.check_policy(v_policy)).faults) as f;
    continue when v_reason is not distinct from v_policy.suspended_reason;
    update governance.change_policies p set suspended_reason = v_reason where p.id = v_policy.id;
    if v_reason is not null then
      perform governance_private.open_system_issue('system-policy-suspended', v_policy.org_id, p_entity_type, '', 'critical',
        format('The change policy "%s" holds nothing up any more: %s.', v_policy.policy_key, v_reason), v_policy.policy_key);
    else
      update governance.data_quality_issues i set status = 'fixed', resolution = 'not_applicable'
      where i.rule_key = 'system-policy-suspended' and i.entity_type = p_entity_type and i.discriminator = v_policy.policy_key
        and i.org_id = coalesce(v_policy.org_id, '') and i.status <> 'fixed';
    end if;
  end loop;
end
$$;
comment on function governance_private.suspend_broken_policies(text) is 'Suspends the policies of an entity that do not compile any more, with a critical issue each, and puts those in force again that do.';
