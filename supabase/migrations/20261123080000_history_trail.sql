-- What: the audit as its readers may see it: values masked where they may not be read, each event with the rules or the request that caused it.
-- Why: a policy can only hide an event whole; that something happened is for everybody who may read the record.
-- Breaks a running client: no.

create function governance_private.hidden_fields(p_entity_type text, p_fields text[]) returns text[]
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if p_fields = '{}' or governance_private.can_read_fields(p_entity_type, p_fields) then
    return '{}';
  end if;
  return array(select f from unnest(p_fields) as f where not governance_private.can_read_field(p_entity_type, f) order by f);
end
$$;
comment on function governance_private.hidden_fields(text, text[]) is 'Which of these fields the caller may not read, by the privileges of the table and by what is sensitive.';

create function governance_private.mask_values(p_values jsonb, p_hidden text[]) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select case when p_values is null or p_hidden = '{}' then p_values
    else p_values || coalesce((select jsonb_object_agg(f, null) from unnest(p_hidden) as f where p_values ? f), '{}') end
$$;
comment on function governance_private.mask_values(jsonb, text[]) is 'Values, with null for those that are hidden.';

create function governance_private.explain_cause(p_entity_type text, p_record_key text, p_kind text, p_id text) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- Invoker: what the caller may not see of a cause is not told.
  select case
    when p_kind in ('fix', 'suggestion', 'undo') then jsonb_build_object('rules', coalesce((
      select jsonb_agg(jsonb_build_object('fix_id', f.id, 'rule_key', f.rule_key, 'rule_version', f.rule_version) order by f.place)
      from governance.fixes f where f.entity_type = p_entity_type and f.record_key = p_record_key and p_id in (f.batch_id::text, f.reverted_batch_id::text)), '[]'))
    when p_kind = 'change_request' then (
      select jsonb_build_object('policy_key', q.policy_key, 'policy_version', q.policy_version, 'proposed_by', q.proposed_by, 'committed_by', q.committed_by)
      from governance.change_requests q where q.id = p_id::uuid)
    when p_kind in ('import', 'import_undo') then (
      select jsonb_build_object('file_name', i.file_name, 'source_key', i.source_key, 'created_by', i.created_by)
      from governance.imports i where i.import_id = p_id::uuid) end
$$;
comment on function governance_private.explain_cause(text, text, text, text) is 'What stands behind the cause of an event: the rules and their versions, the change request with its policy, the import.';

-- With the rights of its owner, because it masks what the table hides; who the reader is, its functions ask of the reader.
create view governance.audit_trail with (security_barrier = true) as
select e.id, e.occurred_at, e.org_id, e.entity_type, e.record_key, e.operation,
       governance_private.mask_values(e.before, h.fields) as before, governance_private.mask_values(e.after, h.fields) as after,
       h.fields as masked, coalesce(e.erased, '{}') as erased, e.actor, e.db_role, e.source, e.cause_kind, e.cause_id, e.reason, e.request_id,
       governance_private.explain_cause(e.entity_type, e.record_key, e.cause_kind, e.cause_id) as cause, e.statement_id, e.transaction_id
from governance.audit_events e
cross join lateral (select governance_private.hidden_fields(e.entity_type, governance_private.changed_fields(e.before, e.after)) as fields offset 0) h
where governance_private.is_instance_admin() or (
  e.org_id in (select governance_private.my_org_ids()) and governance_private.may_see(e.org_id, e.entity_type, e.record_key)
  and governance_private.may_see_decision(e.org_id, e.entity_type, coalesce(e.after, e.before)));
comment on view governance.audit_trail is
  'The audit of the records that the caller may read. Values that it may not read are null and named in masked; those that were erased are null and named in erased.';
comment on column governance.audit_trail.cause is 'What stands behind the cause: the rules and their versions, the change request with its policy, the import; as far as the caller may see it.';
grant select on governance.audit_trail to authenticated, service_role;

create function governance.field_history(
  p_entity_type text, p_record_key text, p_field text, p_before_id bigint default null, p_limit integer default 50
) returns table (event_id bigint, occurred_at timestamptz, operation text, old_value jsonb, new_value jsonb, is_masked boolean, is_erased boolean,
  actor uuid, db_role text, source text, cause_kind text, cause_id text, cause jsonb, reason text, request_id text)
language sql stable security invoker set search_path = ''
as $$
  select e.id, e.occurred_at, e.operation, e.before -> p_field, e.after -> p_field, p_field = any (e.masked), p_field = any (e.erased),
         e.actor, e.db_role, e.source, e.cause_kind, e.cause_id, e.cause, e.reason, e.request_id
  from governance.audit_trail e
  where e.record_key = p_record_key and e.entity_type = p_entity_type and (p_before_id is null or e.id < p_before_id)
    and (coalesce(e.before, '{}') ? p_field or coalesce(e.after, '{}') ? p_field)
  order by e.id desc limit least(greatest(p_limit, 0), 1000)
$$;
comment on function governance.field_history(text, text, text, bigint, integer) is
  'What one field of a record was and became, the newest first; p_before_id is the last event of the page before.';

