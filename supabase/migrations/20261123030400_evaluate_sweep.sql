-- What: runs, and the sweep that judges all records of an entity in chunks.
-- Why: entities and rules new to each other, and whatever a pause or a failure let by, are judged without hurrying fresh writes.
-- Breaks a running client: no.

create table governance.runs (
  id uuid primary key default gen_random_uuid(),
  job text not null check (job in ('sweep')),
  entity_type text,
  reason text not null,
  everything boolean not null default false,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  cursor text,
  counts jsonb not null default '{}',
  created_at timestamptz not null default now(),
  available_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz
);
create index runs_waiting_idx on governance.runs (created_at) where status in ('queued', 'running');
comment on table governance.runs is 'Executions of scheduled jobs, resumable by their cursor, with their counts.';
comment on column governance.runs.available_at is 'Not before this it goes on: its table was in use.';
comment on column governance.runs.everything is 'Of a sweep: every record is evaluated, not only those of which SQL cannot say all.';
alter table governance.runs enable row level security;
-- Counts are of all organizations: for instance administrators.
grant select on governance.runs to service_role;

create function governance_private.queue_sweep(p_entity_type text, p_reason text, p_everything boolean default false) returns uuid
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_id uuid;
begin
  -- One that has not begun will see everything anyway; the lock keeps it from beginning before this transaction can be seen.
  select r.id into v_id from governance.runs r where r.job = 'sweep' and r.entity_type = p_entity_type and r.status = 'queued'
  limit 1 for no key update skip locked;
  if v_id is null then
    insert into governance.runs (job, entity_type, reason, everything) values ('sweep', p_entity_type, p_reason, p_everything) returning id into v_id;
  elsif p_everything then
    update governance.runs r set everything = true where r.id = v_id;
  end if;
  perform governance_private.ring_doorbell();
  return v_id;
end
$$;
comment on function governance_private.queue_sweep(text, text, boolean) is
  'Has all records of an entity judged, behind fresh writes; with p_everything each of them by evaluate, as after writes that nobody captured.';

