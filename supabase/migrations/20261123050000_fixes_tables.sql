-- What: every fix that was applied, with the patch that takes it back.
-- Why: nothing the product writes is final.
-- Breaks a running client: no.

create table governance.fixes (
  id uuid primary key default gen_random_uuid(),
  place bigint generated always as identity,
  org_id text not null,
  entity_type text not null,
  record_key text not null,
  rule_id uuid,
  rule_key text not null,
  rule_version integer not null,
  issue_id uuid references governance.data_quality_issues on delete set null,
  patch jsonb not null check (governance_private.is_patch(patch)),
  inverse jsonb not null check (governance_private.is_patch(inverse)),
  batch_id uuid not null,
  cause text not null check (cause in ('auto', 'suggestion')),
  applied_at timestamptz not null default clock_timestamp(),
  applied_by uuid,
  reverted_at timestamptz,
  reverted_by uuid,
  reverted_role text,
  reverted_batch_id uuid,
  restored_batch_id uuid
);
create index fixes_record_idx on governance.fixes (entity_type, record_key, applied_at desc);
create index fixes_batch_idx on governance.fixes (batch_id);
create index fixes_issue_idx on governance.fixes (issue_id);
create index fixes_rule_idx on governance.fixes (rule_key, applied_at desc);
comment on table governance.fixes is 'Corrections that were applied, by a rule or by a person who accepted a suggestion. Undo with governance.undo_fix.';
comment on column governance.fixes.place is 'In which order fixes were applied: the last is taken back first.';
comment on column governance.fixes.patch is 'JSON Patch with test operations: what was there and what it became.';
comment on column governance.fixes.inverse is 'The patch that takes it back.';
comment on column governance.fixes.batch_id is 'What was applied together; the cause_id of its audit events.';
comment on column governance.fixes.reverted_batch_id is 'What was taken back together; the cause_id of the audit events that did.';
comment on column governance.fixes.restored_batch_id is 'The undo that took the taking back back, so that the fix stands again; null where that never happened.';

alter table governance.fixes enable row level security;
create policy "Members see the fixes of records that they can read" on governance.fixes for select to authenticated
  using (org_id in (select governance_private.my_org_ids()) and governance_private.may_see(org_id, entity_type, record_key)
    and (governance_private.can_read_table(entity_type) or governance_private.can_read_fields(entity_type, governance_private.patch_fields(patch))));
grant select on governance.fixes to authenticated, service_role;
