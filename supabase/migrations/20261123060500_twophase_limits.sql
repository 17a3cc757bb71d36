-- What: the blast-radius breaker: how many records one statement, or one actor within two minutes, may change.
-- Why: a mistaken mass edit stops before it is stored, and can be proposed instead.
-- Breaks a running client: a person's statement over more than 200 records is refused.

create table governance.write_limits (
  id bigint generated always as identity primary key,
  entity_type text,
  writer text not null check (writer in ('person', 'source', 'sql')),
  statement_limit integer check (statement_limit > 0),
  window_limit integer check (window_limit > 0),
  constraint one_limit_an_entity_and_writer unique nulls not distinct (entity_type, writer)
);
comment on table governance.write_limits is 'How many records may be changed: in one statement, and within two minutes by one actor. A row of an entity stands in for the one without.';
comment on column governance.write_limits.entity_type is 'Empty: for every entity that has no row of its own.';
comment on column governance.write_limits.writer is 'person: signed in; source: a bound source system, and suggested fixes that a person accepts; sql: database roles.';
comment on column governance.write_limits.statement_limit is 'Empty: no limit.';
insert into governance.write_limits (entity_type, writer, statement_limit, window_limit) values
  (null, 'person', 200, 500), (null, 'source', 5000, 50000), (null, 'sql', null, null);

create unlogged table governance_private.write_counts (
  id bigint generated always as identity primary key,
  actor text not null,
  entity_type text not null,
  written_at timestamptz not null default clock_timestamp(),
  records bigint not null
);
create index write_counts_actor_idx on governance_private.write_counts (actor, entity_type, written_at);
comment on table governance_private.write_counts is 'What each actor changed lately: rows are only added, so that nobody waits for anybody.';

create table governance_private.trial_marks (
  transaction_id xid8 primary key default pg_current_xact_id()
);
comment on table governance_private.trial_marks is 'This transaction tries records and takes them back. A transaction that would keep such a mark is refused, so that it lets nothing pass.';

create function governance_private.refuse_kept_trial() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: marks are private.
  if exists (select from governance_private.trial_marks m where m.transaction_id = new.transaction_id) then
    perform governance_private.raise_error('PT409', 'too-many-records', 'A trial cannot be kept.');
  end if;
  return null;
end
$$;
create constraint trigger _900_refuse_kept after insert on governance_private.trial_marks
  deferrable initially deferred for each row execute function governance_private.refuse_kept_trial();

create function governance_private.begin_trial() returns void
language sql volatile security definer set search_path = ''
as $$
  -- Definer: marks are private. Whoever calls it can only try: the transaction commits nothing unless the mark was taken back.
  insert into governance_private.trial_marks default values on conflict do nothing
$$;
comment on function governance_private.begin_trial() is 'What follows, up to the end of the savepoint, is tried only: no limit counts it.';

alter table governance.write_limits enable row level security;
alter table governance_private.write_counts enable row level security;
alter table governance_private.trial_marks enable row level security;
create policy "Everybody signed in sees the limits" on governance.write_limits for select to authenticated using (true);
grant select on governance.write_limits to authenticated, service_role;
grant insert (entity_type, writer, statement_limit, window_limit), update (statement_limit, window_limit), delete on governance.write_limits to service_role;
grant execute on function governance_private.begin_trial() to authenticated, service_role;

create function governance_private.hold_limit(p_entity_type text, p_operation text, p_records bigint, p_actor uuid, p_db_role text, p_source text, p_cause text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_writer text := case when p_source not in ('person', 'sql') or (p_source = 'person' and p_cause = 'suggestion') then 'source' else p_source end;
  v_actor text := case when p_source not in ('person', 'sql') then 'source:' || p_source else coalesce(p_actor::text, 'role:' || p_db_role) end;
  v_statement integer;
  v_window integer;
  v_recent bigint;
begin
  -- Called by capture. What was approved, and an import, which was judged and is taken back as one, have no limit. Accepted fixes are looked at, too, and have that of a source.
  if p_cause in ('change_request', 'import', 'undo', 'import_undo')
    or exists (select from governance_private.trial_marks m where m.transaction_id = pg_current_xact_id_if_assigned()) then
    return;
  end if;
  select l.statement_limit, l.window_limit into v_statement, v_window from governance.write_limits l
  where l.writer = v_writer and (l.entity_type is null or l.entity_type = p_entity_type) order by l.entity_type nulls last limit 1;
  if p_records > v_statement then
    perform governance_private.refuse_many(p_entity_type, p_operation, format('it changes %s of %s at once, and %s are allowed', p_records, p_entity_type, v_statement), p_records, v_statement, null);
  elsif v_window is not null then
    insert into governance_private.write_counts (actor, entity_type, records) values (v_actor, p_entity_type, p_records);
    select sum(c.records) into v_recent from governance_private.write_counts c
    where c.actor = v_actor and c.entity_type = p_entity_type and c.written_at > clock_timestamp() - interval '2 minutes';
    if v_recent > v_window then
      perform governance_private.refuse_many(p_entity_type, p_operation, format('with it you have changed %s of %s within two minutes, and %s are allowed', v_recent, p_entity_type, v_window),
        v_recent, v_window, 120);
    end if;
  end if;
end
$$;
comment on function governance_private.hold_limit(text, text, bigint, uuid, text, text, text) is 'The breaker: refuses a statement that changes more records than its writer may.';

create function governance_private.refuse_many(p_entity_type text, p_operation text, p_why text, p_records bigint, p_limit integer, p_seconds integer) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  perform governance_private.raise_error('PT409', 'too-many-records', format('Not saved: %s.', p_why),
    jsonb_strip_nulls(jsonb_build_object('entity_type', p_entity_type, 'operation', lower(p_operation), 'records', p_records, 'limit', p_limit, 'window_seconds', p_seconds)),
    case when p_operation = 'UPDATE' then 'Propose it as one change request with governance.propose_changes, or POST /change-requests; it is committed when it is approved.'
      else 'Write in smaller parts, as a bound source system, or let an instance administrator raise the limit in governance.write_limits.' end);
end
$$;
