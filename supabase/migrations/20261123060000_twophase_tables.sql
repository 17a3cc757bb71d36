-- What: change policies, change requests with their records and decisions, and what tells people that they must act.
-- Why: a risky edit is proposed, validated, approved and committed; who did what stays visible.
-- Breaks a running client: no.

create table governance.change_policies (
  id uuid primary key default gen_random_uuid(),
  policy_key text not null check (policy_key ~ '^[a-z][a-z0-9]*(-[a-z0-9]+)*$' and length(policy_key) <= 80),
  org_id text references governance.organizations on delete cascade,
  entity_type text not null,
  mode text not null default 'divert' check (mode in ('divert', 'refuse', 'review')),
  operations text[] not null check (cardinality(operations) > 0 and operations <@ '{insert,update,delete}'),
  guarded_fields text[] not null default '{}',
  condition jsonb,
  approver_role text not null default 'steward' check (approver_role in ('steward', 'admin')),
  approvals_needed integer not null default 1 check (approvals_needed between 1 and 10),
  four_eyes boolean not null default true,
  amount_field text,
  amount_bands jsonb not null default '[]',
  expires_after interval not null default '14 days' check (expires_after > interval '0'),
  holds_for_fixes boolean not null default true,
  message text not null check (length(message) between 1 and 500),
  description text,
  sentence text,
  status text not null default 'draft' check (status in ('draft', 'active', 'retired')),
  suspended_reason text,
  version integer not null default 1,
  created_by uuid default auth.uid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint a_policy_key_stands_once_per_organization unique nulls not distinct (policy_key, org_id),
  constraint the_operations_fit_the_mode check (mode = 'refuse' or operations = case mode when 'divert' then '{update}'::text[] else '{insert}' end),
  constraint a_divert_guards_fields check (mode <> 'divert' or cardinality(guarded_fields) > 0)
);
create index change_policies_entity_type_idx on governance.change_policies (entity_type);
create index change_policies_org_id_idx on governance.change_policies (org_id);
comment on table governance.change_policies is 'Which edits are risky, and who must agree to them. Saving a policy checks it and puts it in force.';
comment on column governance.change_policies.org_id is 'Empty: for every organization. An organization''s own row with the same policy_key stands in for the shared one.';
comment on column governance.change_policies.mode is 'divert: the guarded fields of an update wait in a change request; refuse: the write is refused and says how to propose it; review: an insert is let in with an issue that somebody must approve.';
comment on column governance.change_policies.operations is 'Which writes it looks at. Left empty: update for divert, insert for review, all three for refuse. A delete can only be refused.';
comment on column governance.change_policies.guarded_fields is 'The fields it guards: an edit that touches none of them is no concern of it. Empty (refuse and review): the whole record.';
comment on column governance.change_policies.condition is 'Query builder group over the record as it would be; old.<field> is the value before. Also {"changes": field}, {"skips": path}, {"movesBackwards": path}. Empty: every edit of the guarded fields.';
comment on column governance.change_policies.amount_bands is 'From which value of amount_field it takes more: [{"from": "10000", "role": "admin", "approvals": 2}].';
comment on column governance.change_policies.four_eyes is 'Whoever proposed a change cannot approve it.';
comment on column governance.change_policies.holds_for_fixes is 'False: what the product itself corrects (fixes, accepted suggestions, undo) is not held up by this policy.';
comment on column governance.change_policies.sentence is 'The policy in plain English, generated when it is saved.';
comment on column governance.change_policies.suspended_reason is 'Set by the product when the policy cannot run any more, until it compiles again.';

create table governance.change_policy_versions (
  policy_id uuid not null,
  version integer not null,
  policy_key text not null,
  org_id text,
  definition jsonb not null,
  sentence text,
  changed_by uuid,
  changed_role text not null,
  changed_at timestamptz not null default now(),
  primary key (policy_id, version)
);
comment on table governance.change_policy_versions is 'Every version that a change policy has had, with who made it; it outlives the policy.';

