-- What: the reference CRM: organizations, accounts, contacts, leads, products.
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
  constraint organization_currency_is_three_capital_letters check (default_currency ~ '^[A-Z]{3}$')
);
comment on table public.organizations is 'Who uses the CRM: one company or team. Every other record belongs to exactly one.';
comment on column public.organizations.time_zone is 'IANA name such as Europe/Berlin: what "today" means in this organization''s rules.';
comment on column public.organizations.default_country is 'ISO 3166 alpha-2: the region in which phone numbers without a country code are read.';
comment on column public.organizations.default_currency is 'ISO 4217: the currency of amounts that name none.';

create table public.accounts (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  name text,
  name_search text generated always as (public.search_text(name)) stored,
  industry text,
  website text,
  phone text,
  phone_digits text generated always as (public.phone_digits(phone)) stored,
  email text,
  email_key text generated always as (public.email_key(email)) stored,
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
  constraint account_parent_is_in_the_same_organization foreign key (org_id, parent_id)
    references public.accounts (org_id, id) on delete set null (parent_id),
  constraint account_is_not_its_own_parent check (parent_id <> id),
  constraint account_country_code_is_two_capital_letters check (country_code ~ '^[A-Z]{2}$'),
  constraint account_revenue_is_not_negative check (annual_revenue >= 0),
  constraint account_employees_are_not_negative check (employees >= 0)
);
create index accounts_parent_idx on public.accounts (org_id, parent_id);
create index accounts_name_idx on public.accounts (org_id, name);
create index accounts_name_search_idx on public.accounts (org_id, name_search);
comment on table public.accounts is 'Companies: customers, prospects, partners.';
comment on column public.accounts.name_search is 'The name as it is searched, made by the database; so are email_key and phone_digits.';
comment on column public.accounts.parent_name is 'The parent company as an export names it; parent_id is the truth where it is set.';
comment on column public.accounts.country is 'The country as a person or an export wrote it; country_code is ISO 3166 alpha-2.';
comment on column public.accounts.annual_revenue is 'A year''s revenue, whole units of the organization''s default currency (not thousands or millions).';
comment on column public.accounts.owner_user_id is 'The user who looks after it and gets its issues.';
comment on column public.accounts.owner_name is 'The owner as an export names it; owner_user_id is the truth where it is set.';
comment on column public.accounts.external_id is 'Its key in the system it came from (source); once per source.';
comment on column public.accounts.source is 'Where it came from: an import, a sync, a trade fair. External ids are kept apart by it.';

create table public.contacts (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  account_id uuid,
  account_name text,
  first_name text,
  last_name text,
  full_name text generated always as (nullif(btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')) stored,
  name_search text generated always as (public.search_text(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))) stored,
  title text,
  email text,
  email_key text generated always as (public.email_key(email)) stored,
  phone text,
  phone_digits text generated always as (public.phone_digits(phone)) stored,
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
  constraint contact_account_is_in_the_same_organization foreign key (org_id, account_id)
    references public.accounts (org_id, id) on delete set null (account_id)
);
create index contacts_account_idx on public.contacts (org_id, account_id);
-- Not unique, here and on leads: info@ and office@ are shared by people, and a duplicate that is refused is a person nobody ever merges.
-- Rules of the kind unique open an issue instead.
create index contacts_email_idx on public.contacts (org_id, email_key);
create index contacts_name_search_idx on public.contacts (org_id, name_search);
comment on table public.contacts is 'People that an organization knows, usually at an account.';
comment on column public.contacts.account_name is 'The account as an export names it; account_id is the truth where it is set.';
comment on column public.contacts.full_name is 'First and last name, made by the database.';
comment on column public.contacts.name_search is 'The name as it is searched, made by the database.';
comment on column public.contacts.email_key is 'The address as it is compared, made by the database.';
comment on column public.contacts.phone_digits is 'The digits of the phone number, made by the database.';

create table public.leads (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  first_name text,
  last_name text,
  full_name text generated always as (nullif(btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')) stored,
  name_search text generated always as (public.search_text(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))) stored,
  company text,
  title text,
  email text,
  email_key text generated always as (public.email_key(email)) stored,
  phone text,
  phone_digits text generated always as (public.phone_digits(phone)) stored,
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
  constraint lead_key_is_unique_in_its_organization unique (org_id, id)
);
create index leads_email_idx on public.leads (org_id, email_key);
create index leads_name_search_idx on public.leads (org_id, name_search);
comment on table public.leads is 'People and companies that may become customers, as forms, lists and fairs deliver them: the messiest table.';
comment on column public.leads.full_name is 'First and last name, made by the database.';
comment on column public.leads.name_search is 'The name as it is searched, made by the database.';
comment on column public.leads.email_key is 'The address as it is compared, made by the database.';
comment on column public.leads.phone_digits is 'The digits of the phone number, made by the database.';
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
  constraint product_has_a_name check (btrim(name) <> ''),
  constraint product_list_price_is_not_negative check (list_price >= 0),
  constraint product_currency_is_three_capital_letters check (currency ~ '^[A-Z]{3}$')
);
create index products_name_idx on public.products (org_id, name);
comment on table public.products is 'The catalogue: what an organization sells. Deals'' product names are checked against it.';
comment on column public.products.family is 'A series or group of products.';

create trigger set_updated_at before update on public.organizations for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.accounts for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.contacts for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.leads for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.products for each row execute function public.set_updated_at();

create trigger mirror_organization after insert or update of name, time_zone, default_country on public.organizations
  for each row execute function public.mirror_organization();
