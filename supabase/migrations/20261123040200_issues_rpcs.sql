-- What: what people do with issues: assign, ignore, reopen.
-- Why: one function a transition; roles are decided here, whoever calls.
-- Breaks a running client: no.

create function governance_private.lock_issue(p_issue_id uuid, p_min_role text, p_what text) returns governance.data_quality_issues
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_issue governance.data_quality_issues;
  v_readable boolean;
begin
  -- Definer: locks the issue; first the caller's own right to see it is asked for, so that a hidden issue does not exist.
  select * into v_issue from governance.data_quality_issues i where i.id = p_issue_id for update;
  v_readable := v_issue.id is not null and (governance_private.is_instance_admin()
    or exists (select from governance_private.my_org_ids() as o(org_id) where o.org_id = v_issue.org_id));
  if not v_readable then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no issue "%s" that you can see.', p_issue_id));
  end if;
  -- A member acts on the issues of its own records; for the rest it takes the role. An issue without owner is nobody's own.
  if not (p_min_role = 'own' and coalesce(v_issue.owner_user_id = auth.uid(), false)
          and exists (select from governance_private.my_org_ids('member') as o(org_id) where o.org_id = v_issue.org_id)) then
    perform governance_private.require_role(v_issue.org_id, case when p_min_role = 'own' then 'steward' else p_min_role end, p_what);
  end if;
  return v_issue;
end
$$;

create function governance_private.require_visible_issue(p_issue_id uuid) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- Invoker: the caller's own row level security answers whether the issue exists for it.
  if not exists (select from governance.data_quality_issues i where i.id = p_issue_id) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no issue "%s" that you can see.', p_issue_id));
  end if;
end
$$;

