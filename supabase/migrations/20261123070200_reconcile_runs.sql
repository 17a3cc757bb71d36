-- What: asking for a reconciliation, and advancing it one chunk a transaction.
-- Why: a run that is killed anywhere goes on from its last chunk; two that are started at once are one.
-- Breaks a running client: no.

create function governance_private.queue_reconciliation(p_job text, p_org_id text, p_reason text, p_subject text default null) returns uuid
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_id uuid;
begin
  -- One that waits or runs already is the answer.
  insert into governance.runs (job, org_id, subject, reason, requested_by) values (p_job, p_org_id, p_subject, p_reason, auth.uid())
  on conflict (job, org_id, coalesce(subject, '')) where status in ('queued', 'running') and org_id is not null do nothing
  returning id into v_id;
  if v_id is null then
    select r.id into v_id from governance.runs r
    where r.job = p_job and r.org_id = p_org_id and r.subject is not distinct from p_subject and r.status in ('queued', 'running');
  end if;
  return v_id;
end
$$;
comment on function governance_private.queue_reconciliation(text, text, text, text) is 'Queues a run of a job over an organization''s books, unless one waits or runs.';

create function governance_private.request_reconciliation(p_job text, p_org_id text) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id uuid;
begin
  -- Definer: writes runs and reads Vault; checks the caller first.
  perform governance_private.require_role(p_org_id, 'steward', 'reconcile the books');
  if not exists (select from governance.reconcile_jobs j where j.job = p_job and j.is_enabled and j.job <> 'extract') then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no job "%s" that is enabled.', p_job),
      jsonb_build_object('field', 'p_job'), 'The jobs are in governance.reconcile_jobs; an extract is compared by governance.reconcile_extract.');
  end if;
  if not exists (select from governance.organizations o where o.org_id = p_org_id) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no organization "%s".', p_org_id));
  end if;
  v_id := governance_private.queue_reconciliation(p_job, p_org_id, 'asked for');
  perform governance_private.call_function('reconcile');
  return v_id;
end
$$;

create function governance.request_reconciliation(p_job text, p_org_id text) returns uuid
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.request_reconciliation(p_job, p_org_id)
$$;
comment on function governance.request_reconciliation(text, text) is 'Reconciles an organization''s books now: returns the run, whose progress is in governance.runs.';

create function governance_private.reconcile_all() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_queued integer;
begin
  -- Definer: run by schedule. A job without steps has nothing to do; an extract is compared when it has come.
  select count(governance_private.queue_reconciliation(j.job, o.org_id, 'nightly')) into v_queued
  from governance.reconcile_jobs j cross join governance.organizations o
  where j.is_enabled and j.job <> 'extract' and exists (select from governance.reconcile_steps s where s.job = j.job);
  perform governance_private.call_function('reconcile');
  return v_queued;
end
$$;
comment on function governance_private.reconcile_all() is 'Queues every enabled job for every organization.';

create function governance_private.wake_reconcile() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: run by schedule, for calls that were lost and functions that were killed.
  if not exists (select from governance.runs r where r.status in ('queued', 'running') and r.org_id is not null) then
    return false;
  end if;
  perform governance_private.call_function('reconcile');
  return true;
end
$$;
comment on function governance_private.wake_reconcile() is 'Wakes the function reconcile when a run waits.';

create function governance_private.job_settings(p_org_id text, p_job text) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select coalesce(jsonb_object_agg(c.break_class, c.settings || coalesce(p.settings, '{}')), '{}')
  from governance.break_classes c
  join governance.reconcile_steps s on s.step = c.step and s.job = p_job
  left join governance.reconcile_policies p on p.break_class = c.break_class and p.org_id = p_org_id
$$;
comment on function governance_private.job_settings(text, text) is 'The settings of a job''s classes, by class, with the organization''s own on top.';

create function governance_private.chunk_end(p_entity_type text, p_org_id text, p_after text, p_size integer) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_type text;
  v_until text;
begin
  -- The last key of the next chunk in the order of the key's own type, over the index (organization, key); null: no record is left.
  select * into strict v_entity from governance.entities e where e.entity_type = p_entity_type;
  select c.type_sql into strict v_type from governance_private.entity_columns(p_entity_type, v_entity.key_columns[1]) c;
  execute format('select max(k)::text from (select %1$I::text as k from %2$s r where %3$s = $1%4$s order by %1$I limit $3) x',
    v_entity.key_columns[1], governance_private.entity_table(p_entity_type), governance_private.org_expression(p_entity_type, 'r'),
    case when p_after is null then '' else format(' and %I > $2::%s', v_entity.key_columns[1], v_type) end)
  into v_until using p_org_id, p_after, p_size;
  return v_until;
end
$$;

create function governance_private.advance_steps(p_run governance.runs) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_cursor jsonb := coalesce(p_run.cursor::jsonb, '{"position": 0}');
  v_step governance.reconcile_steps;
  v_until text;
  v_breaks governance_private.found_break[];
  v_counts jsonb := '{}';
