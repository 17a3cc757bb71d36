-- What: plans, members, their coverages, and the eligibility files that say who is covered.
-- Why: membership and insurance books live beside sales; what Postgres itself can hold (keys, references, periods) is held here.
-- Breaks a running client: no.

create table public.plans (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  name text not null,
  code text,
  kind text,
  monthly_price public.currency_amount,
  currency char(3),
  is_active boolean not null default true,
  starts_on date,
  ends_on date,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint plan_key_is_unique_in_its_organization unique (org_id, id),
  constraint plan_has_a_name check (btrim(name) <> ''),
  constraint plan_price_is_not_negative check (monthly_price >= 0),
  constraint plan_price_comes_with_its_currency check (monthly_price is null or currency is not null),
  constraint plan_currency_is_three_capital_letters check (currency ~ '^[A-Z]{3}$'),
  constraint plan_ends_after_it_starts check (ends_on >= starts_on)
);
create unique index plan_code_is_used_once on public.plans (org_id, nullif(upper(btrim(code)), ''));
create unique index plan_name_is_used_once on public.plans (org_id, lower(btrim(name)));
comment on table public.plans is 'What members can be covered by: memberships, subscriptions, insurance plans.';
comment on column public.plans.code is 'The short code that eligibility files and bills use; once per organization, whatever its case.';
comment on column public.plans.kind is 'A group of plans in the organization''s own words: medical, dental, gym.';
comment on column public.plans.monthly_price is 'For one member and one month, in the plan''s currency.';

create table public.members (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  member_number text,
  account_id uuid,
  contact_id uuid,
  subscriber_id uuid,
  relationship text not null default 'subscriber',
  first_name text,
  last_name text,
  full_name text generated always as (nullif(btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), '')) stored,
  name_search text generated always as (public.search_text(coalesce(first_name, '') || ' ' || coalesce(last_name, ''))) stored,
  birth_date date,
  email text,
  email_key text generated always as (public.email_key(email)) stored,
  phone text,
  phone_digits text generated always as (public.phone_digits(phone)) stored,
  street text,
  city text,
  state text,
  postal_code text,
  country text,
  status text not null default 'active',
  joined_on date,
  terminated_on date,
  owner_user_id uuid,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint member_key_is_unique_in_its_organization unique (org_id, id),
  constraint member_account_is_in_the_same_organization foreign key (org_id, account_id)
    references public.accounts (org_id, id) on delete set null (account_id),
  constraint member_contact_is_in_the_same_organization foreign key (org_id, contact_id)
    references public.contacts (org_id, id) on delete set null (contact_id),
  -- Not cascade: a family does not go with its subscriber, it is left without one, and a rule finds it.
  constraint member_subscriber_is_in_the_same_organization foreign key (org_id, subscriber_id)
    references public.members (org_id, id) on delete set null (subscriber_id),
  constraint member_is_not_their_own_subscriber check (subscriber_id <> id),
  constraint member_relationship_is_known check (relationship in ('subscriber', 'spouse', 'child', 'other')),
  constraint subscriber_depends_on_nobody check (relationship <> 'subscriber' or subscriber_id is null),
  constraint member_status_is_known check (status in ('pending', 'active', 'suspended', 'terminated'))
);
create unique index member_number_is_used_once on public.members (org_id, nullif(upper(btrim(member_number)), ''));
create index members_account_idx on public.members (org_id, account_id);
create index members_contact_idx on public.members (org_id, contact_id);
create index members_subscriber_idx on public.members (org_id, subscriber_id);
-- Not unique: a household shares an address, and a child has its parent's. Two subscribers with one address are an issue, see the rules.
create index members_email_idx on public.members (org_id, email_key);
create index members_phone_idx on public.members (org_id, phone_digits);
create index members_name_idx on public.members (org_id, name_search);
comment on table public.members is 'The people who are covered: subscribers, and the dependants who are covered through them.';
comment on column public.members.member_number is 'The number on their card, by which eligibility files and bills name them; once per organization, whatever its case.';
comment on column public.members.account_id is 'The employer or group through which they are covered.';
comment on column public.members.subscriber_id is 'Whose dependant they are; empty for a subscriber.';
comment on column public.members.relationship is 'What they are to their subscriber: subscriber (themselves), spouse, child, other.';
comment on column public.members.terminated_on is 'The last day of their membership.';
comment on column public.members.name_search is 'The name as it is searched, made by the database.';
comment on column public.members.email_key is 'The address as it is compared, made by the database.';
comment on column public.members.phone_digits is 'The digits of the phone number, made by the database.';