create function governance_private.queue_record(p_org_id text, p_entity_type text, p_record_key text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  insert into governance_private.change_queue (org_id, entity_type, record_key, reason) values (p_org_id, p_entity_type, p_record_key, 'sweep');
  perform governance_private.ring_doorbell();
end
$$;
comment on function governance_private.queue_record(text, text, text) is 'Has one record judged as a sweep does it, although nothing of it changed.';

create function governance_private.sweep_leaves(p_entity_type text) returns setof regclass
language sql stable security invoker set search_path = ''
as $$
  -- The tables that hold an entity's records, in a fixed order: a plain table is its own leaf.
  select l.relid from pg_catalog.pg_partition_tree(governance_private.entity_table(p_entity_type)::regclass) l where l.isleaf
  union all
  select governance_private.entity_table(p_entity_type)::regclass
  where not exists (select from pg_catalog.pg_partition_tree(governance_private.entity_table(p_entity_type)::regclass))
  order by 1
$$;

create function governance_private.scan_next(p_run governance.runs) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_cursor jsonb := p_run.cursor::jsonb;
  v_leaf regclass;
  v_from bigint;
  v_end bigint;
  v_step bigint;
  v_counted bigint;
begin
  -- One range of blocks; returns the cursor behind it, and the one that begins the issues after the last. A table that was rewritten begins anew.
  select l into v_leaf from governance_private.sweep_leaves(p_run.entity_type) l
  where l::oid >= coalesce((v_cursor ->> 'leaf')::oid, '0'::oid) order by l::oid limit 1;
  if v_leaf is null then
    return v_cursor || '{"phase": "issues", "after": ""}';
  end if;
  v_from := case when v_cursor ->> 'file' = pg_relation_filenode(v_leaf)::text then coalesce((v_cursor ->> 'block')::bigint, 0) else 0 end;
  v_end := pg_relation_size(v_leaf) / current_setting('block_size')::bigint;
  if v_from >= v_end then
    return v_cursor || jsonb_build_object('leaf', (v_leaf::oid::bigint + 1)::text, 'file', null, 'block', 0);
  end if;
  select greatest(1, ceil(s.sweep_rows / greatest(1, case when c.relpages > 0 then c.reltuples / c.relpages else 50 end)))::bigint into v_step
  from governance_private.queue_settings s, pg_catalog.pg_class c where c.oid = v_leaf;
  if has_table_privilege((select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'governance_private'), v_leaf, 'select') then
    v_counted := governance_private.scan_range(p_run, v_leaf::text, v_from, v_from + v_step);
  else
    -- Where rows lie may be asked only by who may read every column: this table is read in one step.
    v_step := v_end - v_from;
    v_counted := governance_private.scan_range(p_run, v_leaf::text, null, null);
  end if;
  return v_cursor || jsonb_build_object('leaf', v_leaf::oid::bigint::text, 'file', pg_relation_filenode(v_leaf)::text, 'block', v_from + v_step,
    'records', coalesce((v_cursor ->> 'records')::bigint, 0) + v_counted);
end
$$;

create function governance_private.feed_backlog(p_run governance.runs) returns boolean
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_count bigint;
begin
  with next as (
    delete from governance_private.sweep_backlog b
    where b.id in (select n.id from governance_private.sweep_backlog n where n.run_id = p_run.id order by n.id limit (select s.sweep_chunk from governance_private.queue_settings s))
    returning b.id, b.org_id, b.record_key
  ), queued as (
    insert into governance_private.change_queue (org_id, entity_type, record_key, reason)
    select n.org_id, p_run.entity_type, n.record_key, 'sweep' from next n
    where not exists (select from governance_private.change_queue q
      where q.entity_type = p_run.entity_type and q.record_key = n.record_key and q.lease_id is null and q.reason = 'sweep')
    order by n.id
  )
  select count(*) into v_count from next;
  return v_count > 0;
end
$$;
comment on function governance_private.feed_backlog(governance.runs) is 'Queues the next of the records that a sweep leaves to evaluate; false when there is none.';

create function governance_private.advance_sweep(p_may_wait boolean default true) returns boolean
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_run governance.runs;
  v_is_kept boolean;
  v_cursor jsonb;
  v_after text;
begin
  -- One step of the oldest sweep; called when nothing fresher waits. False when there is nothing to do.
  select * into v_run from governance.runs r
  where r.job = 'sweep' and r.status in ('queued', 'running') and r.available_at <= clock_timestamp() order by r.created_at, r.id limit 1 for no key update skip locked;
  if not found then
    return false;
  end if;
  -- Rules stay as they are during a step: their verdicts must not come after the change that made them others.
  v_is_kept := governance_private.keep_entity(v_run.entity_type, p_may_wait);
  if v_is_kept is null then
    update governance.runs r set status = 'cancelled', finished_at = now() where r.id = v_run.id;
    return true;
  elsif not v_is_kept then
    perform governance_private.ring_doorbell(true);
    return false;
  end if;
  if v_run.cursor is null then
    -- What a failure of governance let by may have left keys behind. Where somebody writes for long, others go first.
    if not governance_private.refresh_unique_rules(v_run.entity_type, false) then
      update governance.runs r set available_at = clock_timestamp() + interval '5 seconds' where r.id = v_run.id;
      return true;
    end if;
    update governance.runs r
    set status = 'running', started_at = coalesce(r.started_at, clock_timestamp()), cursor = jsonb_build_object('phase', 'records', 'snapshot', pg_current_snapshot())::text
    where r.id = v_run.id returning * into v_run;
  elsif governance_private.feed_backlog(v_run) then
    return true;
  end if;
  v_cursor := v_run.cursor::jsonb;
  case v_cursor ->> 'phase'
    when 'records' then
      v_cursor := governance_private.scan_next(v_run);
    when 'issues' then
      v_after := governance_private.close_clean_issues(v_run.id, v_run.entity_type, v_cursor ->> 'after', 5000);
      v_cursor := v_cursor || case when v_after is null then '{"phase": "rest"}' else jsonb_build_object('after', v_after) end;
    when 'rest' then
      perform governance_private.leave_the_rest(v_run);
      v_cursor := v_cursor || '{"phase": "done"}';
    else
      perform governance_private.finish_sweep(v_run);
      return true;
  end case;
  update governance.runs r set cursor = v_cursor::text, counts = jsonb_build_object('records', coalesce((v_cursor ->> 'records')::bigint, 0))
  where r.id = v_run.id;
  return true;
end
$$;
comment on function governance_private.advance_sweep(boolean) is
  'One step of the oldest sweep. True when it did something. p_may_wait: for its entity, as keep_entity says.';

create function governance_private.finish_sweep(p_run governance.runs) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  update governance.runs r set status = 'succeeded', finished_at = now() where r.id = p_run.id;
  perform governance_private.renew_further(p_run);
  update governance.data_quality_issues i set status = 'fixed', resolution = 'data_changed'
  where i.rule_key = 'system-governance-failed' and i.entity_type = p_run.entity_type and i.status = 'open' and i.last_seen_at <= p_run.started_at;
end
$$;

create function governance_private.request_sweep(p_entity_type text) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: runs are private; an admin of any organization may have an entity looked at, and learns no more than the run.
  perform governance_private.require_some_admin('start a sweep');
  if not exists (select from governance.entities e where e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('"%s" is not a registered entity.', p_entity_type));
  end if;
  return governance_private.queue_sweep(p_entity_type, 'on demand');
end
$$;

create function governance.sweep(p_entity_type text) returns uuid
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.request_sweep(p_entity_type)
$$;
comment on function governance.sweep(text) is 'Has all records of an entity judged by all active rules, in chunks, behind fresh writes. Returns the run. For admins.';

create function governance_private.sweep_status(p_run_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_run governance.runs;
begin
  -- Definer: runs are private. How many records there are is of all organizations, and not told.
  perform governance_private.require_some_admin('look at a sweep');
  select * into v_run from governance.runs r where r.id = p_run_id and r.job = 'sweep';
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', 'There is no such sweep.');
  end if;
  return jsonb_build_object('run_id', v_run.id, 'entity_type', v_run.entity_type, 'reason', v_run.reason, 'status', v_run.status,
    'created_at', v_run.created_at, 'started_at', v_run.started_at, 'finished_at', v_run.finished_at);
end
$$;

create function governance.sweep_status(p_run_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select governance_private.sweep_status(p_run_id)
$$;
comment on function governance.sweep_status(uuid) is
  'How far a sweep is: {"run_id", "entity_type", "reason", "status": queued, running, succeeded, failed or cancelled, "created_at", "started_at", "finished_at"}. For admins.';
grant execute on function governance.sweep(text), governance_private.request_sweep(text), governance.sweep_status(uuid), governance_private.sweep_status(uuid) to authenticated, service_role;

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
    'pending', (select count(*) from governance_private.change_queue q where q.lease_id is null)
      + (select coalesce(sum(b.records), 0) from governance_private.bulk_changes b),
    'leased', (select count(*) from governance_private.change_queue q where q.lease_id is not null),
    'dead', (select count(*) from governance_private.dead_letters),
    -- What governance failed at is swept as soon as somebody notices.
    'sweeps', (select count(*) from governance.runs r where r.job = 'sweep' and r.status in ('queued', 'running'))
      + (select count(distinct f.entity_type) from governance_private.hook_failures f),
    'oldest_seconds', coalesce((select extract(epoch from clock_timestamp() - min(q.enqueued_at))
      from (select c.enqueued_at from governance_private.change_queue c union all select b.enqueued_at from governance_private.bulk_changes b) q), 0))
$$;

create function governance_private.drain() returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: run by schedule. Rings only when something waits that a doorbell may have missed.
  perform governance_private.answer_rings();
  if not governance_private.notice_schema_changes()
    or governance_private.notice_failures()
    or governance_private.is_anything_waiting()
    or exists (select from governance_private.record_leases l where l.lease_id is not null and l.expires_at < clock_timestamp())
    or exists (select from governance.runs r where r.job = 'sweep' and r.status in ('queued', 'running')) then
    -- Also where one is on its way: it may be lost.
    perform governance_private.ring_doorbell(true);
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
