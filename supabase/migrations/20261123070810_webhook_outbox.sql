-- What: filling the outbox in the transaction of the event, and emptying it in batches.
-- Why: what is told has happened, and what has happened is told at least once; a receiver knows a repetition by the message's id.
-- Breaks a running client: no.

create function governance_private.tell_webhooks(p_events jsonb) returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: any write that makes an event passes here. p_events: [{"org_id", "type", "dedupe", "data"}, …]
  -- Names of records and rules only, no values: who gets a webhook need not be allowed to read the record.
  insert into governance.webhook_deliveries (endpoint_id, org_id, event_type, dedupe_key, body)
  select w.endpoint_id, w.org_id, e ->> 'type', e ->> 'dedupe', jsonb_build_object('type', e -> 'type',
    'timestamp', governance_private.instant_text(clock_timestamp() at time zone 'UTC'), 'data', (e -> 'data') || jsonb_build_object('org_id', w.org_id))::text
  from jsonb_array_elements(p_events) with ordinality as x(e, n)
  join governance.webhook_endpoints w on w.org_id = e ->> 'org_id' and w.disabled_at is null and e ->> 'type' = any (w.events)
  order by n
  on conflict on constraint an_event_is_told_once do nothing
$$;
comment on function governance_private.tell_webhooks(jsonb) is 'Puts events {"org_id", "type", "dedupe", "data"} into the outbox of every endpoint that wants them, once each.';

create function governance_private.issue_facts(p_issue governance.data_quality_issues) returns jsonb
language sql immutable security invoker
return jsonb_build_object('issue_id', p_issue.id, 'entity_type', p_issue.entity_type, 'record_key', p_issue.record_key, 'rule_key', p_issue.rule_key,
  'severity', p_issue.severity, 'status', p_issue.status, 'resolution', p_issue.resolution, 'owner_user_id', p_issue.owner_user_id, 'due_date', p_issue.due_date);

create function governance_private.tell_issue_events() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: as for the events themselves. Nobody listens, nothing is done.
  if exists (select from governance.webhook_endpoints w where w.disabled_at is null) then
    perform governance_private.tell_webhooks(coalesce(jsonb_agg(jsonb_build_object('org_id', i.org_id, 'dedupe', 'issue-event:' || n.id,
      'type', case n.kind when 'fixed' then 'issue.resolved' when 'assigned' then 'issue.assigned' else 'issue.opened' end,
      'data', governance_private.issue_facts(i)) order by n.id), '[]'))
    from new_events n join governance.data_quality_issues i on i.id = n.issue_id
    where n.kind in ('opened', 'reopened', 'assigned', 'fixed');
  end if;
  return null;
end
$$;
create trigger _700_tell_insert after insert on governance.data_quality_issue_events
  referencing new table as new_events for each statement execute function governance_private.tell_issue_events();

create function governance_private.tell_change_requests(p_request_ids uuid[]) returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: as for the events themselves. How many records, and of which entity; neither which ones nor what is asked of them.
  select governance_private.tell_webhooks(coalesce(jsonb_agg(jsonb_build_object('org_id', q.org_id, 'type', 'change_request.changed',
    'dedupe', format('change-request:%s:%s', q.id, governance_private.instant_text(q.updated_at at time zone 'UTC')),
    'data', jsonb_build_object('request_id', q.id, 'status', q.status, 'revision', q.revision, 'origin', q.origin, 'policy_key', q.policy_key,
      'entity_type', q.entity_type, 'record_count', q.record_count, 'proposed_by', q.proposed_by, 'expires_at', q.expires_at,
      'superseded_by', q.superseded_by)) order by q.place), '[]'))
  from governance.change_requests q where q.id = any (p_request_ids)
$$;

create function governance_private.tell_opened_requests() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: as for issues. Nobody listens, nothing is done.
  if exists (select from governance.webhook_endpoints w where w.disabled_at is null) then
    perform governance_private.tell_change_requests(array(select n.id from new_requests n));
  end if;
  return null;
end
$$;
create trigger _700_tell_insert after insert on governance.change_requests
  referencing new table as new_requests for each statement execute function governance_private.tell_opened_requests();

create function governance_private.tell_changed_requests() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: as for issues. Every transition is an update of the request; what leaves status and revision alone is none.
  if exists (select from governance.webhook_endpoints w where w.disabled_at is null) then
    perform governance_private.tell_change_requests(array(
      select n.id from new_requests n join old_requests o using (id) where (n.status, n.revision) is distinct from (o.status, o.revision)));
  end if;
  return null;
end
$$;
create trigger _700_tell_update after update on governance.change_requests
  referencing old table as old_requests new table as new_requests for each statement execute function governance_private.tell_changed_requests();

create function governance_private.tell_finished_runs() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: as for issues. Runs over all organizations are nobody's news.
  perform governance_private.tell_webhooks(coalesce(jsonb_agg(jsonb_build_object('org_id', n.org_id, 'type', 'run.finished', 'dedupe', 'run:' || n.id,
    'data', jsonb_build_object('run_id', n.id, 'job', n.job, 'subject', n.subject, 'status', n.status, 'counts', n.counts))), '[]'))
  from new_runs n join old_runs o using (id)
  where n.status in ('succeeded', 'failed') and o.status in ('queued', 'running') and n.org_id is not null;
  return null;
end
$$;
create trigger _700_tell_update after update on governance.runs
  referencing old table as old_runs new table as new_runs for each statement execute function governance_private.tell_finished_runs();

