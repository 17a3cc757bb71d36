-- A witness of every committed change that owes nothing to the product: other people's row triggers, in the same transaction.
create schema witness;
create table witness.changes (
  place bigint generated always as identity primary key,
  entity_type text not null,
  operation text not null,
  before jsonb,
  after jsonb,
  transaction_id text not null default pg_current_xact_id()::text,
  -- Nobody captures what a paused entity or a replica session writes.
  was_seen boolean not null
);
create index on witness.changes (entity_type);
create table witness.verdicts (
  place bigint generated always as identity primary key,
  issue_id uuid not null,
  status text not null,
  last_event_id bigint
);

create function witness.note_change() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into witness.changes (entity_type, operation, before, after, was_seen)
  select tg_argv[0], lower(tg_op), case when tg_op <> 'INSERT' then to_jsonb(old) - 'updated_at' end,
    case when tg_op <> 'DELETE' then to_jsonb(new) - 'updated_at' end,
    e.paused_at is null and current_setting('session_replication_role') <> 'replica'
  from governance.entities e where e.entity_type = tg_argv[0];
  return null;
end
$$;
create trigger zz_witness after insert or update or delete on shop.customers for each row execute function witness.note_change('customer');
create trigger zz_witness after insert or update or delete on shop.orders for each row execute function witness.note_change('purchase');
alter table shop.customers enable always trigger zz_witness;
alter table shop.orders enable always trigger zz_witness;

create function witness.note_verdict() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into witness.verdicts (issue_id, status, last_event_id) values (new.id, new.status, new.last_event_id);
  return null;
end
$$;
create trigger zz_witness after insert or update on governance.data_quality_issues for each row execute function witness.note_verdict();