create function governance_private.first_event_since(p_from timestamptz) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_step interval := '1 hour';
  v_at timestamptz := p_from;
  v_id bigint;
begin
  -- Definer: an id says nothing of what happened. Events come in the order of time: the block ranges of their index find the place.
  while v_at <= clock_timestamp() loop
    select min(x.id) into v_id from (
      select e.id from governance.audit_events e where e.occurred_at >= v_at and e.occurred_at < v_at + v_step offset 0) x;
    exit when v_id is not null;
    v_at := v_at + v_step;
    v_step := v_step * 4;
  end loop;
  return v_id;
end
$$;

create function governance_private.find_changes(
  p_from timestamptz, p_to timestamptz, p_actor uuid, p_source text, p_cause_kind text, p_cause_id text, p_entity_type text, p_org_id text, p_after_id bigint, p_limit integer
) returns bigint[]
language plpgsql stable security definer set search_path = '' set enable_bitmapscan = off set enable_seqscan = off
as $$
declare
  v_last bigint := governance_private.first_event_since(p_to);
begin
  -- Definer: ids alone, of the caller's organizations; what may be read of them the view says. In the order of the ids, so that a page stops
  -- when it is full: the planner would rather sort all of the span. Writers beside each other take their ids and their times not quite in the same order.
  if p_cause_id is not null then
    -- It has an index of its own.
    return array(
      select x.id from (select e.* from governance.audit_events e where e.cause_id = p_cause_id and e.occurred_at >= p_from and e.occurred_at < p_to offset 0) x
      where x.id > p_after_id and (p_actor is null or x.actor = p_actor) and (p_source is null or x.source = p_source)
        and (p_cause_kind is null or x.cause_kind = p_cause_kind) and (p_entity_type is null or x.entity_type = p_entity_type) and (p_org_id is null or x.org_id = p_org_id)
        and (governance_private.is_instance_admin() or x.org_id in (select governance_private.my_org_ids()))
      order by x.id limit p_limit);
  end if;
  return array(
    select e.id from governance.audit_events e
    where e.id > p_after_id and (v_last is null or e.id < v_last + 100000) and e.occurred_at >= p_from and e.occurred_at < p_to
      and (p_actor is null or e.actor = p_actor) and (p_source is null or e.source = p_source)
      and (p_cause_kind is null or e.cause_kind = p_cause_kind) and (p_entity_type is null or e.entity_type = p_entity_type) and (p_org_id is null or e.org_id = p_org_id)
      and (governance_private.is_instance_admin() or e.org_id in (select governance_private.my_org_ids()))
    order by e.id limit p_limit);
end
$$;

create function governance.changes_by(
  p_from timestamptz, p_to timestamptz, p_actor uuid default null, p_source text default null, p_cause_kind text default null, p_cause_id text default null,
  p_entity_type text default null, p_org_id text default null, p_after_id bigint default null, p_limit integer default 100
) returns setof governance.audit_trail
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_left integer := least(greatest(p_limit, 0), 1000);
  v_after bigint := p_after_id;
  v_ids bigint[];
  v_rows integer;
  v_ask integer := greatest(v_left, 50);
begin
  if p_from is null or p_to is null or p_to <= p_from then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A span of time begins before it ends.', '{"field": "p_from"}');
  elsif num_nonnulls(p_actor, p_source, p_cause_kind, p_cause_id) = 0 then
    perform governance_private.raise_error('PT422', 'invalid-value', 'Say by whom or by what: an actor, a source, a kind of cause or one cause.', '{"field": "p_actor"}');
  end if;
  v_after := coalesce(v_after, case when p_cause_id is null then governance_private.first_event_since(p_from) - 1 else 0 end);
  while v_left > 0 loop
    v_ids := governance_private.find_changes(p_from, p_to, p_actor, p_source, p_cause_kind, p_cause_id, p_entity_type, p_org_id, v_after, v_ask);
    return query select e.* from governance.audit_trail e
      where e.id = any (v_ids) and e.occurred_at >= p_from and e.occurred_at < p_to order by e.id limit v_left;
    get diagnostics v_rows = row_count;
    v_left := v_left - v_rows;
    exit when cardinality(v_ids) < v_ask;
    v_after := v_ids[v_ask];
  end loop;
end
$$;
comment on function governance.changes_by(timestamptz, timestamptz, uuid, text, text, text, text, text, bigint, integer) is
  'What an actor, a source or a cause (an import, a change request, a batch of fixes) changed in a span of time, the oldest first; p_after_id is the last event of the page before.';

grant execute on function governance_private.hidden_fields(text, text[]), governance_private.mask_values(jsonb, text[]),
  governance_private.explain_cause(text, text, text, text), governance_private.first_event_since(timestamptz),
  governance_private.find_changes(timestamptz, timestamptz, uuid, text, text, text, text, text, bigint, integer),
  governance.field_history(text, text, text, bigint, integer),
  governance.changes_by(timestamptz, timestamptz, uuid, text, text, text, text, text, bigint, integer) to authenticated, service_role;