create function governance_private.tell_overdue_issues() returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: run by schedule. An endpoint is not told of what was overdue before it was added.
  select governance_private.tell_webhooks(coalesce(jsonb_agg(jsonb_build_object('org_id', i.org_id, 'type', 'issue.overdue',
    'dedupe', 'issue-overdue:' || i.id || ':' || i.due_date, 'data', governance_private.issue_facts(i))), '[]'))
  from governance.data_quality_issues i
  where i.status = 'open' and i.due_date between now() - interval '1 day' and now()
    and exists (select from governance.webhook_endpoints w
      where w.org_id = i.org_id and w.disabled_at is null and 'issue.overdue' = any (w.events) and w.created_at < i.due_date)
$$;
comment on function governance_private.tell_overdue_issues() is 'Tells of issues whose date has passed, once a date.';

create function governance_private.webhook_delay(p_attempts integer) returns interval
language sql immutable security invoker
-- The schedule that Standard Webhooks recommends; null: no further attempt.
return (array['5 seconds', '5 minutes', '30 minutes', '2 hours', '5 hours', '10 hours', '14 hours', '20 hours', '24 hours'])[p_attempts]::interval;

create function governance_private.claim_webhooks(p_limit integer) returns jsonb
language sql volatile security definer set search_path = ''
as $$
  -- Definer: the secrets lie in Vault; the function that is exposed has checked the caller.
  with due as (
    select d.delivery_id from governance.webhook_deliveries d
    where d.status = 'waiting' and d.next_attempt_at <= clock_timestamp() order by d.next_attempt_at, d.delivery_id limit p_limit for update skip locked
  ), claimed as (
    -- Lost with whoever claimed it, it is claimed again.
    update governance.webhook_deliveries d set attempts = d.attempts + 1, next_attempt_at = clock_timestamp() + interval '1 minute'
    from due where d.delivery_id = due.delivery_id returning d.*
  )
  select coalesce(jsonb_agg(jsonb_build_object('delivery_id', c.delivery_id, 'attempt', c.attempts, 'message_id', c.message_id, 'body', c.body,
    'url', e.url, 'secret', s.decrypted_secret) order by c.delivery_id), '[]')
  from claimed c join governance.webhook_endpoints e using (endpoint_id) left join vault.decrypted_secrets s on s.name = 'webhook_' || c.endpoint_id
$$;

create function governance.claim_webhooks(p_limit integer) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('deliver webhooks');
  return governance_private.claim_webhooks(least(greatest(p_limit, 1), 100));
end
$$;
comment on function governance.claim_webhooks(integer) is 'For governance-api: deliveries that are due, each counted as an attempt, with what is needed to sign them.';

create function governance_private.finish_webhooks(p_results jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: as for claiming. A result of an attempt that was given up for lost changes nothing, unless it was received.
  with results as (
    select (r ->> 'delivery_id')::bigint as id, (r ->> 'attempt')::integer as attempt, (r ->> 'status')::integer as status, r ->> 'error' as error
    from jsonb_array_elements(p_results) as r
  ), noted as (
    update governance.webhook_deliveries d
    set last_status = r.status, last_error = left(r.error, 500),
        status = case when r.status between 200 and 299 then 'delivered' when r.status = 410 or governance_private.webhook_delay(d.attempts) is null then 'dead' else 'waiting' end,
        finished_at = case when r.status between 200 and 299 or r.status = 410 or governance_private.webhook_delay(d.attempts) is null then clock_timestamp() end,
        -- A tenth more or less, so that what failed together does not come back together.
        next_attempt_at = clock_timestamp() + coalesce(governance_private.webhook_delay(d.attempts), interval '0') * (0.9 + random() * 0.2)
    from results r
    where d.delivery_id = r.id and d.status = 'waiting' and (d.attempts = r.attempt or r.status between 200 and 299)
    returning d.endpoint_id, d.status, d.last_status
  )
  update governance.webhook_endpoints e set disabled_at = now(), disabled_reason = 'The receiver answered 410 Gone.'
  where e.disabled_at is null and e.endpoint_id in (select n.endpoint_id from noted n where n.last_status = 410);
  perform governance_private.open_system_issue('system-webhook-dead', e.org_id, 'webhook', '', 'medium',
    format('The webhook "%s" gave up on %s deliveries: %s', e.label, count(*), coalesce(max(d.last_error), 'status ' || max(d.last_status))), e.endpoint_id::text)
  from governance.webhook_deliveries d join governance.webhook_endpoints e using (endpoint_id)
  where d.status = 'dead' and e.endpoint_id in (
    select x.endpoint_id from governance.webhook_deliveries x join jsonb_array_elements(p_results) as r on x.delivery_id = (r ->> 'delivery_id')::bigint where x.status = 'dead')
  group by e.org_id, e.label, e.endpoint_id;
end
$$;

create function governance.finish_webhooks(p_results jsonb) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('deliver webhooks');
  perform governance_private.finish_webhooks(p_results);
end
$$;
comment on function governance.finish_webhooks(jsonb) is 'For governance-api: how attempts {"delivery_id", "attempt", "status", "error"} ended. What failed is tried again later, ten times in about three days.';

create function governance_private.wake_webhooks() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: run by schedule.
  if not exists (select from governance.webhook_deliveries d where d.status = 'waiting' and d.next_attempt_at <= clock_timestamp()) then
    return false;
  end if;
  perform governance_private.call_function('governance-api/webhooks/deliver');
  return true;
end
$$;
comment on function governance_private.wake_webhooks() is 'Wakes governance-api when a delivery is due.';

grant execute on function governance.claim_webhooks(integer), governance_private.claim_webhooks(integer),
  governance.finish_webhooks(jsonb), governance_private.finish_webhooks(jsonb) to service_role;
