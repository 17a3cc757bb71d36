-- What: the reference CRM: organizations, accounts, contacts, leads, products, pipelines with stages, deals, tasks.
-- Why: the product has something to govern; what Postgres itself can hold (keys, references, ranges) is held here.
-- Breaks a running client: no.

-- Two habits of these tables:
-- 1. Every reference is (org_id, x_id) to a parent's unique (org_id, id), so that nothing points into another organization.
-- 2. Beside a reference stands the text that real exports carry (product_name, account_name, owner_name), so that a wrong
--    name is data that rules can find and not a row that cannot be stored. The reference is the truth where it is set.

create function public.set_updated_at() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function public.set_updated_at() is 'Trigger: updated_at is the time of the last write.';

create function public.mirror_organization() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance.register_organization(new.id::text, new.name, new.time_zone, new.default_country::text);
  return null;
end
$$;
comment on function public.mirror_organization() is 'Trigger: makes an organization of the CRM, or its new name and settings, known to the governing layer.';

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  time_zone text not null default 'UTC',
  default_country char(2),
  default_currency char(3) not null default 'USD',
  external_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint organization_has_a_name check (btrim(name) <> ''),
  constraint organization_country_is_two_capital_letters check (default_country ~ '^[A-Z]{2}$'),
  constraint organization_currency_is_three_capital_letters check (default_currency ~ '^[A-Z]{3}$'),
  constraint organization_external_id_is_used_once unique (external_id)
);
comment on table public.organizations is 'Who uses the CRM: one company or team. Every other record belongs to exactly one.';
comment on column public.organizations.time_zone is 'IANA name such as Europe/Berlin: what "today" means in this organization''s rules.';
comment on column public.organizations.default_country is 'ISO 3166 alpha-2: the region in which phone numbers without a country code are read.';
comment on column public.organizations.default_currency is 'ISO 4217: the currency of amounts that name none.';

create table public.accounts (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  name text,
  industry text,
  website text,
  phone text,
  email text,
  street text,
  city text,
  state text,
  postal_code text,
  country text,
  country_code char(2),
  parent_id uuid,
  parent_name text,
  founded_year integer,
  annual_revenue numeric(18, 2),
  employees integer,
  owner_user_id uuid,
  owner_name text,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint account_key_is_unique_in_its_organization unique (org_id, id),
  constraint account_external_id_is_used_once unique (org_id, external_id),
  constraint account_parent_is_in_the_same_organization foreign key (org_id, parent_id)
    references public.accounts (org_id, id) on delete set null (parent_id),
  constraint account_is_not_its_own_parent check (parent_id <> id),
  constraint account_country_code_is_two_capital_letters check (country_code ~ '^[A-Z]{2}$'),
  constraint account_employees_are_not_negative check (employees >= 0)
);
create index accounts_parent_idx on public.accounts (org_id, parent_id);
create index accounts_name_idx on public.accounts (org_id, name);
comment on table public.accounts is 'Companies: customers, prospects, partners.';
comment on column public.accounts.parent_name is 'The parent company as an export names it; parent_id is the truth where it is set.';
comment on column public.accounts.country is 'The country as a person or an export wrote it; country_code is ISO 3166 alpha-2.';
comment on column public.accounts.annual_revenue is 'A year''s revenue, whole units of the organization''s default currency (not thousands or millions).';
comment on column public.accounts.owner_user_id is 'The user who looks after it and gets its issues.';
comment on column public.accounts.owner_name is 'The owner as an export names it; owner_user_id is the truth where it is set.';
comment on column public.accounts.external_id is 'Its key in the system it came from; once per organization.';
comment on column public.accounts.source is 'Where it came from, in words: an import, a trade fair, a campaign.';