create table governance.change_requests (
  id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity unique,
  org_id text not null,
  entity_type text not null,
  policy_id uuid references governance.change_policies on delete set null,
  policy_key text,
  policy_version integer,
  origin text not null check (origin in ('divert', 'proposal')),
  status text not null default 'proposed' check (status in
    ('proposed', 'validated', 'approved', 'committed', 'changes_requested', 'rejected', 'withdrawn', 'expired', 'superseded')),
  revision integer not null default 1,
  reason text,
  record_count integer not null,
  approver_role text not null default 'steward',
  approvals_needed integer not null default 1,
  four_eyes boolean not null default true,
  proposed_by uuid,
  proposed_role text not null,
  source text not null,
  cause_kind text,
  cause_id text,
  validation jsonb,
  validated_at timestamptz,
  superseded_by uuid references governance.change_requests on delete set null,
  proposed_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  committed_at timestamptz,
  committed_by uuid
);
create index change_requests_org_idx on governance.change_requests (org_id, status, place desc);
create index change_requests_policy_idx on governance.change_requests (policy_id);
create index change_requests_cause_idx on governance.change_requests (cause_id, cause_kind) where cause_id is not null;
create index change_requests_superseded_by_idx on governance.change_requests (superseded_by);
create index change_requests_expires_idx on governance.change_requests (expires_at)
  where status in ('proposed', 'validated', 'approved', 'changes_requested');
comment on table governance.change_requests is 'Edits that wait for approval, and what became of them. Changed by functions only: propose_change, approve_change, commit_change …';
comment on column governance.change_requests.origin is 'divert: an ordinary update touched guarded fields; proposal: somebody proposed it.';
comment on column governance.change_requests.cause_id is 'What opened it, of the kind cause_kind, as audit events have it: the id of an import. When an import is undone, what of it still waits is withdrawn.';
comment on column governance.change_requests.revision is 'Rises when the proposer revises the request: earlier approvals do not count for it.';
comment on column governance.change_requests.approver_role is 'The least role of those who approve, as the policies asked when it was proposed; commit asks them again.';
comment on column governance.change_requests.validation is 'What block and issue rules said of the records as they would be, or why the request came back.';

create table governance.change_request_records (
  request_id uuid not null references governance.change_requests on delete cascade,
  record_key text not null,
  org_id text not null,
  entity_type text not null,
  record_label text,
  patch jsonb not null check (governance_private.is_patch(patch)),
  before jsonb not null,
  after jsonb not null,
  outcome jsonb,
  superseded_by uuid references governance.change_requests on delete set null,
  primary key (request_id, record_key)
);
create index change_request_records_record_idx on governance.change_request_records (entity_type, record_key);
create index change_request_records_superseded_by_idx on governance.change_request_records (superseded_by);
comment on table governance.change_request_records is 'The records of a change request: what each field holds and what it is to become.';
comment on column governance.change_request_records.patch is 'JSON Patch with test operations: the pre-image, and what is asked.';
comment on column governance.change_request_records.outcome is 'What validation or commit said of this record: violations, or the fields that somebody else changed, with both values.';
comment on column governance.change_request_records.superseded_by is 'The newer request that touches the same fields of this record: this one leaves it alone.';

create table governance.change_request_decisions (
  id bigint generated always as identity primary key,
  request_id uuid not null references governance.change_requests on delete cascade,
  org_id text not null,
  revision integer not null,
  decision text not null check (decision in ('proposed', 'validated', 'approved', 'committed', 'changes_requested', 'rejected', 'withdrawn', 'expired', 'superseded', 'revised')),
  decided_by uuid,
  db_role text not null,
  reason text,
  details jsonb not null default '{}',
  decided_at timestamptz not null default clock_timestamp()
);
create index change_request_decisions_request_idx on governance.change_request_decisions (request_id, id);
comment on table governance.change_request_decisions is 'Who did what with a change request, when and why. Append-only; the approvals in it are what commit counts.';

create table governance.notifications (
  id bigint generated always as identity primary key,
  org_id text not null,
  user_id uuid not null,
  kind text not null,
  subject_type text not null,
  subject_id text not null,
  message text not null,
  created_at timestamptz not null default clock_timestamp(),
  read_at timestamptz
);
create index notifications_user_idx on governance.notifications (user_id, id desc);
create index notifications_subject_idx on governance.notifications (subject_type, subject_id);
comment on table governance.notifications is 'Who must act or should know: one row a person. Realtime can broadcast it.';
comment on column governance.notifications.read_at is 'When the person has seen it, or when there was nothing left to do.';

