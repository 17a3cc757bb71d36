-- What: opening change requests, set-wise: what is asked again is not opened twice, what is newer supersedes, who must act is told.
-- Why: a diverted update and a proposal become the same thing in the same way.
-- Breaks a running client: no.

create function governance_private.is_pending(p_status text) returns boolean
language sql immutable security invoker
return p_status in ('proposed', 'validated', 'approved', 'changes_requested');

create function governance_private.note_decision(p_request_id uuid, p_decision text, p_reason text default null, p_details jsonb default '{}') returns void
language sql volatile security invoker set search_path = ''
as $$
  insert into governance.change_request_decisions (request_id, org_id, revision, decision, decided_by, db_role, reason, details)
  select q.id, q.org_id, q.revision, p_decision, auth.uid(), governance_private.writer_role(), p_reason, coalesce(p_details, '{}')
  from governance.change_requests q where q.id = p_request_id
$$;

create function governance_private.change_patch(p_before jsonb, p_after jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(o.operation order by a.key, o.place), '[]')
  from jsonb_each(p_after) a cross join lateral (values
    (1, jsonb_build_object('op', 'test', 'path', '/' || replace(replace(a.key, '~', '~0'), '/', '~1'), 'value', p_before -> a.key)),
    (2, jsonb_build_object('op', 'replace', 'path', '/' || replace(replace(a.key, '~', '~0'), '/', '~1'), 'value', a.value))) as o(place, operation)
$$;
comment on function governance_private.change_patch(jsonb, jsonb) is 'What is asked of a record as a JSON Patch that carries its pre-image.';

create function governance_private.change_needs(p_entity_type text, p_changes jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_needs jsonb;
begin
  -- p_changes: [{"key", "values"}, …] against the records as they are now. The strictest policy, and its band, of any record decides.
  execute format($sql$
    with held as (
      select p.policy_key, p.approver_role, p.approvals_needed, p.four_eyes, p.amount_bands, (c.after ->> p.amount_field)::numeric as amount
      from (
        select to_jsonb(r.*) as before, to_jsonb(jsonb_populate_record(r, x.values)) as after
        from jsonb_to_recordset($1) as x(key text, "values" jsonb) join %1$s r on %2$s offset 0) c
      join governance.change_policies p on p.id = any (governance_private.held_policies(%3$L, 'update', c.before, c.after))
    ), asked as (
      select h.policy_key, h.approver_role as role, h.approvals_needed as approvals, h.four_eyes from held h
      union all
      select h.policy_key, coalesce(b ->> 'role', h.approver_role), coalesce((b ->> 'approvals')::integer, h.approvals_needed), h.four_eyes
      from held h cross join lateral jsonb_array_elements(h.amount_bands) as b where h.amount >= (b ->> 'from')::numeric
    )
    select jsonb_build_object('role', case when bool_or(a.role = 'admin') then 'admin' else 'steward' end, 'approvals', coalesce(max(a.approvals), 1),
      'four_eyes', coalesce(bool_or(a.four_eyes), true), 'policies', coalesce(jsonb_agg(distinct a.policy_key), '[]')) from asked a$sql$,
    governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'r', 'x.key'), p_entity_type)
  into v_needs using p_changes;
  return v_needs;
end
$$;
comment on function governance_private.change_needs(text, jsonb) is 'Who must approve changes, by the policies in force now. Without a policy: one steward who did not propose it.';

create function governance_private.tell_approvers(p_request_ids uuid[]) returns void
language sql volatile security invoker set search_path = ''
as $$
  insert into governance.notifications (org_id, user_id, kind, subject_type, subject_id, message)
  select q.org_id, m.user_id, 'change_to_approve', 'change_request', q.id::text,
    format('A change of %s %s waits for your approval%s.', q.record_count, q.entity_type, coalesce(' (' || q.policy_key || ')', ''))
  from governance.change_requests q join governance.memberships m on m.org_id = q.org_id
  where q.id = any (p_request_ids) and governance_private.role_rank(m.role) >= governance_private.role_rank(q.approver_role)
    and (not q.four_eyes or m.user_id is distinct from q.proposed_by)
  order by q.place, m.user_id
$$;
comment on function governance_private.tell_approvers(uuid[]) is 'A notification for everybody who may approve these requests.';

