-- What: runs, and the chunked sweep that queues all records of an entity.
-- Why: entities and rules new to each other, and whatever a pause or a failure let by, are evaluated without hurrying fresh writes.
-- Breaks a running client: no.

create table governance.runs (
  id uuid primary key default gen_random_uuid(),
  job text not null check (job in ('sweep')),
  entity_type text,
  reason text not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  cursor text,
  counts jsonb not null default '{}',
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index runs_waiting_idx on governance.runs (created_at) where status in ('queued', 'running');
comment on table governance.runs is 'Executions of scheduled jobs, resumable by their cursor, with their counts.';
alter table governance.runs enable row level security;
-- Counts are of all organizations: for instance administrators.
grant select on governance.runs to service_role;

create function governance_private.queue_sweep(p_entity_type text, p_reason text) returns uuid
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_id uuid;
begin
  -- One that has not begun will see everything anyway; the lock keeps it from beginning before this transaction can be seen.
  select r.id into v_id from governance.runs r where r.job = 'sweep' and r.entity_type = p_entity_type and r.status = 'queued'
  limit 1 for share skip locked;
  if v_id is null then
    insert into governance.runs (job, entity_type, reason) values ('sweep', p_entity_type, p_reason) returning id into v_id;
  end if;
  perform governance_private.ring_doorbell();
  return v_id;
end
$$;

create function governance_private.advance_sweep() returns boolean
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_run governance.runs;
  v_chunk integer := (select s.sweep_chunk from governance_private.queue_settings s);
  v_keys text[];
  v_queued integer;
begin
  -- Queues the next chunk of the oldest sweep; called when nothing fresher waits. False when there is nothing to queue.
  select * into v_run from governance.runs r
  where r.job = 'sweep' and r.status in ('queued', 'running') order by r.created_at, r.id limit 1 for update skip locked;
  if not found then
    return false;
  end if;
  if not exists (select from governance.entities e where e.entity_type = v_run.entity_type) then
    update governance.runs r set status = 'cancelled', finished_at = now() where r.id = v_run.id;
    return true;
  end if;
  if v_run.cursor is null then
    -- What a failure of governance let by may have left keys behind.
    perform governance_private.refresh_unique_rules(v_run.entity_type);
  end if;
  execute format($sql$
    with page as (select * from governance_private.%I($1, $2)), queued as (
      insert into governance_private.change_queue (org_id, entity_type, record_key, reason)
      select p.org_id, $3, p.record_key, 'sweep' from page p
      where not exists (select from governance_private.change_queue q where q.entity_type = $3 and q.record_key = p.record_key and q.lease_id is null and q.reason = 'sweep')
      returning 1)
    select array(select p.record_key from page p), (select count(*) from queued)
  $sql$, v_run.entity_type || '_scan') into v_keys, v_queued using v_run.cursor, v_chunk, v_run.entity_type;
  if cardinality(v_keys) > 0 then
    perform governance_private.correct_keys(v_run.entity_type, v_keys);
    update governance.runs r
    set status = 'running', started_at = coalesce(r.started_at, now()), cursor = v_keys[cardinality(v_keys)],
        counts = jsonb_build_object('records', coalesce((r.counts ->> 'records')::bigint, 0) + cardinality(v_keys))
    where r.id = v_run.id;
    return true;
  end if;
  perform governance_private.finish_sweep(v_run);
  return true;
end
$$;
comment on function governance_private.advance_sweep() is 'One step of the oldest sweep. True when it did something.';

create function governance_private.finish_sweep(p_run governance.runs) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.drop_lost_keys(p_run.entity_type);
  -- Issues of records that went without a trace: the evaluation finds them gone and closes them.
  insert into governance_private.change_queue (org_id, entity_type, record_key, reason)
  select distinct i.org_id, i.entity_type, i.record_key, 'sweep'
  from governance.data_quality_issues i
  where i.entity_type = p_run.entity_type and i.record_key <> '' and i.status <> 'fixed'
    and governance_private.record_is_gone(i.entity_type, i.record_key);
  update governance.runs r set status = 'succeeded', started_at = coalesce(r.started_at, now()), finished_at = now() where r.id = p_run.id;
  update governance.data_quality_issues i set status = 'fixed', resolution = 'data_changed'
  where i.rule_key = 'system-governance-failed' and i.entity_type = p_run.entity_type and i.status = 'open' and i.last_seen_at <= coalesce(p_run.started_at, now());
end
$$;

create function governance.queue_status() returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('read the queue');
  return governance_private.queue_status();
end
$$;
comment on function governance.queue_status() is 'How much waits for evaluation: pending, leased, dead, sweeps, and the age of the oldest change in seconds.';

create function governance_private.queue_status() returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'pending', (select count(*) from governance_private.change_queue q where q.lease_id is null),
    'leased', (select count(*) from governance_private.change_queue q where q.lease_id is not null),
    'dead', (select count(*) from governance_private.dead_letters),
    'sweeps', (select count(*) from governance.runs r where r.job = 'sweep' and r.status in ('queued', 'running')),
    'oldest_seconds', coalesce((select extract(epoch from clock_timestamp() - min(q.enqueued_at)) from governance_private.change_queue q), 0))
$$;

create function governance_private.drain() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: run by schedule. Rings only when something waits that a doorbell may have missed.
  perform governance_private.notice_schema_changes();
  if exists (select from governance_private.change_queue q where q.lease_id is null and q.available_at <= clock_timestamp())
    or exists (select from governance_private.record_leases l where l.lease_id is not null and l.expires_at < clock_timestamp())
    or exists (select from governance.runs r where r.job = 'sweep' and r.status in ('queued', 'running')) then
    perform governance_private.ring_doorbell();
    return true;
  end if;
  return false;
end
$$;
comment on function governance_private.drain() is 'The bound on how late an evaluation can be: wakes evaluate when something waits.';

create function governance_private.sweep_all() returns void
language sql volatile security definer set search_path = ''
as $$
  select governance_private.queue_sweep(e.entity_type, 'daily') from governance.entities e where e.paused_at is null
$$;
comment on function governance_private.sweep_all() is 'Queues a sweep of every entity.';
grant execute on function governance.queue_status(), governance_private.queue_status() to service_role;
