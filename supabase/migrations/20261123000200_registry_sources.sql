-- What: source systems, each bound to the database role or the user that speaks for it.
-- Why: a source is believed only when the caller is bound to it, never because a request says so.
-- Breaks a running client: no.

create table governance.source_systems (
  source_key text primary key check (source_key ~ '^[a-z][a-z0-9_:-]{0,62}$'),
  org_id text references governance.organizations on delete cascade,
  label text not null,
  db_role text,
  user_id uuid,
  created_at timestamptz not null default now(),
  constraint source_is_bound_to_one_role_or_user_or_to_keys check (num_nonnulls(db_role, user_id) <= 1)
);
create index source_systems_org_id_idx on governance.source_systems (org_id);
create unique index source_systems_db_role_idx on governance.source_systems (db_role, org_id) nulls not distinct where db_role is not null;
create unique index source_systems_user_id_idx on governance.source_systems (user_id, org_id) nulls not distinct where user_id is not null;
comment on table governance.source_systems is 'Systems that write: an import, a sync, an integration. Each is bound to the database role or the user it writes as, or to neither: then only its integration keys speak for it.';
comment on column governance.source_systems.org_id is 'The one organization it belongs to; empty for an instance-wide source.';

create table governance_private.write_sources (
  transaction_id xid8 primary key default pg_current_xact_id(),
  source_key text not null
);
comment on table governance_private.write_sources is
  'The source of the present transaction, where an integration''s key has proven it. A private row keyed by transaction: a session setting could be set by anybody.';
alter table governance_private.write_sources enable row level security;

create function governance_private.bound_sources() returns table (source_key text, org_id text)
language sql stable security invoker set search_path = ''
as $$
  -- What the present writer speaks for, and where: a source of one organization is none in another.
  select s.source_key, s.org_id from governance_private.write_sources w join governance.source_systems s using (source_key)
  where w.transaction_id = pg_current_xact_id_if_assigned()
  union all
  select s.source_key, s.org_id from governance.source_systems s
  where (s.user_id = auth.uid() or (auth.uid() is null and s.db_role = governance_private.writer_role()))
    and not exists (select from governance_private.write_sources w where w.transaction_id = pg_current_xact_id_if_assigned())
$$;
comment on function governance_private.bound_sources() is
  'The sources that the present writer speaks for: that of a proven key, else those that its user or role is bound to; each in its organization, or everywhere.';

create function governance_private.writer_source(p_org_id text) returns text
language sql stable security definer set search_path = ''
as $$
  -- Definer: the writer need not be able to read the registry of sources.
  select coalesce(
    (select s.source_key from governance_private.bound_sources() s
     where s.org_id is null or s.org_id = p_org_id order by s.org_id nulls last limit 1),
    case when auth.uid() is not null then 'person' else 'sql' end)
$$;
comment on function governance_private.writer_source(text) is
  'The source of the present write to records of an organization: the system that the caller speaks for there, else person (signed in) or sql (a database role).';

create function governance_private.writer_sources() returns jsonb
language sql stable security definer set search_path = ''
as $$
  -- Definer: as for writer_source.
  select jsonb_object_agg(s.org_id, s.source_key) from governance_private.bound_sources() s where s.org_id is not null
$$;
comment on function governance_private.writer_sources() is 'The sources that the present writer is in single organizations, by organization; null when in none.';

alter table governance.source_systems enable row level security;
create policy "Members see the sources of their organization" on governance.source_systems for select to authenticated
  using (org_id is null or org_id in (select governance_private.my_org_ids()));
create policy "Admins bind sources of their organization to users" on governance.source_systems for insert to authenticated
  with check (db_role is null and org_id in (select governance_private.my_org_ids('admin'))
    and exists (select from governance.memberships m where m.user_id = source_systems.user_id and m.org_id = source_systems.org_id));
create policy "Admins change sources of their organization" on governance.source_systems for update to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')))
  with check (db_role is null and org_id in (select governance_private.my_org_ids('admin'))
    and exists (select from governance.memberships m where m.user_id = source_systems.user_id and m.org_id = source_systems.org_id));
create policy "Admins remove sources of their organization" on governance.source_systems for delete to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')));
grant select, delete on governance.source_systems to authenticated, service_role;
grant insert (source_key, org_id, label, user_id), update (label, user_id) on governance.source_systems to authenticated;
grant insert (source_key, org_id, label, user_id, db_role), update (label, user_id, db_role) on governance.source_systems to service_role;