create function governance_private.tell_proposer(p_request_id uuid, p_message text) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- Nothing is left to do for those who were asked, unless it goes on.
  update governance.notifications n set read_at = clock_timestamp()
  where n.subject_type = 'change_request' and n.subject_id = p_request_id::text and n.kind = 'change_to_approve' and n.read_at is null;
  insert into governance.notifications (org_id, user_id, kind, subject_type, subject_id, message)
  select q.org_id, q.proposed_by, 'change_decided', 'change_request', q.id::text, p_message
  from governance.change_requests q where q.id = p_request_id and q.proposed_by is distinct from auth.uid() and q.proposed_by is not null
$$;

create function governance_private.supersede_changes(p_request_ids uuid[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_request record;
begin
  -- Older requests for the same fields of the same records, in their order; whoever commits one holds its records first, as we do.
  perform from governance.change_requests q
  where q.id in (
    select o.request_id from governance.change_request_records n
    join governance.change_request_records o on o.entity_type = n.entity_type and o.record_key = n.record_key and o.request_id <> n.request_id and o.superseded_by is null
    where n.request_id = any (p_request_ids) and o.after ?| array(select jsonb_object_keys(n.after)))
    and governance_private.is_pending(q.status)
  order by q.place for update;
  update governance.change_request_records o set superseded_by = n.request_id
  from governance.change_request_records n, governance.change_requests q
  where n.request_id = any (p_request_ids) and o.entity_type = n.entity_type and o.record_key = n.record_key and o.request_id <> all (p_request_ids)
    and o.superseded_by is null and o.after ?| array(select jsonb_object_keys(n.after)) and q.id = o.request_id and governance_private.is_pending(q.status);
  for v_request in
    select q.id, (array_agg(r.superseded_by order by r.record_key) filter (where r.superseded_by = any (p_request_ids)))[1] as newer, bool_and(r.superseded_by is not null) as is_all
    from governance.change_requests q join governance.change_request_records r on r.request_id = q.id
    where governance_private.is_pending(q.status) and q.id in (select s.request_id from governance.change_request_records s where s.superseded_by = any (p_request_ids))
    group by q.id
  loop
    perform governance_private.note_decision(v_request.id, 'superseded', null, jsonb_build_object('by', v_request.newer, 'whole', v_request.is_all));
    if v_request.is_all then
      update governance.change_requests q set status = 'superseded', superseded_by = v_request.newer, updated_at = clock_timestamp() where q.id = v_request.id;
      perform governance_private.tell_proposer(v_request.id, format('Your change was superseded by a newer one (%s).', v_request.newer));
    end if;
  end loop;
end
$$;
comment on function governance_private.supersede_changes(uuid[]) is 'Sets older pending requests aside where these ask for the same fields of the same records.';

create function governance_private.find_repeated(p_entity_type text) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- The same actor asks the same of the same record again: the request is there.
  update governance_private.diverted_changes d set request_id = r.request_id
  from governance.change_request_records r, governance.change_requests q
  where d.transaction_id = pg_current_xact_id_if_assigned() and d.entity_type = p_entity_type and d.request_id is null
    and r.entity_type = d.entity_type and r.record_key = d.record_key and r.superseded_by is null and r.before = d.kept and r.after = d.asked
    and q.id = r.request_id and q.status in ('proposed', 'validated', 'approved') and q.proposed_by is not distinct from auth.uid() and q.source = governance_private.writer_source(d.org_id)
$$;

create function governance_private.cause_reason() returns text
language sql stable security invoker set search_path = ''
as $$
  select case c.cause_kind when 'fix' then 'A rule corrects it' when 'suggestion' then 'A suggested fix was accepted' when 'undo' then 'A fix is taken back' else 'Cause: ' || c.cause_kind end
  from governance_private.write_causes c where c.transaction_id = pg_current_xact_id_if_assigned()
$$;

create function governance_private.open_diverted(p_entity_type text, p_origin text, p_reason text) returns uuid[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_ids uuid[];
  v_request record;
begin
  -- One request an organization and policy; a proposal is one, whatever holds it up.
  perform governance_private.find_repeated(p_entity_type);
  with groups as (
    select d.org_id, case when p_origin = 'divert' then d.policy_id end as policy_id, gen_random_uuid() as id, count(distinct d.record_key) as records
    from governance_private.diverted_changes d
    where d.transaction_id = pg_current_xact_id_if_assigned() and d.entity_type = p_entity_type and d.request_id is null group by 1, 2
  ), opened as (
    insert into governance.change_requests (id, org_id, entity_type, policy_id, policy_key, policy_version, origin, reason, record_count, proposed_by, proposed_role, source, cause_kind, cause_id, expires_at)
    select g.id, g.org_id, p_entity_type, g.policy_id, p.policy_key, p.version, p_origin, coalesce(p_reason, governance_private.cause_reason()), g.records, auth.uid(), governance_private.writer_role(),
      governance_private.writer_source(g.org_id), c.cause_kind, c.cause_id, now() + coalesce(p.expires_after, '14 days')
    from groups g left join governance.change_policies p on p.id = g.policy_id
    left join governance_private.write_causes c on c.transaction_id = pg_current_xact_id_if_assigned()
    returning id, org_id, policy_id
  ), taken as (
    update governance_private.diverted_changes d set request_id = o.id from opened o
    where d.transaction_id = pg_current_xact_id_if_assigned() and d.entity_type = p_entity_type and d.request_id is null
      and d.org_id = o.org_id and (p_origin <> 'divert' or d.policy_id is not distinct from o.policy_id)
    returning d.*
  ), written as (
    insert into governance.change_request_records (request_id, record_key, org_id, entity_type, record_label, patch, before, after)
    select distinct on (t.request_id, t.record_key) t.request_id, t.record_key, t.org_id, p_entity_type, l.label,
      governance_private.change_patch(t.kept, t.asked), t.kept, t.asked
    from taken t left join governance_private.describe_records(p_entity_type, array(select x.record_key from taken x)) l on l.record_key = t.record_key
    order by t.request_id, t.record_key, t.id desc
  )
  select array_agg(o.id) into v_ids from opened o;
  for v_request in
    select q.id, governance_private.change_needs(p_entity_type, (
        select jsonb_agg(jsonb_build_object('key', r.record_key, 'values', r.after)) from governance.change_request_records r where r.request_id = q.id)) as needs
    from governance.change_requests q where q.id = any (v_ids) order by q.place
  loop
    update governance.change_requests q
    set approver_role = v_request.needs ->> 'role', approvals_needed = (v_request.needs ->> 'approvals')::integer, four_eyes = (v_request.needs ->> 'four_eyes')::boolean
    where q.id = v_request.id;
    perform governance_private.note_decision(v_request.id, 'proposed', p_reason, jsonb_build_object('needs', v_request.needs));
  end loop;
  perform governance_private.supersede_changes(v_ids);
  perform governance_private.tell_approvers(v_ids);
  if p_origin = 'divert' then
    perform governance_private.tell_writer(p_entity_type);
  end if;
  return coalesce(v_ids, '{}');
end
$$;
comment on function governance_private.open_diverted(text, text, text) is 'Makes change requests of what this transaction asked, and tells everybody whom it concerns.';

create function governance_private.tell_writer(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_ids text;
  v_records integer;
  v_fields text;
begin
  select string_agg(distinct d.request_id::text, ', '), count(distinct d.record_key), (
      select string_agg(distinct k, ', ') from governance_private.diverted_changes x cross join lateral jsonb_object_keys(x.asked) as k
      where x.transaction_id = pg_current_xact_id_if_assigned() and x.entity_type = p_entity_type)
  into v_ids, v_records, v_fields
  from governance_private.diverted_changes d where d.transaction_id = pg_current_xact_id_if_assigned() and d.entity_type = p_entity_type;
  raise notice 'Not all was saved: % of % % waits for approval in the change request %.', v_fields, v_records, p_entity_type, v_ids
    using hint = 'See governance.change_requests; the rest of the update was stored.';
  if current_setting('request.method', true) <> '' then
    perform set_config('response.headers', (coalesce(nullif(current_setting('response.headers', true), '')::jsonb, '[]')
      || jsonb_build_array(jsonb_build_object('X-Governance-Change-Request', v_ids)))::text, true);
  end if;
end
$$;
comment on function governance_private.tell_writer(text) is 'Tells whoever wrote that part of it waits: a notice in SQL, the header X-Governance-Change-Request through REST.';

create function governance_private.hold_edits(p_entity_type text, p_event text, p_held jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_refused jsonb;
  v_message text;
begin
  -- p_held: [{"key", "org_id", "policies"}, …]. What diverts and still changed was set by another trigger behind our back.
  select jsonb_agg(jsonb_build_object('record_key', h ->> 'key', 'policies', x.policies, 'fields', x.fields) order by n) filter (where n <= 100),
         min(x.message)
  into v_refused, v_message
  from jsonb_array_elements(p_held) with ordinality as y(h, n)
  cross join lateral (
    select jsonb_agg(p.policy_key order by p.policy_key) as policies, min(p.message) as message,
           to_jsonb(array(select distinct f from governance.change_policies g cross join lateral unnest(g.guarded_fields) as f
                          where h -> 'policies' ? g.id::text and g.mode <> 'review' order by 1)) as fields
    from governance.change_policies p where h -> 'policies' ? p.id::text and p.mode <> 'review' having count(*) > 0) x;
  if v_refused is not null then
    perform governance_private.raise_error('PT409', 'policy-refused', format('Not saved: %s', v_message),
      jsonb_build_object('entity_type', p_entity_type, 'operation', p_event, 'records', v_refused,
        'policies', (select jsonb_agg(distinct k) from jsonb_array_elements(v_refused) as r cross join lateral jsonb_array_elements_text(r -> 'policies') as k)),
      case when p_event = 'delete' then 'A delete that a policy refuses cannot be proposed: an admin can retire the policy.'
        when p_event = 'insert' then 'Save the record without the guarded fields, and propose them with governance.propose_change or POST /change-requests.'
        else 'Propose it with governance.propose_change, or POST /change-requests; it is committed when it is approved.' end);
  end if;
  perform governance_private.open_reviews(p_entity_type, p_held);
end
$$;
comment on function governance_private.hold_edits(text, text, jsonb) is 'Refuses the edits that policies refuse, and opens reviews for those that are let in.';

create function governance_private.open_reviews(p_entity_type text, p_held jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_review record;
begin
  for v_review in
    select h ->> 'key' as record_key, h ->> 'org_id' as org_id, p.policy_key, p.message, p.approver_role, p.approvals_needed
    from jsonb_array_elements(p_held) as h join governance.change_policies p on h -> 'policies' ? p.id::text and p.mode = 'review'
    order by p.policy_key, 1
  loop
    perform governance_private.open_system_issue('system-change-review', v_review.org_id, p_entity_type, v_review.record_key, 'high', v_review.message, v_review.policy_key);
  end loop;
  insert into governance.notifications (org_id, user_id, kind, subject_type, subject_id, message)
  select x.org_id, m.user_id, 'record_to_review', 'policy', x.policy_key, format('%s new %s to review (%s).', x.records, p_entity_type, x.policy_key)
  from (
    select h ->> 'org_id' as org_id, p.policy_key, p.approver_role, count(*) as records
    from jsonb_array_elements(p_held) as h join governance.change_policies p on h -> 'policies' ? p.id::text and p.mode = 'review' group by 1, 2, 3) x
  join governance.memberships m on m.org_id = x.org_id
  where governance_private.role_rank(m.role) >= governance_private.role_rank(x.approver_role) and m.user_id is distinct from auth.uid();
end
$$;
comment on function governance_private.open_reviews(text, jsonb) is 'An issue for each new record that somebody must approve, and a notification for those who may.';

create function governance_private.is_diverted(p_entity_type text, p_record_key text, p_values jsonb) returns boolean
language sql volatile security definer set search_path = ''
as $$
  -- Definer: private, but only of the present transaction. Volatile, to see what this very statement's triggers have noted.
  select exists (select from governance_private.diverted_changes d
    where d.transaction_id = pg_current_xact_id_if_assigned() and d.entity_type = p_entity_type and d.record_key = p_record_key
      and d.asked ?| array(select jsonb_object_keys(p_values))) and not governance_private.is_committing(p_entity_type, p_record_key)
$$;
comment on function governance_private.is_diverted(text, text, jsonb) is 'This transaction asked for one of these fields of the record, and a policy holds it back.';

create function governance_private.diverted_now(p_entity_type text) returns jsonb
language sql volatile security definer set search_path = ''
as $$
  -- Definer: private, but only of the present transaction.
  select coalesce(jsonb_object_agg(d.record_key, jsonb_build_object('request_id', d.request_id, 'fields', d.fields)), '{}')
  from (
    select x.record_key, (array_agg(x.request_id order by x.id desc))[1] as request_id, jsonb_agg(distinct k) as fields
    from governance_private.diverted_changes x cross join lateral jsonb_object_keys(x.asked) as k
    where x.transaction_id = pg_current_xact_id_if_assigned() and x.entity_type = p_entity_type group by x.record_key) d
$$;
comment on function governance_private.diverted_now(text) is 'What this transaction asked of records that now waits: {record key: {"request_id", "fields"}}.';
grant execute on function governance_private.is_diverted(text, text, jsonb), governance_private.diverted_now(text) to authenticated, service_role;
