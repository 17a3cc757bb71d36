-- What: every undo with its scope, and the private tables in which one is worked out.
-- Why: whatever was done can be taken back, and who took back what stays visible, so that it can be taken back in turn.
-- Breaks a running client: no.

create table governance.undos (
  id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity unique,
  org_ids text[] not null,
  scope jsonb not null,
  on_conflict text not null check (on_conflict in ('refuse', 'skip')),
  reason text check (length(reason) <= 1000),
  counts jsonb not null default '{}',
  import_ids uuid[] not null default '{}',
  restored_import_ids uuid[] not null default '{}',
  undone_by uuid,
  db_role text not null,
  undone_at timestamptz not null default clock_timestamp()
);
create index fixes_reverted_batch_idx on governance.fixes (reverted_batch_id) where reverted_batch_id is not null;
create index undos_org_ids_idx on governance.undos using gin (org_ids);
comment on table governance.undos is 'What was taken back, by whom and why. The audit events of an undo have the cause undo and its id; governance.undo takes it back with {"undo": id}.';
comment on column governance.undos.scope is 'What was to be taken back, as it was asked: {"import": id}, {"actor": id, "from": …, "to": …}.';
comment on column governance.undos.on_conflict is 'refuse: all or nothing; skip: records with a conflict were left as they are.';
comment on column governance.undos.counts is 'How many records were updated, inserted again and deleted, and how many were left for a conflict.';
comment on column governance.undos.import_ids is 'The imports of which it took something back.';
comment on column governance.undos.restored_import_ids is 'The imports of which it took the taking back back: what they wrote is there again.';

create unlogged table governance_private.undo_plans (
  undo_id uuid primary key,
  transaction_id xid8 not null default pg_current_xact_id(),
  scope jsonb not null,
  by_fixes boolean not null default false
);
comment on table governance_private.undo_plans is 'Undos that the present transaction works out. Nothing of them outlives it.';

create unlogged table governance_private.undo_events (
  undo_id uuid not null,
  event_id bigint not null,
  entity_type text not null,
  record_key text not null,
  fix_id uuid
);
create index undo_events_undo_idx on governance_private.undo_events (undo_id, event_id);
comment on table governance_private.undo_events is 'The audit events in the scope of an undo; for fixes, each fix with the event of its write.';

create unlogged table governance_private.undo_history (
  undo_id uuid not null,
  entity_type text not null,
  record_key text not null,
  event_id bigint not null,
  org_id text not null,
  operation text not null,
  before jsonb,
  after jsonb,
  erased text[],
  is_mine boolean not null,
  is_consequence boolean not null,
  is_undo boolean not null,
  cause_id text,
  transaction_id text not null,
  primary key (undo_id, entity_type, record_key, event_id)
);
comment on table governance_private.undo_history is 'Everything that happened to the records of an undo since the first event of its scope.';
comment on column governance_private.undo_history.is_mine is 'In the scope of the undo.';
comment on column governance_private.undo_history.is_consequence is 'A correction by a rule: it is taken back with what it corrected.';

create unlogged table governance_private.undo_steps (
  undo_id uuid not null,
  entity_type text not null,
  record_key text not null,
  place bigint,
  org_id text not null,
  operation text not null,
  values jsonb not null,
  tests jsonb not null,
  conflict jsonb,
  is_seen boolean not null default false,
  is_done boolean not null default false,
  primary key (undo_id, entity_type, record_key)
);
create index undo_steps_place_idx on governance_private.undo_steps (undo_id, place);
comment on table governance_private.undo_steps is 'What an undo does with each record, or why it cannot.';
comment on column governance_private.undo_steps.values is 'What the fields become: of an update those that come back, of an insert the whole record.';
comment on column governance_private.undo_steps.tests is 'What the fields must hold until then.';

alter table governance.undos enable row level security;
alter table governance_private.undo_plans enable row level security;
alter table governance_private.undo_events enable row level security;
alter table governance_private.undo_history enable row level security;
alter table governance_private.undo_steps enable row level security;
create policy "Stewards see what was taken back in their organizations, everybody its own" on governance.undos for select to authenticated
  using (undone_by = (select auth.uid()) or org_ids <> '{}' and org_ids <@ array(select governance_private.my_org_ids('steward')));
grant select on governance.undos to authenticated, service_role;
