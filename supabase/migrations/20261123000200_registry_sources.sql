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

-- Views, because every captured statement reads them: a function of SQL with settings is parsed and planned anew for each (a quarter of a millisecond).
create view governance_private.callers with (security_invoker = true) as
select w.actor, w.db_role, w.proven, w.request_id,
  w.proven is not null or exists (select from governance.source_systems s where case when w.actor is null then s.db_role = w.db_role else s.user_id = w.actor end) as is_source
from (
  -- current_user is the owner inside a definer function; the role setting keeps whom REST acts for.
  select auth.uid() as actor, case when current_setting('role') = 'none' then session_user::text else current_setting('role') end as db_role,
    (select p.source_key from governance_private.write_sources p where p.transaction_id = pg_current_xact_id_if_assigned()) as proven,
    -- By a pattern, not as JSON: whatever a session sets, it is no error.
    substring(current_setting('request.headers', true) from '"x-request-id"\s*:\s*"([A-Za-z0-9._:/+=-]{1,128})"') as request_id
  offset 0
) w;
comment on view governance_private.callers is
  'One row: who writes in the present transaction, in which role and request, whether a key has proven a source, and whether the caller speaks for any.';

create view governance_private.writers with (security_invoker = true) as
select w.actor, w.db_role, coalesce(b.everywhere, case when w.actor is not null then 'person' else 'sql' end) as source, b.by_org as sources, w.request_id
from governance_private.callers w
cross join lateral (
  -- That of a proven key, else those that the user or the role is bound to; each in its organization, or everywhere.
  select max(s.source_key) filter (where s.org_id is null) as everywhere,
    jsonb_object_agg(s.org_id, s.source_key) filter (where s.org_id is not null) as by_org
  from governance.source_systems s
  where case when w.proven is not null then s.source_key = w.proven when w.actor is null then s.db_role = w.db_role else s.user_id = w.actor end
) b;
comment on view governance_private.writers is
  'The same with the source that it writes by; sources: by organization, where the writer is another source there.';

create function governance_private.writer_source(p_org_id text) returns text
language sql stable security definer set search_path = ''
as $$
  -- Definer: the writer need not be able to read the registry of sources.
  select coalesce(w.sources ->> p_org_id, w.source) from governance_private.writers w
$$;
comment on function governance_private.writer_source(text) is
  'The source of the present write to records of an organization: the system that the caller speaks for there, else person (signed in) or sql (a database role).';

create function governance_private.writer_sources() returns jsonb
language sql stable security definer set search_path = ''
as $$
  -- Definer: as for writer_source.
  select w.sources from governance_private.writers w
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
