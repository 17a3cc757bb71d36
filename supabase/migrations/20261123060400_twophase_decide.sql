-- What: what people do with a change request: validate, approve, reject, ask for changes, revise, withdraw; and expiry.
-- Why: one function a transition, each one transaction; who may is decided here, whoever calls.
-- Breaks a running client: no.

create function governance_private.lock_request(p_request_id uuid, p_with_records boolean) returns governance.change_requests
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_request governance.change_requests;
  v_locked governance.change_requests;
begin
  select * into v_request from governance.change_requests q where q.id = p_request_id;
  if v_request.id is null or not (governance_private.is_instance_admin()
    or exists (select from governance_private.my_org_ids() as o(org_id) where o.org_id = v_request.org_id)) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no change request "%s" that you can see.', p_request_id));
  end if;
  if p_with_records then
    perform governance_private.lock_records(v_request.entity_type, array(select r.record_key from governance.change_request_records r where r.request_id = p_request_id));
  end if;
  select * into v_locked from governance.change_requests q where q.id = p_request_id for update;
  return v_locked;
end
$$;
comment on function governance_private.lock_request(uuid, boolean) is 'Holds a request, and before it its records, always in this order.';

create function governance_private.require_status(p_request governance.change_requests, p_statuses text[], p_what text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if p_request.status <> all (p_statuses) then
    perform governance_private.raise_error('PT409', 'change-closed', format('You cannot %s this change request: it is "%s".', p_what, replace(p_request.status, '_', ' ')),
      jsonb_build_object('request_id', p_request.id, 'status', p_request.status, 'superseded_by', p_request.superseded_by));
  elsif p_request.expires_at <= now() then
    perform governance_private.raise_error('PT409', 'change-closed', format('You cannot %s this change request: it expired on %s.', p_what, p_request.expires_at),
      jsonb_build_object('request_id', p_request.id, 'status', 'expired'));
  end if;
end
$$;

create function governance_private.require_approver(p_request governance.change_requests, p_needs jsonb, p_what text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if auth.uid() is null then
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot %s a change as the database role "%s": only a person can.', p_what, governance_private.writer_role()));
  elsif not exists (select from governance_private.my_org_ids(p_needs ->> 'role') as o(org_id) where o.org_id = p_request.org_id) then
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot %s this change: that takes the role %s in its organization.', p_what, p_needs ->> 'role'),
      jsonb_build_object('request_id', p_request.id, 'role', p_needs ->> 'role'));
  elsif (p_needs ->> 'four_eyes')::boolean and p_request.proposed_by is not distinct from auth.uid() then
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot %s your own change: it takes somebody else.', p_what), jsonb_build_object('request_id', p_request.id));
  end if;
end
$$;
comment on function governance_private.require_approver(governance.change_requests, jsonb, text) is 'Refuses everybody who may not approve: database roles, too low a role, and the proposer.';

create function governance_private.count_approvals(p_request governance.change_requests, p_needs jsonb) returns integer
language sql stable security invoker set search_path = ''
as $$
  -- Of this revision, by people who still have the role, and have not taken it back since.
  select count(*)::integer
  from (
    select distinct on (d.decided_by) d.decided_by, d.decision
    from governance.change_request_decisions d
    where d.request_id = p_request.id and d.revision = p_request.revision and d.decided_by is not null and d.decision in ('approved', 'rejected', 'changes_requested')
    order by d.decided_by, d.id desc) last
  join governance.memberships m on m.user_id = last.decided_by and m.org_id = p_request.org_id
  where last.decision = 'approved' and governance_private.role_rank(m.role) >= governance_private.role_rank(p_needs ->> 'role')
    and not ((p_needs ->> 'four_eyes')::boolean and last.decided_by is not distinct from p_request.proposed_by)
$$;
comment on function governance_private.count_approvals(governance.change_requests, jsonb) is 'How many approvals of a request count now.';

create function governance_private.close_request(p_request_id uuid, p_status text, p_reason text, p_details jsonb, p_message text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  update governance.change_requests q set status = p_status, updated_at = clock_timestamp() where q.id = p_request_id;
  perform governance_private.note_decision(p_request_id, p_status, p_reason, p_details);
  perform governance_private.tell_proposer(p_request_id, p_message || coalesce(': ' || p_reason, '.'));
end
$$;

create function governance_private.send_back(p_request governance.change_requests, p_validation jsonb, p_message text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Nobody's decision, so it takes no approval back; but the request has to be revised, and then counts anew.
  update governance.change_requests q set status = 'changes_requested', validation = p_validation, validated_at = clock_timestamp(), updated_at = clock_timestamp() where q.id = p_request.id;
  insert into governance.change_request_decisions (request_id, org_id, revision, decision, db_role, reason, details)
  values (p_request.id, p_request.org_id, p_request.revision, 'changes_requested', governance_private.writer_role(), p_message, jsonb_build_object('by', 'validation'));
  perform governance_private.tell_proposer(p_request.id, 'Your change came back: ' || p_message);
  return jsonb_build_object('request_id', p_request.id, 'status', 'changes_requested', 'message', p_message, 'validation', p_validation);
end
$$;
comment on function governance_private.send_back(governance.change_requests, jsonb, text) is 'Returns a request to its proposer because the rules or the record stand against it.';

create function governance_private.keep_outcomes(p_request_id uuid, p_validation jsonb) returns void
language sql volatile security invoker set search_path = ''
as $$
  update governance.change_request_records r
  set outcome = jsonb_strip_nulls(jsonb_build_object(
    'violations', (select jsonb_agg(v) from jsonb_array_elements(p_validation -> 'refused' -> 'violations') as v where v ->> 'record_key' = r.record_key),
    'issues', (select jsonb_agg(i) from jsonb_array_elements(p_validation -> 'issues') as i where i ->> 'record_key' = r.record_key),
    'conflicts', (select jsonb_agg(c) from jsonb_array_elements(p_validation -> 'conflicts') as c where c ->> 'record_key' = r.record_key)))
  where r.request_id = p_request_id
$$;

create function governance_private.shareable_message(p_entity_type text, p_refused jsonb) returns text
language sql stable security invoker set search_path = ''
as $$
  -- Everybody who sees a request reads why it came back: where columns are sensitive, not in words that can show their values.
  select case when exists (select from governance.sensitive_columns s where s.entity_type = p_entity_type)
    then format('rules stand against it (%s)', coalesce((select string_agg(distinct v ->> 'rule_key', ', ') from jsonb_array_elements(p_refused -> 'violations') as v), p_refused ->> 'code'))
    else p_refused ->> 'message' end
  where p_refused ->> 'message' is not null
$$;
comment on function governance_private.shareable_message(text, jsonb) is 'Why a change was refused, in words that all who see the request may read.';

create function governance_private.validate_locked(p_request governance.change_requests) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_validation jsonb := governance_private.try_request(p_request.id, p_request.entity_type, governance_private.live_changes(p_request.id));
begin
  perform governance_private.keep_outcomes(p_request.id, v_validation);
  -- What names records goes to their rows, which only those see who may read them.
  v_validation := jsonb_build_object('ok', v_validation -> 'ok', 'refused', v_validation -> 'refused' -> 'code',
    'rules', (select coalesce(jsonb_agg(distinct v ->> 'rule_key'), '[]') from jsonb_array_elements(coalesce(v_validation -> 'refused' -> 'violations', '[]') || coalesce(v_validation -> 'issues', '[]')) as v),
    'message', governance_private.shareable_message(p_request.entity_type, v_validation -> 'refused'), 'issues', jsonb_array_length(v_validation -> 'issues'), 'missing', v_validation -> 'missing');
  if not (v_validation ->> 'ok')::boolean then
    return governance_private.send_back(p_request, v_validation, coalesce(v_validation ->> 'message', 'a record of it is gone'));
  end if;
  update governance.change_requests q
  set status = case when q.status = 'approved' then q.status else 'validated' end, validation = v_validation, validated_at = clock_timestamp(), updated_at = clock_timestamp()
  where q.id = p_request.id;
  perform governance_private.note_decision(p_request.id, 'validated', null, v_validation);
  return jsonb_build_object('request_id', p_request.id, 'status', 'validated', 'validation', v_validation);
end
$$;
comment on function governance_private.validate_locked(governance.change_requests) is 'Validates a request that is held, and stores what came of it.';

create function governance_private.validate_change(p_request_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_request governance.change_requests;
begin
  -- Definer: the trial must not depend on what row level security lets the caller write; nothing of it stays.
  v_request := governance_private.lock_request(p_request_id, true);
  if v_request.proposed_by is distinct from auth.uid() or auth.uid() is null then
    perform governance_private.require_role(v_request.org_id, 'member', 'validate this change');
  end if;
  perform governance_private.require_status(v_request, '{proposed,validated,approved}', 'validate');
  return governance_private.validate_locked(v_request);
end
$$;

create function governance_private.approve_change(p_request_id uuid, p_reason text, p_commit boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_request governance.change_requests;
  v_needs jsonb;
  v_validated jsonb;
  v_approvals integer;
begin
  -- Definer: requests are written by functions only. Role and four eyes are asked here, and again at commit.
  v_request := governance_private.lock_request(p_request_id, true);
  v_needs := governance_private.change_needs(v_request.entity_type, governance_private.live_changes(p_request_id));
  perform governance_private.require_approver(v_request, v_needs, 'approve');
  perform governance_private.require_status(v_request, '{proposed,validated,approved}', 'approve');
  if v_request.status = 'proposed' then
    v_validated := governance_private.validate_locked(v_request);
    if v_validated ->> 'status' <> 'validated' then
      return v_validated;
    end if;
  end if;
  perform governance_private.note_decision(p_request_id, 'approved', p_reason, jsonb_build_object('needs', v_needs));
  v_approvals := governance_private.count_approvals(v_request, v_needs);
  update governance.change_requests q
  set status = case when v_approvals >= (v_needs ->> 'approvals')::integer then 'approved' else 'validated' end, approver_role = v_needs ->> 'role',
      approvals_needed = (v_needs ->> 'approvals')::integer, four_eyes = (v_needs ->> 'four_eyes')::boolean, updated_at = clock_timestamp()
  where q.id = p_request_id;
  if v_approvals < (v_needs ->> 'approvals')::integer then
    return jsonb_build_object('request_id', p_request_id, 'status', 'validated', 'approvals', v_approvals, 'needs', v_needs);
  end if;
  perform governance_private.tell_proposer(p_request_id, 'Your change is approved.');
  if p_commit then
    return governance_private.commit_change(p_request_id);
  end if;
  return jsonb_build_object('request_id', p_request_id, 'status', 'approved', 'approvals', v_approvals, 'needs', v_needs);
end
$$;

create function governance_private.decide_change(p_request_id uuid, p_decision text, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_request governance.change_requests;
  v_verb text := case p_decision when 'rejected' then 'reject' else 'ask for changes of' end;
begin
  -- Definer: requests are written by functions only. To say no takes less than to say yes: a steward, or an instance administrator.
  v_request := governance_private.lock_request(p_request_id, false);
  perform governance_private.require_role(v_request.org_id, 'steward', v_verb || ' this change');
  perform governance_private.require_status(v_request, case p_decision when 'rejected' then '{proposed,validated,approved,changes_requested}' else '{proposed,validated,approved}' end::text[], v_verb);
  if coalesce(btrim(p_reason), '') = '' then
    perform governance_private.raise_error('PT422', 'invalid-value', format('You cannot %s a change without saying why.', v_verb), jsonb_build_object('field', 'p_reason'));
  end if;
  perform governance_private.close_request(p_request_id, p_decision, p_reason, '{}',
    case p_decision when 'rejected' then 'Your change was rejected' else 'Somebody asks you to change your change' end);
  return jsonb_build_object('request_id', p_request_id, 'status', p_decision);
end
$$;

create function governance_private.withdraw_change(p_request_id uuid, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_request governance.change_requests;
begin
  -- Definer: requests are written by functions only.
  v_request := governance_private.lock_request(p_request_id, false);
  if not (v_request.proposed_by is not distinct from auth.uid() or governance_private.is_instance_admin()) then
    perform governance_private.raise_error('PT403', 'not-allowed', 'You cannot withdraw a change that somebody else proposed: reject it.', jsonb_build_object('request_id', p_request_id));
  end if;
  perform governance_private.require_status(v_request, '{proposed,validated,approved,changes_requested}', 'withdraw');
  perform governance_private.close_request(p_request_id, 'withdrawn', p_reason, '{}', 'Your change was withdrawn');
  return jsonb_build_object('request_id', p_request_id, 'status', 'withdrawn');
end
$$;

create function governance_private.revise_change(p_request_id uuid, p_changes jsonb, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_request governance.change_requests;
  v_changes jsonb;
  v_records integer;
begin
  -- Definer: requests are written by functions only. Without changes: the same is asked of the records as they are now.
  v_request := governance_private.lock_request(p_request_id, true);
  if v_request.proposed_by is distinct from auth.uid() then
    perform governance_private.raise_error('PT403', 'not-allowed', 'You cannot revise a change that somebody else proposed.', jsonb_build_object('request_id', p_request_id));
  end if;
  perform governance_private.require_status(v_request, '{proposed,validated,approved,changes_requested}', 'revise');
  v_changes := coalesce(p_changes, governance_private.live_changes(p_request_id));
  perform governance_private.check_proposed_fields(v_request.entity_type, v_changes);
  if exists (select from jsonb_array_elements(v_changes) as c where not exists (
    select from governance.change_request_records r where r.request_id = p_request_id and r.record_key = c ->> 'key' and r.superseded_by is null)) then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A revision is about the same records: propose others anew.', jsonb_build_object('field', 'p_changes'));
  end if;
  delete from governance.change_request_records r where r.request_id = p_request_id and r.superseded_by is null;
  insert into governance.change_request_records (request_id, record_key, org_id, entity_type, record_label, patch, before, after)
  select p_request_id, a.record_key, a.org_id, v_request.entity_type, d.label, governance_private.change_patch(a.kept, a.asked), a.kept, a.asked
  from governance_private.asked_values(v_request.entity_type, v_changes) a
  left join governance_private.describe_records(v_request.entity_type, array(select c ->> 'key' from jsonb_array_elements(v_changes) as c)) d on d.record_key = a.record_key
  where a.asked is not null and a.org_id = v_request.org_id;
  get diagnostics v_records = row_count;
  if v_records = 0 then
    perform governance_private.raise_error('PT422', 'invalid-value', 'Nothing would change any more: withdraw the change.');
  end if;
  update governance.change_requests q set revision = q.revision + 1, status = 'proposed', record_count = v_records, validation = null, updated_at = clock_timestamp()
  where q.id = p_request_id returning * into v_request;
  perform governance_private.note_decision(p_request_id, 'revised', p_reason);
  perform governance_private.supersede_changes(array[p_request_id]);
  perform governance_private.tell_approvers(array[p_request_id]);
  return governance_private.validate_locked(v_request);
end
$$;

create function governance_private.expire_changes() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id uuid;
  v_expired integer := 0;
begin
  -- Definer: run by schedule. One that somebody decides on at this moment waits for the next turn.
  for v_id in
    select q.id from governance.change_requests q where q.expires_at <= now() and governance_private.is_pending(q.status) order by q.place for update skip locked
  loop
    perform governance_private.close_request(v_id, 'expired', null, '{}', 'Your change expired before it was approved');
    v_expired := v_expired + 1;
  end loop;
  return v_expired;
end
$$;
comment on function governance_private.expire_changes() is 'Closes the change requests whose time is over. Returns how many.';
