-- What: leases on records, dead letters, the settings of the queue, and what happens to a lease that ran out.
-- Why: at least once: whatever an evaluator dies of, its records are claimed again, in smaller and smaller batches.
-- Breaks a running client: no.

create table governance_private.queue_settings (
  is_the_only_row boolean primary key default true check (is_the_only_row),
  lease_seconds integer not null default 60 check (lease_seconds between 1 and 3600),
  max_failures integer not null default 5 check (max_failures > 0),
  backoff_seconds numeric not null default 2 check (backoff_seconds >= 0),
  sweep_chunk integer not null default 1000 check (sweep_chunk > 0),
  sweep_rows integer not null default 50000 check (sweep_rows > 0),
  dependents_limit integer not null default 10000 check (dependents_limit > 0),
  issues_per_sweep integer not null default 1000 check (issues_per_sweep > 0)
);
insert into governance_private.queue_settings default values;
comment on table governance_private.queue_settings is 'How long a lease lasts, how often a record may fail alone, and the base of the exponential backoff.';
comment on column governance_private.queue_settings.sweep_chunk is 'How many records a sweep queues for evaluate at a time.';
comment on column governance_private.queue_settings.sweep_rows is 'About how many records of a table a sweep judges in one transaction.';
comment on column governance_private.queue_settings.issues_per_sweep is 'How many new issues one rule opens in one sweep of its entity; the rest is counted and listed. Also how many breaks of one class have an issue at once in an organization; the rest is counted.';
comment on column governance_private.queue_settings.dependents_limit is 'How many dependents of one entity a statement may queue; beyond that the entity is swept.';

create table governance_private.record_leases (
  entity_type text not null,
  record_key text not null,
  lease_id uuid,
  token integer not null default 0,
  batch_size integer,
  record_exists boolean,
  expires_at timestamptz,
  batch_limit integer,
  failures integer not null default 0,
  last_error text,
  primary key (entity_type, record_key)
);
create index record_leases_lease_idx on governance_private.record_leases (lease_id) where lease_id is not null;
create index record_leases_expires_idx on governance_private.record_leases (expires_at) where lease_id is not null;
comment on table governance_private.record_leases is 'Which records are being evaluated, by whom and until when. A row without lease remembers failures.';
comment on column governance_private.record_leases.token is 'The attempt count, as fencing token: a verdict under an older one is discarded.';
comment on column governance_private.record_leases.batch_limit is 'After a failure: how large a batch may be that this record is part of.';

create table governance_private.dead_letters (
  id bigint generated always as identity primary key,
  org_id text not null,
  entity_type text not null,
  record_key text not null,
  audit_event_id bigint,
  failures integer not null,
  error text not null,
  died_at timestamptz not null default now()
);
comment on table governance_private.dead_letters is 'Changes whose evaluation failed alone too often. Each has a critical issue; a later change of the record is evaluated afresh.';

alter table governance_private.queue_settings enable row level security;
alter table governance_private.record_leases enable row level security;
alter table governance_private.dead_letters enable row level security;

create function governance_private.note_failures(p_lease_id uuid, p_keys text[], p_error text) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_settings governance_private.queue_settings;
  v_dead record;
  v_died integer := 0;
  v_noted integer;
begin
  -- A batch that failed is halved; a record that failed alone backs off; one that failed alone too often is dead.
  select * into v_settings from governance_private.queue_settings;
  update governance_private.record_leases l
  set failures = l.failures + case when l.batch_size = 1 then 1 else 0 end,
      batch_limit = greatest(1, l.batch_size / 2), lease_id = null, last_error = p_error
  where l.lease_id = p_lease_id and (p_keys is null or l.record_key = any (p_keys));
  get diagnostics v_noted = row_count;

  for v_dead in
    with dead as (
      delete from governance_private.record_leases l
      where l.lease_id is null and l.failures >= v_settings.max_failures
      returning l.entity_type, l.record_key, l.failures, l.last_error
    ), removed as (
      -- Only the changes that were judged: what was written meanwhile is another change, and is evaluated afresh.
      delete from governance_private.change_queue q using dead d
      where q.entity_type = d.entity_type and q.record_key = d.record_key and q.lease_id = p_lease_id
      returning q.org_id, q.entity_type, q.record_key, q.audit_event_id
    )
    insert into governance_private.dead_letters (org_id, entity_type, record_key, audit_event_id, failures, error)
    select coalesce(max(r.org_id), ''), d.entity_type, d.record_key, max(r.audit_event_id), d.failures, coalesce(d.last_error, 'unknown')
    from dead d left join removed r using (entity_type, record_key)
    group by d.entity_type, d.record_key, d.failures, d.last_error
    returning *
  loop
    v_died := v_died + 1;
    perform governance_private.open_system_issue('system-dead-letter', v_dead.org_id, v_dead.entity_type, v_dead.record_key, 'critical',
      format('This record could not be evaluated after %s attempts: %s', v_dead.failures, left(v_dead.error, 300)));
  end loop;

  update governance_private.change_queue q
  set lease_id = null,
      available_at = clock_timestamp() + make_interval(secs => case when l.failures = 0 then 0
        else least(v_settings.backoff_seconds * power(2, l.failures - 1), 3600) end::double precision)
  from governance_private.record_leases l
  where q.lease_id = p_lease_id and l.lease_id is null and l.entity_type = q.entity_type and l.record_key = q.record_key
    and (p_keys is null or l.record_key = any (p_keys));
  return jsonb_build_object('noted', v_noted, 'dead', v_died);
end
$$;
comment on function governance_private.note_failures(uuid, text[], text) is 'Records of a lease (all of them for null keys) could not be evaluated: halve, back off, or bury.';

create function governance_private.reclaim_expired_leases() returns integer
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_lease uuid;
  v_count integer := 0;
begin
  for v_lease in
    select distinct l.lease_id from governance_private.record_leases l where l.lease_id is not null and l.expires_at < clock_timestamp()
  loop
    -- One session reclaims a lease; the others go on.
    if pg_try_advisory_xact_lock(hashtext('governance.reclaim'), hashtext(v_lease::text)) then
      perform governance_private.note_failures(v_lease, null, 'the evaluator stopped answering before it was done');
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;
