-- What: audit events by month, the change queue, causes of writes.
-- Why: what was done can be explained, and nothing committed escapes evaluation: the queue is the truth, the doorbell a courtesy.
-- Breaks a running client: no.

create sequence governance_private.audit_event_id_seq;
-- It only tells statements apart: each session may take some ahead. Ids of events are in order, so theirs are not cached.
create sequence governance_private.statement_id_seq cache 32;

-- No check constraints here and on the queue: each statement would prepare them anew, and only our functions write.
create table governance.audit_events (
  id bigint not null default nextval('governance_private.audit_event_id_seq'),
  occurred_at timestamptz not null default clock_timestamp(),
  org_id text not null,
  entity_type text not null,
  record_key text not null default '',
  operation text not null,
  before jsonb,
  after jsonb,
  actor uuid,
  db_role text not null,
  source text not null,
  cause_kind text,
  cause_id text,
  reason text,
  request_id text,
  erased text[],
  statement_id bigint,
  transaction_id text not null default pg_current_xact_id()::text,
  primary key (id, occurred_at)
) partition by range (occurred_at);
create table governance.audit_events_default partition of governance.audit_events default;
-- Each index is paid for by every write: what looks for a time finds it by the order in which events come.
create index audit_events_record_idx on governance.audit_events (record_key, entity_type, id);
create index audit_events_time_idx on governance.audit_events using brin (occurred_at) with (pages_per_range = 32);
create index audit_events_cause_idx on governance.audit_events (cause_id) where cause_id is not null;
comment on table governance.audit_events is 'One row for each record that a statement changed: who, by which source, why, and what was before and after. Append-only.';
comment on column governance.audit_events.operation is 'insert, update, delete; gap marks a time in which governance was paused or failed.';
comment on column governance.audit_events.before is 'The changed columns as they were; the whole record for a delete.';
comment on column governance.audit_events.after is 'The changed columns as they became; the whole record for an insert.';
comment on column governance.audit_events.cause_kind is 'fix, suggestion or undo when the product wrote, import, import_undo and sync when it wrote what those brought or took it back; empty when a person or a system did.';
comment on column governance.audit_events.reason is 'The reason that was given to the product for this write: of a change request, an undo; the file of an import. Empty for an ordinary write.';
comment on column governance.audit_events.request_id is 'The request that the write belongs to, as the caller named it (header x-request-id): it finds the write, it proves nothing. Empty in plain SQL.';
comment on column governance.audit_events.erased is 'The fields whose values were erased: null in before and after, whatever they were.';
comment on column governance.audit_events.cause_id is 'The batch of fixes, or the import, that this write belongs to.';
comment on table governance.audit_events_default is 'Catches events outside the months that were made ahead.';

create function governance_private.make_audit_partitions(p_months_ahead integer default 3) returns integer
language plpgsql volatile security definer set search_path = '' set timezone = 'UTC' set lock_timeout = '5s'
as $$
declare
  v_month date;
  v_name text;
  v_made integer := 0;
begin
  -- Definer: the schedule runs it as the owner; nothing of the caller reaches it.
  for v_month in
    select generate_series(date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => p_months_ahead), '1 month')::date
  loop
    v_name := 'audit_events_' || to_char(v_month, 'YYYYMM');
    continue when to_regclass('governance.' || v_name) is not null;
    -- Attached whole: what fell into the default partition meanwhile comes along, and until then nobody adds to it.
    execute format('create table governance.%I (like governance.audit_events including defaults)', v_name);
    if exists (select from governance.audit_events_default d where d.occurred_at >= v_month and d.occurred_at < v_month + interval '1 month') then
      lock table governance.audit_events in share row exclusive mode;
      execute format('with moved as (delete from governance.audit_events_default d where d.occurred_at >= %L and d.occurred_at < %L returning *)
        insert into governance.%I select * from moved', v_month, v_month + interval '1 month', v_name);
    end if;
    execute format('alter table governance.audit_events attach partition governance.%I for values from (%L) to (%L)',
      v_name, v_month, (v_month + interval '1 month')::date);
    execute format('alter table governance.%I enable row level security', v_name);
    execute format('create trigger _100_refuse_truncate before truncate on governance.%I
      for each statement execute function governance_private.refuse_audit_change()', v_name);
    execute format('comment on table governance.%I is %L', v_name, 'Audit events of ' || to_char(v_month, 'FMMonth YYYY') || '.');
    v_made := v_made + 1;
  end loop;
  return v_made;
end
$$;
comment on function governance_private.make_audit_partitions(integer) is 'Makes the monthly partitions of the audit events ahead of time. Returns how many it made.';

create table governance_private.change_queue (
  id bigint generated always as identity primary key,
  org_id text not null,
  entity_type text not null,
  record_key text not null,
  audit_event_id bigint,
  cause_kind text,
  reason text not null default 'write',
  enqueued_at timestamptz not null default clock_timestamp(),
  available_at timestamptz not null default clock_timestamp(),
  lease_id uuid,
  queued_by xid8,
  hops integer not null default 0
);
create index change_queue_record_idx on governance_private.change_queue (entity_type, record_key);
create index change_queue_lease_idx on governance_private.change_queue (lease_id) where lease_id is not null;
comment on table governance_private.change_queue is 'Changes that wait for evaluation. A row leaves it only when a verdict on its record was applied.';
comment on column governance_private.change_queue.reason is 'write: the record changed; dependent: something that its rules read changed; sweep: everything is looked at; second-look: it was judged while an older transaction had not committed what its rules read.';
comment on column governance_private.change_queue.queued_by is 'Of a dependent: the transaction that queued it, so that it does so once.';
comment on column governance_private.change_queue.hops is 'Of a dependent: how many fixes in a row have led here.';

create table governance_private.bulk_changes (
  id bigint generated always as identity primary key,
  entity_type text not null,
  statement_id bigint not null,
  next_event_id bigint not null,
  last_event_id bigint not null,
  records bigint not null,
  enqueued_at timestamptz not null default clock_timestamp()
);
comment on table governance_private.bulk_changes is
  'Changes of one statement with very many records that wait for evaluation: a claim moves them to the change queue by and by, as its audit events name them.';
comment on column governance_private.bulk_changes.records is 'How many of them have not been moved yet.';

create table governance_private.write_causes (
  transaction_id xid8 primary key default pg_current_xact_id(),
  cause_kind text not null,
  cause_id text not null,
  reason text,
  hops integer not null default 0
);
comment on table governance_private.write_causes is
  'Why the present transaction writes, when the product itself writes. A private row keyed by transaction: a session setting could be set by anybody.';

alter table governance.audit_events enable row level security;
alter table governance.audit_events_default enable row level security;
alter table governance_private.change_queue enable row level security;
alter table governance_private.bulk_changes enable row level security;
alter table governance_private.write_causes enable row level security;
grant select on governance.audit_events to authenticated, service_role;