create table public.coverages (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  member_id uuid not null,
  plan_id uuid not null,
  starts_on date not null,
  ends_on date,
  -- The range of a reversed pair would be refused before the check below can say why.
  period daterange generated always as (
    case when ends_on < starts_on then 'empty'::daterange else daterange(starts_on, ends_on, '[]') end) stored,
  status text not null default 'active',
  monthly_price public.currency_amount,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint coverage_key_is_unique_in_its_organization unique (org_id, id),
  constraint coverage_member_is_in_the_same_organization foreign key (org_id, member_id)
    references public.members (org_id, id) on delete restrict,
  constraint coverage_plan_is_in_the_same_organization foreign key (org_id, plan_id)
    references public.plans (org_id, id) on delete restrict,
  constraint coverage_ends_after_it_starts check (ends_on >= starts_on),
  constraint coverage_status_is_known check (status in ('pending', 'active', 'terminated', 'cancelled')),
  constraint coverage_price_is_not_negative check (monthly_price >= 0),
  constraint coverages_of_one_plan_do_not_overlap exclude using gist
    (org_id with =, member_id with =, plan_id with =, period with &&) where (status <> 'cancelled')
);
create index coverages_member_idx on public.coverages (org_id, member_id);
create index coverages_plan_idx on public.coverages (org_id, plan_id);
comment on table public.coverages is 'Which member is covered by which plan, and when. Coverages of one member by one plan cannot overlap, cancelled ones aside.';
comment on column public.coverages.ends_on is 'The last day that is covered; empty while it goes on.';
comment on column public.coverages.period is 'The covered days, made by the database.';
comment on column public.coverages.status is 'cancelled: it never was; terminated: it ended, or will on ends_on.';
comment on column public.coverages.monthly_price is 'Where it is not the plan''s, in the plan''s currency.';

create table public.eligibility_files (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  source text not null,
  plan_id uuid,
  name text,
  kind text not null default 'full',
  as_of date not null,
  period_starts_on date,
  period_ends_on date,
  expected_on date,
  received_at timestamptz,
  expected_count integer,
  received_count integer,
  checksum text,
  status text not null default 'expected',
  status_reason text,
  external_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint eligibility_file_key_is_unique_in_its_organization unique (org_id, id),
  constraint eligibility_file_plan_is_in_the_same_organization foreign key (org_id, plan_id)
    references public.plans (org_id, id) on delete restrict,
  constraint eligibility_file_names_its_source check (btrim(source) <> ''),
  constraint eligibility_file_is_full_or_delta check (kind in ('full', 'delta')),
  constraint eligibility_file_status_is_known check (status in ('expected', 'received', 'complete', 'rejected')),
  constraint eligibility_file_counts_are_not_negative check (expected_count >= 0 and received_count >= 0),
  constraint eligibility_file_period_ends_after_it_starts check (period_ends_on >= period_starts_on),
  constraint eligibility_file_that_came_says_when check (status in ('expected', 'rejected') or received_at is not null)
);
-- Not unique: that a file came twice is something to find and to tell, not to lose.
create index eligibility_files_checksum_idx on public.eligibility_files (org_id, checksum);
create index eligibility_files_as_of_idx on public.eligibility_files (org_id, source, as_of desc);
create index eligibility_files_plan_idx on public.eligibility_files (org_id, plan_id);
comment on table public.eligibility_files is 'Files by which a carrier, an employer or another system says who is covered; announced ones that have not come yet included.';
comment on column public.eligibility_files.source is 'Who sends it, always in the same word.';
comment on column public.eligibility_files.plan_id is 'The one plan that it speaks of; empty: all plans of the organization.';
comment on column public.eligibility_files.kind is 'full: who is not in it is not covered; delta: only what changed.';
comment on column public.eligibility_files.as_of is 'The day whose state it describes.';
comment on column public.eligibility_files.expected_count is 'How many records its header or trailer announces.';
comment on column public.eligibility_files.received_count is 'How many records came.';
comment on column public.eligibility_files.checksum is 'Of its bytes, so that the same file is known again.';
comment on column public.eligibility_files.status is 'expected: not here yet; received: its records are coming in; complete: all of them are; rejected: not to be used.';

create table public.eligibility_records (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  file_id uuid not null,
  line_number integer not null,
  action text,
  member_number text,
  subscriber_number text,
  relationship text,
  first_name text,
  last_name text,
  birth_date date,
  plan_code text,
  starts_on date,
  ends_on date,
  member_id uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint eligibility_record_key_is_unique_in_its_organization unique (org_id, id),
  constraint eligibility_record_stands_once_on_its_line unique (org_id, file_id, line_number),
  constraint eligibility_record_file_is_in_the_same_organization foreign key (org_id, file_id)
    references public.eligibility_files (org_id, id) on delete cascade,
  constraint eligibility_record_member_is_in_the_same_organization foreign key (org_id, member_id)
    references public.members (org_id, id) on delete set null (member_id),
  constraint eligibility_record_line_is_counted_from_1 check (line_number >= 1)
);
create index eligibility_records_member_idx on public.eligibility_records (org_id, member_id);
create index eligibility_records_number_idx on public.eligibility_records (org_id, file_id, nullif(upper(btrim(member_number)), ''));
comment on table public.eligibility_records is 'The lines of the eligibility files, as they came: what is wrong in one is found by rules, not lost.';
comment on column public.eligibility_records.action is 'What a delta file says to do, in its own words: add, change, terminate.';
comment on column public.eligibility_records.member_number is 'members.member_number, as the file writes it.';
comment on column public.eligibility_records.subscriber_number is 'The member_number of the one through whom they are covered; their own or empty for a subscriber.';
comment on column public.eligibility_records.plan_code is 'plans.code, as the file writes it.';
comment on column public.eligibility_records.ends_on is 'The last day that is covered; empty while it goes on. A file can have it before starts_on.';
comment on column public.eligibility_records.member_id is 'The member it was matched to.';

create trigger set_updated_at before update on public.plans for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.members for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.coverages for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.eligibility_files for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.eligibility_records for each row execute function public.set_updated_at();