begin
  -- One chunk of one step. The answer: where to go on (null: done), and what was counted.
  select * into v_step from governance.reconcile_steps s
  where s.job = p_run.job and s.position >= (v_cursor ->> 'position')::integer order by s.position limit 1;
  if not found then
    return jsonb_build_object('cursor', null, 'counts', governance_private.correct_breaks(p_run));
  end if;
  if v_step.entity_type is not null then
    v_until := governance_private.chunk_end(v_step.entity_type, p_run.org_id, v_cursor ->> 'after',
      (select j.chunk_size from governance.reconcile_jobs j where j.job = p_run.job));
  end if;
  if v_step.entity_type is null or v_until is not null then
    execute format('select array_agg(b) from governance_private.%I($1, $2, $3, $4) b', 'reconcile_' || v_step.step)
      into v_breaks using p_run.org_id, v_cursor ->> 'after', v_until, governance_private.job_settings(p_run.org_id, p_run.job);
    v_counts := jsonb_build_object('chunks', 1) || governance_private.save_breaks(p_run, coalesce(v_breaks, '{}'));
  end if;
  if v_until is not null then
    return jsonb_build_object('cursor', jsonb_build_object('position', v_step.position, 'after', v_until), 'counts', v_counts);
  end if;
  v_counts := governance_private.add_counts(v_counts, jsonb_build_object('mended', governance_private.close_mended(p_run,
    array(select c.break_class from governance.break_classes c where c.step = v_step.step))));
  return jsonb_build_object('cursor', jsonb_build_object('position', v_step.position + 1), 'counts', v_counts);
end
$$;
comment on function governance_private.advance_steps(governance.runs) is 'One chunk of a job''s present step; behind the last chunk, what was not seen again is closed.';

create function governance_private.summarize_run(p_run governance.runs) returns text
language sql stable security invoker set search_path = ''
as $$
  select format('%s: %s.%s', coalesce((select j.title from governance.reconcile_jobs j where j.job = p_run.job), p_run.job),
    case when coalesce((p_run.counts ->> 'found')::bigint, 0) = 0 then 'everything agrees'
      else (select string_agg(format('%s × %s', c.value, coalesce(lower(b.title), c.key)), ', ' order by c.value::bigint desc, c.key)
            from jsonb_each_text(p_run.counts -> 'classes') c left join governance.break_classes b on b.break_class = c.key) end,
    concat(
      (select format(' They differ by %s.', string_agg(format('%s %s', d.value, d.key), ', ' order by d.key))
       from jsonb_each_text(coalesce(p_run.counts -> 'differences', '{}')) d where d.value::numeric <> 0 having count(*) > 0),
      case when (p_run.counts ->> 'opened')::bigint > 0 then format(' New: %s.', p_run.counts ->> 'opened') end,
      (select format(' Counted only: %s.', sum(f.value::bigint)) from jsonb_each_text(coalesce(p_run.counts -> 'further', '{}')) f having count(*) > 0),
      case when (p_run.counts ->> 'mended')::bigint > 0 then format(' Mended since: %s.', p_run.counts ->> 'mended') end,
      case when (p_run.counts ->> 'corrected')::bigint > 0 then format(' Corrected: %s.', p_run.counts ->> 'corrected') end,
      case when (p_run.counts ->> 'in_flight')::bigint > 0 then format(' Still in flight: %s.', p_run.counts ->> 'in_flight') end))
$$;
comment on function governance_private.summarize_run(governance.runs) is 'What came of a run, in a sentence for people.';

create function governance_private.advance_reconciliation(p_job text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_run governance.runs;
  v_step jsonb;
begin
  -- Definer: reads the books of every organization; the caller was checked. A run that another advances is passed over.
  select * into v_run from governance.runs r
  where r.status in ('queued', 'running') and r.org_id is not null and (p_job is null or r.job = p_job)
  order by r.created_at, r.id limit 1 for update skip locked;
  if not found then
    return null;
  end if;
  v_run.started_at := coalesce(v_run.started_at, now());
  begin
    v_step := case when v_run.job = 'extract' then governance_private.advance_extract(v_run) else governance_private.advance_steps(v_run) end;
  exception when others then
    if governance_private.is_transient(sqlstate) then
      raise;
    end if;
    update governance.runs r set status = 'failed', started_at = v_run.started_at, finished_at = now(), error = sqlerrm where r.id = v_run.id;
    perform governance_private.open_system_issue('system-run-failed', v_run.org_id, 'run', '', 'high',
      format('The reconciliation "%s" failed and is tried again at the next schedule: %s', v_run.job, sqlerrm), v_run.job);
    return jsonb_build_object('run_id', v_run.id, 'job', v_run.job, 'status', 'failed', 'error', sqlerrm);
  end;
  v_run.counts := governance_private.add_counts(v_run.counts, coalesce(v_step -> 'counts', '{}'));
  v_run.cursor := v_step ->> 'cursor';
  v_run.status := case when v_run.cursor is null then 'succeeded' else 'running' end;
  update governance.runs r
  set status = v_run.status, cursor = v_run.cursor, counts = v_run.counts, started_at = v_run.started_at,
      finished_at = case when v_run.cursor is null then clock_timestamp() end,
      summary = case when v_run.cursor is null then governance_private.summarize_run(v_run) end
  where r.id = v_run.id;
  if v_run.cursor is null then
    update governance.data_quality_issues i set status = 'fixed', resolution = 'data_changed'
    where i.org_id = v_run.org_id and i.rule_key = 'system-run-failed' and i.discriminator = v_run.job and i.status = 'open';
  end if;
  return jsonb_build_object('run_id', v_run.id, 'job', v_run.job, 'status', v_run.status, 'counts', v_run.counts);
end
$$;

create function governance.advance_reconciliation(p_job text default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('advance a reconciliation');
  return governance_private.advance_reconciliation(p_job);
end
$$;
comment on function governance.advance_reconciliation(text) is 'For reconcile: one chunk of the run that waits longest. Null when none waits.';

create function governance.call_reconcile() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('wake the function reconcile');
  perform governance_private.wake_reconcile();
end
$$;
comment on function governance.call_reconcile() is 'Wakes reconcile. Called by reconcile itself when its budget is used before the runs are done.';

grant execute on function governance.request_reconciliation(text, text), governance_private.request_reconciliation(text, text) to authenticated, service_role;
grant execute on function governance.advance_reconciliation(text), governance_private.advance_reconciliation(text), governance.call_reconcile(), governance_private.wake_reconcile() to service_role;