create table public.contacts (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  account_id uuid,
  account_name text,
  first_name text,
  last_name text,
  full_name text generated always as (nullif(btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')) stored,
  title text,
  email text,
  phone text,
  status text default 'active',
  street text,
  city text,
  state text,
  postal_code text,
  country text,
  owner_user_id uuid,
  owner_name text,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint contact_key_is_unique_in_its_organization unique (org_id, id),
  constraint contact_external_id_is_used_once unique (org_id, external_id),
  constraint contact_account_is_in_the_same_organization foreign key (org_id, account_id)
    references public.accounts (org_id, id) on delete set null (account_id)
);
create index contacts_account_idx on public.contacts (org_id, account_id);
comment on table public.contacts is 'People that an organization knows, usually at an account.';
comment on column public.contacts.account_name is 'The account as an export names it; account_id is the truth where it is set.';
comment on column public.contacts.full_name is 'First and last name, made by the database.';

create table public.leads (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  first_name text,
  last_name text,
  full_name text generated always as (nullif(btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')) stored,
  company text,
  title text,
  email text,
  phone text,
  status text default 'new',
  industry text,
  street text,
  city text,
  state text,
  postal_code text,
  country text,
  owner_user_id uuid,
  owner_name text,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint lead_key_is_unique_in_its_organization unique (org_id, id),
  constraint lead_external_id_is_used_once unique (org_id, external_id)
);
comment on table public.leads is 'People and companies that may become customers, as forms, lists and fairs deliver them: the messiest table.';
comment on column public.leads.full_name is 'First and last name, made by the database.';
comment on column public.leads.company is 'The company as the lead wrote it.';
comment on column public.leads.source is 'Where it came from, in words: web form, purchased list, referral.';

create table public.products (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  name text not null,
  sku text,
  family text,
  list_price numeric(14, 2),
  currency char(3),
  is_active boolean not null default true,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint product_key_is_unique_in_its_organization unique (org_id, id),
  constraint product_external_id_is_used_once unique (org_id, external_id),
  constraint product_has_a_name check (btrim(name) <> ''),
  constraint product_list_price_is_not_negative check (list_price >= 0),
  constraint product_currency_is_three_capital_letters check (currency ~ '^[A-Z]{3}$')
);
create index products_name_idx on public.products (org_id, name);
comment on table public.products is 'The catalogue: what an organization sells. Deals'' product names are checked against it.';
comment on column public.products.family is 'A series or group of products.';

create table public.pipelines (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  name text not null,
  is_default boolean not null default false,
  external_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pipeline_key_is_unique_in_its_organization unique (org_id, id),
  constraint pipeline_external_id_is_used_once unique (org_id, external_id),
  constraint pipeline_name_is_used_once unique (org_id, name),
  constraint pipeline_has_a_name check (btrim(name) <> '')
);
create unique index only_one_pipeline_is_the_default on public.pipelines (org_id) where is_default;
comment on table public.pipelines is 'The ways a deal can go: one for new business, one for renewals, and so on.';

create table public.pipeline_stages (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  pipeline_id uuid not null,
  name text not null,
  position integer not null,
  outcome text not null default 'open',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint stage_key_is_unique_in_its_organization unique (org_id, id),
  constraint stage_key_is_unique_in_its_pipeline unique (org_id, pipeline_id, id),
  constraint stage_name_is_used_once_in_its_pipeline unique (org_id, pipeline_id, name),
  constraint stage_position_is_used_once_in_its_pipeline unique (org_id, pipeline_id, position) deferrable initially immediate,
  constraint stage_pipeline_is_in_the_same_organization foreign key (org_id, pipeline_id)
    references public.pipelines (org_id, id) on delete cascade,
  constraint stage_has_a_name check (btrim(name) <> ''),
  constraint stage_outcome_is_open_won_or_lost check (outcome in ('open', 'won', 'lost'))
);
comment on table public.pipeline_stages is 'The steps of a pipeline, in order of position.';
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
  constraint deal_external_id_is_used_once unique (org_id, external_id),
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
  constraint task_external_id_is_used_once unique (org_id, external_id),
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

create trigger set_updated_at before update on public.organizations for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.accounts for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.contacts for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.leads for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.products for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.pipelines for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.pipeline_stages for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.deals for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.tasks for each row execute function public.set_updated_at();

create trigger mirror_organization after insert or update of name, time_zone, default_country on public.organizations
  for each row execute function public.mirror_organization();
