-- What: the people who own records.
-- Why: an owner who has left, or whom nobody knows, can be found.
-- Breaks a running client: no.

create table public.team_members (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  user_id uuid,
  name text not null,
  name_search text generated always as (public.search_text(name)) stored,
  email text,
  email_key text generated always as (public.email_key(email)) stored,
  manager_id uuid,
  is_active boolean not null default true,
  joined_on date,
  left_on date,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint team_member_key_is_unique_in_its_organization unique (org_id, id),
  constraint team_member_user_is_named_once unique (org_id, user_id),
  -- An address is how an import or a sync says who owns a record: two people with one address would share their records.
  constraint team_member_email_is_used_once unique (org_id, email_key),
  constraint team_member_manager_is_in_the_same_organization foreign key (org_id, manager_id)
    references public.team_members (org_id, id) on delete set null (manager_id),
  constraint team_member_is_not_their_own_manager check (manager_id <> id),
  constraint team_member_has_a_name check (btrim(name) <> ''),
  constraint team_member_leaves_after_joining check (left_on >= joined_on)
);
create index team_members_manager_idx on public.team_members (org_id, manager_id);
comment on table public.team_members is 'The people who own accounts, contacts, leads and deals, those who have left included.';
comment on column public.team_members.user_id is 'Their account in auth.users, where they have one: what owner_user_id of a record names. A record may name an owner who is not here: reconciliation finds it.';
comment on column public.team_members.is_active is 'False once they own nothing any more: left, or moved to other work.';
comment on column public.team_members.email_key is 'The address as it is compared, made by the database.';
comment on column public.team_members.name_search is 'The name as it is searched, made by the database.';

create trigger set_updated_at before update on public.team_members for each row execute function public.set_updated_at();
