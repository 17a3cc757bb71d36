-- What: organizations, memberships with the four roles, and the helpers that policies call.
-- Why: who may see and do what is decided in the database, for every way in.
-- Breaks a running client: no.

create table governance.organizations (
  org_id text primary key check (org_id <> ''),
  name text not null,
  time_zone text not null default 'UTC',
  default_country text check (default_country ~ '^[A-Z]{2}$'),
  default_owner uuid,
  created_at timestamptz not null default now()
);
comment on table governance.organizations is 'The organizations of the CRM, as the governing layer knows them: the key is the CRM''s own, as text.';
comment on column governance.organizations.time_zone is 'IANA name; what "today" means in this organization''s rules.';
comment on column governance.organizations.default_country is 'ISO 3166 alpha-2; the region in which phone numbers without a country are read.';
comment on column governance.organizations.default_owner is 'Who gets issues that neither the record nor the rule gives an owner.';

create table governance.memberships (
  user_id uuid not null,
  org_id text not null references governance.organizations on delete cascade,
  role text not null check (role in ('viewer', 'member', 'steward', 'admin')),
  created_at timestamptz not null default now(),
  primary key (user_id, org_id)
);
create index memberships_org_id_idx on governance.memberships (org_id);
comment on table governance.memberships is 'Which user has which role in which organization: viewer reads, member acts on own records, steward curates, admin governs.';

create function governance_private.role_rank(p_role text) returns integer
language sql immutable security invoker
return array_position(array['viewer', 'member', 'steward', 'admin'], p_role);

create function governance_private.my_org_ids(p_min_role text default 'viewer') returns setof text
language sql stable security definer set search_path = ''
as $$
  -- Definer: policies on memberships call it, and must not call themselves.
  select m.org_id from governance.memberships m
  where m.user_id = (select auth.uid())
    and governance_private.role_rank(m.role) >= governance_private.role_rank(p_min_role)
$$;
comment on function governance_private.my_org_ids(text) is 'The organizations in which the caller has at least this role. For policies: org_id in (select governance_private.my_org_ids(''member'')).';
grant execute on function governance_private.role_rank(text), governance_private.my_org_ids(text) to authenticated, service_role;

create function governance_private.require_role(p_org_id text, p_min_role text, p_what text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if governance_private.is_instance_admin() then
    return;
  end if;
  if not exists (select from governance_private.my_org_ids(p_min_role) as o(org_id) where o.org_id = p_org_id) then
    perform governance_private.raise_error('PT403', 'not-allowed',
      format('You cannot %s: that takes the role %s in this organization.', p_what, p_min_role));
  end if;
end
$$;
grant execute on function governance_private.require_role(text, text, text) to authenticated, service_role;

create function governance_private.require_some_admin(p_what text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
begin
  if not governance_private.is_instance_admin() and not exists (select from governance_private.my_org_ids('admin')) then
    perform governance_private.raise_error('PT403', 'not-allowed', format('You cannot %s: that takes the role admin in an organization.', p_what));
  end if;
end
$$;
comment on function governance_private.require_some_admin(text) is 'Refuses who is admin of no organization.';

create function governance_private.register_organization(
  p_org_id text, p_name text, p_time_zone text default 'UTC', p_default_country text default null
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: CRM tables call it from triggers in the name of whoever writes; it can only mirror a name and two settings.
  if not exists (select from pg_catalog.pg_timezone_names where name = coalesce(p_time_zone, 'UTC')) then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" is not a time zone.', p_time_zone),
      jsonb_build_object('field', 'time_zone'), 'Use an IANA name such as Europe/Berlin.');
  end if;
  insert into governance.organizations as o (org_id, name, time_zone, default_country)
  values (p_org_id, p_name, coalesce(p_time_zone, 'UTC'), upper(p_default_country))
  on conflict (org_id) do update
    set name = excluded.name, time_zone = excluded.time_zone,
        default_country = coalesce(excluded.default_country, o.default_country);
end
$$;
comment on function governance_private.register_organization(text, text, text, text) is 'Makes an organization of the CRM known, or renames it.';

create function governance.register_organization(
  p_org_id text, p_name text, p_time_zone text default 'UTC', p_default_country text default null
) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('register an organization');
  perform governance_private.register_organization(p_org_id, p_name, p_time_zone, p_default_country);
end
$$;
comment on function governance.register_organization(text, text, text, text) is 'Makes an organization of the CRM known to the governing layer. Twice is harmless.';
grant execute on function governance.register_organization(text, text, text, text), governance_private.register_organization(text, text, text, text) to service_role;

alter table governance.organizations enable row level security;
alter table governance.memberships enable row level security;

create policy "Members see their organization" on governance.organizations for select to authenticated
  using (org_id in (select governance_private.my_org_ids()));
create policy "Admins change their organization's settings" on governance.organizations for update to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')))
  with check (org_id in (select governance_private.my_org_ids('admin')));

create policy "Users see their own memberships, stewards all of their organization" on governance.memberships for select to authenticated
  using (user_id = (select auth.uid()) or org_id in (select governance_private.my_org_ids('steward')));
create policy "Admins add members" on governance.memberships for insert to authenticated
  with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins change roles" on governance.memberships for update to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')))
  with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins remove members" on governance.memberships for delete to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')));

grant select on governance.organizations, governance.memberships to authenticated, service_role;
grant update (default_owner) on governance.organizations to authenticated, service_role;
grant insert (user_id, org_id, role), update (role), delete on governance.memberships to authenticated, service_role;