create function governance_private.assign_issue(p_issue_id uuid, p_user_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_issue governance.data_quality_issues;
begin
  v_issue := governance_private.lock_issue(p_issue_id, 'steward', 'assign this issue');
  if p_user_id is not null and not exists (
    select from governance.memberships m where m.user_id = p_user_id and m.org_id = v_issue.org_id) then
    perform governance_private.raise_error('PT422', 'invalid-value', format('You cannot assign this issue to "%s", who is not a member of the organization.', p_user_id),
      jsonb_build_object('field', 'p_user_id'));
  end if;
  update governance.data_quality_issues i set owner_user_id = p_user_id where i.id = p_issue_id;
end
$$;

create function governance.assign_issue(p_issue_id uuid, p_user_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_issue(p_issue_id);
  perform governance_private.assign_issue(p_issue_id, p_user_id);
end
$$;
comment on function governance.assign_issue(uuid, uuid) is 'Gives an issue to a member of its organization; null takes the owner away. For stewards.';

create function governance_private.ignore_issue(p_issue_id uuid, p_reason text, p_until timestamptz, p_resolution text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_issue governance.data_quality_issues;
begin
  v_issue := governance_private.lock_issue(p_issue_id, 'steward', 'ignore this issue');
  if p_until <= now() then
    perform governance_private.raise_error('PT422', 'invalid-value', format('You cannot ignore an issue until %s, which has passed.', p_until),
      jsonb_build_object('field', 'p_until'));
  elsif p_resolution not in ('false_alarm', 'wont_fix', 'duplicate') then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" does not go with ignoring: use false_alarm, wont_fix, duplicate or none.', p_resolution),
      jsonb_build_object('field', 'p_resolution'));
  end if;
  update governance.data_quality_issues i
  set status = 'ignored', resolution = p_resolution, ignored_reason = p_reason, ignored_until = p_until where i.id = p_issue_id;
end
$$;

create function governance.ignore_issue(p_issue_id uuid, p_reason text, p_until timestamptz default null, p_resolution text default null) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_issue(p_issue_id);
  perform governance_private.ignore_issue(p_issue_id, p_reason, p_until, p_resolution);
end
$$;
comment on function governance.ignore_issue(uuid, text, timestamptz, text) is
  'Sets an issue aside with a reason, perhaps until a date. It wakes at that date or when the data changes, unless it is a false alarm or a duplicate. For stewards.';

create function governance_private.reopen_issue(p_issue_id uuid, p_reason text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_issue governance.data_quality_issues;
begin
  -- The entity before the issue: its rules stay as they are, as for whoever judges.
  perform governance_private.keep_entity((select i.entity_type from governance.data_quality_issues i where i.id = p_issue_id), true);
  v_issue := governance_private.lock_issue(p_issue_id, 'own', 'reopen this issue');
  if v_issue.status = 'open' then
    perform governance_private.raise_error('PT422', 'transition-refused', 'You cannot reopen an issue that is "open".');
  elsif v_issue.rule_key not like 'system-%' and not governance_private.rule_holds(v_issue.rule_key, v_issue.org_id) then
    perform governance_private.raise_error('PT422', 'transition-refused', format('You cannot reopen this issue: the rule "%s" does not run here any more.', v_issue.rule_key));
  end if;
  update governance.data_quality_issues i set status = 'open' where i.id = p_issue_id;
  -- What was ignored for good was not closed when its record became clean: it is judged now.
  perform governance_private.queue_record(v_issue.org_id, v_issue.entity_type, v_issue.record_key)
  where v_issue.record_key <> '' and exists (select from governance.entities e where e.entity_type = v_issue.entity_type and not e.is_set_aside);
  update governance.data_quality_issue_events e set details = e.details || jsonb_build_object('reason', p_reason)
  where p_reason is not null and e.id = (select max(x.id) from governance.data_quality_issue_events x where x.issue_id = p_issue_id);
end
$$;

create function governance.reopen_issue(p_issue_id uuid, p_reason text default null) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_visible_issue(p_issue_id);
  perform governance_private.reopen_issue(p_issue_id, p_reason);
end
$$;
comment on function governance.reopen_issue(uuid, text) is
  'Opens an ignored or fixed issue again, while its rule runs, and has its record judged: one that is clean by now closes. For stewards, and for members on their own records.';

grant execute on function governance.assign_issue(uuid, uuid), governance.ignore_issue(uuid, text, timestamptz, text), governance.reopen_issue(uuid, text),
  governance_private.require_visible_issue(uuid), governance_private.assign_issue(uuid, uuid),
  governance_private.ignore_issue(uuid, text, timestamptz, text), governance_private.reopen_issue(uuid, text) to authenticated, service_role;

create function governance_private.issue_group(p_issue_id uuid) returns table (entity_type text, record_key text, record_label text)
language sql stable security definer set search_path = ''
as $$
  -- Definer: keys are private; which of the records the caller may read is asked by the function that people call.
  select i.entity_type, d.record_key, d.label
  from governance.data_quality_issues i
  join governance_private.unique_keys own on own.rule_id = i.rule_id and own.record_key = i.record_key
  cross join lateral governance_private.describe_records(i.entity_type, array(
    select k.record_key from governance_private.unique_keys k
    where k.rule_id = own.rule_id and k.key = own.key and k.record_key <> own.record_key order by 1 limit 1000)) d
  where i.id = p_issue_id and i.status <> 'fixed'
$$;

create function governance.issue_group(p_issue_id uuid) returns table (record_key text, record_label text)
language sql stable security invoker set search_path = ''
as $$
  -- Invoker: the issue and each of the records are asked for with the caller's own rights.
  select g.record_key, g.record_label
  from governance.data_quality_issues i cross join lateral governance_private.issue_group(i.id) g
  where i.id = p_issue_id and governance_private.can_read_record(g.entity_type, g.record_key)
  order by 1
$$;
comment on function governance.issue_group(uuid) is 'The other records that share the key of a unique rule''s issue, as far as the caller may read them.';
grant execute on function governance.issue_group(uuid), governance_private.issue_group(uuid) to authenticated, service_role;
