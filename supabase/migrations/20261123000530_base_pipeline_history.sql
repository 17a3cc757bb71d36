-- What: how likely a stage is to be won, why a deal was lost, the way each deal took through its stages, and what reports say a pipeline holds.
-- Why: how long deals stay in a stage and which stages they skip is measured from their history; totals can be held against the deals.
-- Breaks a running client: no.

alter table public.pipeline_stages
  add column probability numeric(5, 2),
  add constraint stage_probability_is_between_0_and_100 check (probability between 0 and 100);
comment on column public.pipeline_stages.probability is 'How many of 100 deals in this stage are won, as the organization reckons; empty where it does not.';

alter table public.deals
  add column probability numeric(5, 2),
  add column lost_reason text,
  add constraint deal_probability_is_between_0_and_100 check (probability between 0 and 100);
comment on column public.deals.probability is 'How likely it is to be won, in percent; empty: as likely as its stage says.';
comment on column public.deals.lost_reason is 'Why it was lost, in the words of whoever lost it.';

create table public.deal_stage_changes (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  deal_id uuid not null,
  pipeline_id uuid,
  from_stage_id uuid,
  from_stage_name text,
  from_status text,
  to_stage_id uuid,
  to_stage_name text,
  to_status text not null,
  changed_at timestamptz not null default now(),
  changed_by uuid default auth.uid(),
  source text,
  constraint stage_change_key_is_unique_in_its_organization unique (org_id, id),
  constraint stage_change_deal_is_in_the_same_organization foreign key (org_id, deal_id)
    references public.deals (org_id, id) on delete cascade,
  constraint stage_change_pipeline_is_in_the_same_organization foreign key (org_id, pipeline_id)
    references public.pipelines (org_id, id) on delete set null (pipeline_id),
  constraint stage_change_starts_in_a_stage_of_the_organization foreign key (org_id, from_stage_id)
    references public.pipeline_stages (org_id, id) on delete set null (from_stage_id),
  constraint stage_change_ends_in_a_stage_of_the_organization foreign key (org_id, to_stage_id)
    references public.pipeline_stages (org_id, id) on delete set null (to_stage_id)
);
create index deal_stage_changes_deal_idx on public.deal_stage_changes (org_id, deal_id, changed_at);
create index deal_stage_changes_pipeline_idx on public.deal_stage_changes (org_id, pipeline_id);
create index deal_stage_changes_from_idx on public.deal_stage_changes (org_id, from_stage_id);
create index deal_stage_changes_to_idx on public.deal_stage_changes (org_id, to_stage_id);
comment on table public.deal_stage_changes is 'The way of each deal through its stages: a row when it comes and one for each change of pipeline, stage or status.';
comment on column public.deal_stage_changes.from_stage_id is 'Empty when the deal was made, and once the stage is deleted: the name stays.';
comment on column public.deal_stage_changes.from_stage_name is 'The stage''s name as it was then, or the deal''s own text where no stage was linked.';
comment on column public.deal_stage_changes.source is 'Empty where the database saw the change; a history that an import brings along names its source.';

create function public.record_stage_change() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Invoker: whoever may write a deal may write its history, an import of an older one included. What nobody can forge is the audit.
  if tg_op = 'INSERT' then
    insert into public.deal_stage_changes (org_id, deal_id, pipeline_id, to_stage_id, to_stage_name, to_status)
    select n.org_id, n.id, n.pipeline_id, n.stage_id, coalesce(s.name, n.stage_name), n.status
    from new_rows n
    left join public.pipeline_stages s on s.org_id = n.org_id and s.id = n.stage_id
    where num_nonnulls(n.pipeline_id, n.stage_id, n.stage_name) > 0;
  else
    insert into public.deal_stage_changes
      (org_id, deal_id, pipeline_id, from_stage_id, from_stage_name, from_status, to_stage_id, to_stage_name, to_status)
    select n.org_id, n.id, n.pipeline_id, o.stage_id, coalesce(f.name, o.stage_name), o.status, n.stage_id, coalesce(s.name, n.stage_name), n.status
    from new_rows n
    join old_rows o on o.org_id = n.org_id and o.id = n.id
    left join public.pipeline_stages f on f.org_id = o.org_id and f.id = o.stage_id
    left join public.pipeline_stages s on s.org_id = n.org_id and s.id = n.stage_id
    where (o.pipeline_id, o.stage_id, o.status) is distinct from (n.pipeline_id, n.stage_id, n.status)
       or (n.stage_id is null and o.stage_name is distinct from n.stage_name);
  end if;
  return null;
end
$$;
comment on function public.record_stage_change() is 'Trigger: writes the history of stages for all deals of a statement at once.';

create trigger record_stage_change_insert after insert on public.deals referencing new table as new_rows
  for each statement execute function public.record_stage_change();
create trigger record_stage_change_update after update on public.deals referencing old table as old_rows new table as new_rows
  for each statement execute function public.record_stage_change();

create table public.pipeline_totals (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  pipeline_id uuid not null,
  stage_id uuid,
  as_of date not null,
  currency char(3) not null,
  deal_count integer not null,
  total_amount public.currency_amount not null,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pipeline_total_key_is_unique_in_its_organization unique (org_id, id),
  constraint pipeline_total_is_stated_once_a_day unique nulls not distinct (org_id, pipeline_id, stage_id, as_of, currency, source),
  constraint pipeline_total_is_of_a_pipeline_of_the_organization foreign key (org_id, pipeline_id)
    references public.pipelines (org_id, id) on delete cascade,
  constraint pipeline_total_is_of_a_stage_of_its_pipeline foreign key (org_id, pipeline_id, stage_id)
    references public.pipeline_stages (org_id, pipeline_id, id) on delete cascade,
  constraint pipeline_total_count_is_not_negative check (deal_count >= 0),
  constraint pipeline_total_amount_is_not_negative check (total_amount >= 0),
  constraint pipeline_total_currency_is_three_capital_letters check (currency ~ '^[A-Z]{3}$')
);
create index pipeline_totals_stage_idx on public.pipeline_totals (org_id, pipeline_id, stage_id);
comment on table public.pipeline_totals is 'What a forecast, a report or another system says that the open deals of a pipeline come to.';
comment on column public.pipeline_totals.stage_id is 'Empty: the pipeline as a whole.';
comment on column public.pipeline_totals.as_of is 'The end of this day, in the organization''s time zone.';

create trigger set_updated_at before update on public.pipeline_totals for each row execute function public.set_updated_at();
