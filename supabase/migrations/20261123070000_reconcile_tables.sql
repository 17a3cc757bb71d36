-- What: reconciliation as data: jobs, their steps, the classes of breaks they find, and who lets which be corrected.
-- Why: a job is named SQL steps and a few rows; nothing here knows a CRM.
-- Breaks a running client: no.

create table governance.reconcile_jobs (
  job text primary key check (job ~ '^[a-z][a-z0-9-]{0,39}$'),
  title text not null,
  description text not null,
  is_enabled boolean not null default true,
  settle_window interval not null default '10 minutes' check (settle_window >= '0'),
  chunk_size integer not null default 5000 check (chunk_size between 1 and 1000000)
);
comment on table governance.reconcile_jobs is 'What the nightly accountant compares. Each job is a list of steps.';
comment on column governance.reconcile_jobs.settle_window is 'How long a record must have been left alone before a difference is called a break: what is in flight is none.';
comment on column governance.reconcile_jobs.chunk_size is 'How many records of the step''s entity one transaction looks at.';

create table governance.reconcile_steps (
  job text not null references governance.reconcile_jobs on delete cascade,
  position integer not null check (position >= 0),
  step text not null check (step ~ '^[a-z][a-z0-9_]{0,50}$'),
  entity_type text references governance.entities on delete cascade,
  primary key (job, position),
  constraint a_step_is_used_once unique (step)
);
create index reconcile_steps_entity_idx on governance.reconcile_steps (entity_type);
comment on table governance.reconcile_steps is 'The steps of a job in order. A step is the function governance_private.reconcile_<step>(org, after, until, settings).';
comment on column governance.reconcile_steps.entity_type is 'Whose records it walks through in chunks of keys; empty: everything at once.';

create table governance.break_classes (
  break_class text primary key check (break_class ~ '^[a-z][a-z0-9-]{0,59}$'),
  step text not null references governance.reconcile_steps (step) on delete cascade,
  title text not null,
  dimension text not null check (dimension in ('completeness', 'validity', 'consistency', 'uniqueness', 'timeliness', 'accuracy', 'integrity')),
  severity text not null check (severity in ('critical', 'high', 'medium', 'low')),
  due_in interval,
  correction text,
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object')
);
create index break_classes_step_idx on governance.break_classes (step);
comment on table governance.break_classes is 'The kinds of breaks, each found by one step.';
comment on column governance.break_classes.title is 'In words: what does not agree.';
comment on column governance.break_classes.correction is 'What a correction would do, where one is safe; empty where only a person can say what is right.';
comment on column governance.break_classes.settings is 'Numbers that the step reads, such as a tolerance; an organization overrides them in its policy.';

create table governance.reconcile_policies (
  org_id text not null references governance.organizations on delete cascade,
  break_class text not null references governance.break_classes on delete cascade,
  is_corrected boolean not null default false,
  is_ignored boolean not null default false,
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
  set_by uuid default auth.uid(),
  set_at timestamptz not null default now(),
  primary key (org_id, break_class)
);
create index reconcile_policies_class_idx on governance.reconcile_policies (break_class);
comment on table governance.reconcile_policies is 'What an organization wants of a class of breaks. Without a row nothing is corrected by itself.';
comment on column governance.reconcile_policies.is_corrected is 'True: the class''s safe correction is applied by itself, as a fix that can be undone.';
comment on column governance.reconcile_policies.is_ignored is 'True: this organization does not want to hear of the class.';

create function governance_private.keep_policy_honest() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if new.is_corrected and not exists (
    select from governance.break_classes c where c.break_class = new.break_class and c.correction is not null) then
    perform governance_private.raise_error('PT422', 'invalid-value',
      format('"%s" has no safe correction: only a person can say what is right.', new.break_class), jsonb_build_object('field', 'is_corrected'));
  end if;
  new.set_by := auth.uid();
  new.set_at := now();
  return new;
end
$$;
create trigger _100_keep_honest before insert or update on governance.reconcile_policies
  for each row execute function governance_private.keep_policy_honest();