create unlogged table governance_private.diverted_changes (
  id bigint generated always as identity primary key,
  transaction_id xid8 not null default pg_current_xact_id(),
  entity_type text not null,
  record_key text not null,
  org_id text not null,
  policy_id uuid,
  kept jsonb not null,
  asked jsonb not null,
  request_id uuid
);
create index diverted_changes_transaction_idx on governance_private.diverted_changes (transaction_id, entity_type, record_key);
comment on table governance_private.diverted_changes is 'What the present transaction asked of guarded fields, until the end of the statement makes change requests of it; then it tells the receipt.';

create table governance_private.committing_changes (
  transaction_id xid8 not null default pg_current_xact_id(),
  entity_type text not null,
  record_key text not null,
  request_id uuid not null,
  primary key (transaction_id, entity_type, record_key)
);
comment on table governance_private.committing_changes is
  'The records that the present transaction commits: what lets approved values pass the policies. Written only by the function that also does the write; a session setting could be set by anybody.';

alter table governance.change_policies enable row level security;
alter table governance.change_policy_versions enable row level security;
alter table governance.change_requests enable row level security;
alter table governance.change_request_records enable row level security;
alter table governance.change_request_decisions enable row level security;
alter table governance.notifications enable row level security;
alter table governance_private.diverted_changes enable row level security;
alter table governance_private.committing_changes enable row level security;

create policy "Members see the policies that hold for them" on governance.change_policies for select to authenticated
  using (org_id is null or org_id in (select governance_private.my_org_ids()));
create policy "Admins add policies of their organization" on governance.change_policies for insert to authenticated
  with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins change policies of their organization" on governance.change_policies for update to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')))
  with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins remove policies of their organization" on governance.change_policies for delete to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')));
create policy "Members see the versions of the policies that hold for them" on governance.change_policy_versions for select to authenticated
  using (org_id is null or org_id in (select governance_private.my_org_ids()));
create policy "Members see requested changes of records that they can read" on governance.change_request_records for select to authenticated
  using (org_id in (select governance_private.my_org_ids()) and governance_private.may_see(org_id, entity_type, record_key)
    and governance_private.can_read_fields(entity_type, governance_private.patch_fields(patch))
    -- What rules said of it can show any field of the record.
    and (coalesce(outcome - 'conflicts', '{}') = '{}' or governance_private.can_read_table(entity_type)));
create policy "Members see requests about records that they can read, and their own" on governance.change_requests for select to authenticated
  using (org_id in (select governance_private.my_org_ids()) and (proposed_by = (select auth.uid())
    or exists (select from governance.change_request_records r where r.request_id = change_requests.id)));
create policy "Members see the decisions of requests that they see" on governance.change_request_decisions for select to authenticated
  using (exists (select from governance.change_requests q where q.id = request_id));
create policy "People see what is for them" on governance.notifications for select to authenticated
  using (user_id = (select auth.uid()));
create policy "People mark as read what is for them" on governance.notifications for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

grant select, delete on governance.change_policies to authenticated, service_role;
grant insert (policy_key, org_id, entity_type, mode, operations, guarded_fields, condition, approver_role, approvals_needed, four_eyes, amount_field, amount_bands,
    expires_after, holds_for_fixes, message, description, status),
  update (mode, operations, guarded_fields, condition, approver_role, approvals_needed, four_eyes, amount_field, amount_bands,
    expires_after, holds_for_fixes, message, description, status)
  on governance.change_policies to authenticated, service_role;
grant select on governance.change_policy_versions, governance.change_requests, governance.change_request_records,
  governance.change_request_decisions, governance.notifications to authenticated, service_role;
grant update (read_at) on governance.notifications to authenticated;

do $$
begin
  -- Hosted Supabase has the publication; a plain Postgres has not.
  if exists (select from pg_catalog.pg_publication p where p.pubname = 'supabase_realtime') then
    alter publication supabase_realtime add table governance.notifications;
  end if;
end
$$;
