-- What: the reference CRM, further: pipelines with their stages, deals, tasks.
-- Why: the product has something to govern; what Postgres itself can hold (keys, references, ranges) is held here.
-- Breaks a running client: no.

create table public.pipelines (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  name text not null,
  is_default boolean not null default false,
  external_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pipeline_key_is_unique_in_its_organization unique (org_id, id),
  constraint pipeline_has_a_name check (btrim(name) <> '')
);
create unique index pipeline_name_is_used_once on public.pipelines (org_id, lower(btrim(name)));
create unique index only_one_pipeline_is_the_default on public.pipelines (org_id) where is_default;
comment on table public.pipelines is 'The ways a deal can go: one for new business, one for renewals, and so on.';

create table public.pipeline_stages (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  pipeline_id uuid not null,
  name text not null,
  stage_in_pipeline text generated always as (pipeline_id::text || ' ' || btrim(name)) stored,
  position integer not null,
  outcome text not null default 'open',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint stage_key_is_unique_in_its_organization unique (org_id, id),
  constraint stage_key_is_unique_in_its_pipeline unique (org_id, pipeline_id, id),
  constraint stage_position_is_used_once_in_its_pipeline unique (org_id, pipeline_id, position) deferrable initially immediate,
  constraint stage_pipeline_is_in_the_same_organization foreign key (org_id, pipeline_id)
    references public.pipelines (org_id, id) on delete cascade,
  constraint stage_has_a_name check (btrim(name) <> ''),
  constraint stage_outcome_is_open_won_or_lost check (outcome in ('open', 'won', 'lost'))
);
create unique index stage_name_is_used_once_in_its_pipeline on public.pipeline_stages (org_id, pipeline_id, lower(btrim(name)));
comment on table public.pipeline_stages is 'The steps of a pipeline, in order of position.';
comment on column public.pipeline_stages.stage_in_pipeline is 'Pipeline and name in one, made by the database: what a deal''s stage_in_pipeline is looked up in.';
comment on column public.pipeline_stages.outcome is 'What a deal in this stage is: open, won or lost.';

create table public.deals (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  name text,
  account_id uuid,
  account_name text,
  contact_id uuid,
  product_id uuid,
  product_name text,
  pipeline_id uuid,
  stage_id uuid,
  stage_name text,
  stage_in_pipeline text generated always as (pipeline_id::text || ' ' || btrim(stage_name)) stored,
  status text not null default 'open',
  amount numeric(14, 2),
  currency char(3),
  opened_on date,
  expected_close_on date,
  closed_on date,
  owner_user_id uuid,
  owner_name text,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint deal_key_is_unique_in_its_organization unique (org_id, id),
  constraint deal_account_is_in_the_same_organization foreign key (org_id, account_id)
    references public.accounts (org_id, id) on delete restrict,
  constraint deal_contact_is_in_the_same_organization foreign key (org_id, contact_id)
    references public.contacts (org_id, id) on delete set null (contact_id),
  constraint deal_product_is_in_the_same_organization foreign key (org_id, product_id)
    references public.products (org_id, id) on delete restrict,
  constraint deal_pipeline_is_in_the_same_organization foreign key (org_id, pipeline_id)
    references public.pipelines (org_id, id) on delete restrict,
  constraint deal_stage_belongs_to_its_pipeline foreign key (org_id, pipeline_id, stage_id)
    references public.pipeline_stages (org_id, pipeline_id, id) on delete restrict,
  -- A composite foreign key with a null in it is not checked at all: a stage must not slip through without its pipeline.
  constraint deal_stage_comes_with_its_pipeline check (stage_id is null or pipeline_id is not null),
  constraint deal_status_is_open_won_or_lost check (status in ('open', 'won', 'lost')),
  constraint deal_amount_is_not_negative check (amount >= 0),
  constraint deal_currency_is_three_capital_letters check (currency ~ '^[A-Z]{3}$')
);
create index deals_account_idx on public.deals (org_id, account_id);
create index deals_contact_idx on public.deals (org_id, contact_id);
create index deals_product_idx on public.deals (org_id, product_id);
create index deals_stage_idx on public.deals (org_id, pipeline_id, stage_id);
comment on table public.deals is 'Opportunities: what may be, is being or has been sold to whom.';
comment on column public.deals.account_name is 'The account as an export names it; account_id is the truth where it is set.';
comment on column public.deals.product_name is 'The product as an export names it; product_id is the truth where it is set.';
comment on column public.deals.stage_name is 'The stage as an export names it; stage_id is the truth where it is set.';
comment on column public.deals.stage_in_pipeline is 'Pipeline and stage_name in one, made by the database: a stage of that name may well be another pipeline''s.';
comment on column public.deals.amount is 'Its value, whole units of its currency; empty while nobody knows.';
comment on column public.deals.currency is 'ISO 4217; empty means the organization''s default currency.';
comment on column public.deals.opened_on is 'When work on it began.';
comment on column public.deals.closed_on is 'When it was won or lost; an open deal has none.';

create table public.tasks (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  title text,
  description text,
  status text not null default 'open',
  due_on date,
  completed_at timestamptz,
  account_id uuid,
  contact_id uuid,
  lead_id uuid,
  deal_id uuid,
  owner_user_id uuid,
  owner_name text,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint task_key_is_unique_in_its_organization unique (org_id, id),
  constraint task_account_is_in_the_same_organization foreign key (org_id, account_id)
    references public.accounts (org_id, id) on delete set null (account_id),
  constraint task_contact_is_in_the_same_organization foreign key (org_id, contact_id)
    references public.contacts (org_id, id) on delete set null (contact_id),
  constraint task_lead_is_in_the_same_organization foreign key (org_id, lead_id)
    references public.leads (org_id, id) on delete set null (lead_id),
  constraint task_deal_is_in_the_same_organization foreign key (org_id, deal_id)
    references public.deals (org_id, id) on delete set null (deal_id),
  constraint task_status_is_open_done_or_cancelled check (status in ('open', 'done', 'cancelled'))
);
create index tasks_account_idx on public.tasks (org_id, account_id);
create index tasks_contact_idx on public.tasks (org_id, contact_id);
create index tasks_lead_idx on public.tasks (org_id, lead_id);
create index tasks_deal_idx on public.tasks (org_id, deal_id);
comment on table public.tasks is 'What somebody has to do, about an account, a contact, a lead or a deal.';

create trigger set_updated_at before update on public.pipelines for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.pipeline_stages for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.deals for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.tasks for each row execute function public.set_updated_at();