alter table governance.runs add column org_id text references governance.organizations on delete cascade;
alter table governance.runs add column subject text;
alter table governance.runs add column requested_by uuid;
alter table governance.runs add column summary text;
alter table governance.runs add column error text;
alter table governance.runs drop constraint runs_job_check;
create index runs_org_idx on governance.runs (org_id, created_at desc);
create unique index one_reconciliation_at_a_time on governance.runs (job, org_id, coalesce(subject, ''))
  where status in ('queued', 'running') and org_id is not null;
comment on column governance.runs.org_id is 'Of a reconciliation: whose books; empty for sweeps, which go over all organizations.';
comment on column governance.runs.subject is 'What a job is about when it can be about several things, such as an extract.';
comment on column governance.runs.summary is 'What came of it, in a sentence for people.';
comment on column governance.runs.error is 'Why it failed.';
create policy "Members see the runs of their organization" on governance.runs for select to authenticated
  using (org_id in (select governance_private.my_org_ids()));
grant select on governance.runs to authenticated;

alter table governance.reconcile_jobs enable row level security;
alter table governance.reconcile_steps enable row level security;
alter table governance.break_classes enable row level security;
alter table governance.reconcile_policies enable row level security;
create policy "Everybody signed in sees the jobs" on governance.reconcile_jobs for select to authenticated using (true);
create policy "Everybody signed in sees the steps" on governance.reconcile_steps for select to authenticated using (true);
create policy "Everybody signed in sees the classes of breaks" on governance.break_classes for select to authenticated using (true);
create policy "Members see their policies" on governance.reconcile_policies for select to authenticated
  using (org_id in (select governance_private.my_org_ids()));
create policy "Admins add policies" on governance.reconcile_policies for insert to authenticated
  with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins change policies" on governance.reconcile_policies for update to authenticated
  using (org_id in (select governance_private.my_org_ids('admin'))) with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins remove policies" on governance.reconcile_policies for delete to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')));
grant select on governance.reconcile_jobs, governance.reconcile_steps, governance.break_classes, governance.reconcile_policies to authenticated, service_role;
grant update (is_enabled, settle_window, chunk_size) on governance.reconcile_jobs to service_role;
grant update (severity, due_in, settings) on governance.break_classes to service_role;
grant insert (org_id, break_class, is_corrected, is_ignored, settings), update (is_corrected, is_ignored, settings), delete
  on governance.reconcile_policies to authenticated, service_role;

create type governance_private.found_break as (
  break_class text,
  entity_type text,
  record_key text,
  partner text,
  expected numeric,
  actual numeric,
  currency text,
  since date,
  touched_at timestamptz,
  message text,
  facts jsonb,
  correction jsonb
);
comment on type governance_private.found_break is
  'What a step says of one disagreement: the record, whom it disagrees with, both amounts, since when, when one of the two was last touched. '
  'correction: {column: {"from": text, "to": text}}, where one is safe.';

create view governance.breaks with (security_invoker = true) as
select i.id as issue_id, i.org_id, c.step, substr(i.rule_key, length('system-break-') + 1) as job, c.break_class, c.title, i.severity, i.status, i.entity_type,
       i.record_key, i.record_label, i.message, (i.observed ->> 'expected')::numeric as expected, (i.observed ->> 'actual')::numeric as actual,
       (i.observed ->> 'difference')::numeric as difference, i.observed ->> 'currency' as currency, (i.observed ->> 'since')::date as since,
       current_date - coalesce((i.observed ->> 'since')::date, i.first_seen_at::date) as age_days, i.first_seen_at, i.last_seen_at,
       i.suggested_fix, i.owner_user_id, i.due_date
from governance.data_quality_issues i
join governance.break_classes c on c.break_class = split_part(i.discriminator, ':', 1)
where i.rule_key like 'system-break-%';
comment on view governance.breaks is 'The books'' disagreements: both amounts, the difference, how old it is. An issue like any other: assign or ignore it there.';
grant select on governance.breaks to authenticated, service_role;
