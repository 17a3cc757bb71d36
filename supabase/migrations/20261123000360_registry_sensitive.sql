-- What: which columns are sensitive, and from which role on their values may be read in what the product keeps.
-- Why: who may read a record need not see a bank account in its audit, its issues and its patches.
-- Breaks a running client: no.

create table governance.sensitive_columns (
  id uuid primary key default gen_random_uuid(),
  entity_type text not null references governance.entities on delete cascade,
  column_name text not null,
  org_id text references governance.organizations on delete cascade,
  least_role text not null default 'admin' check (least_role in ('member', 'steward', 'admin')),
  reason text check (length(reason) <= 1000),
  marked_by uuid default auth.uid(),
  marked_at timestamptz not null default now(),
  constraint a_column_is_marked_once_per_organization unique nulls not distinct (entity_type, column_name, org_id)
);
create index sensitive_columns_org_idx on governance.sensitive_columns (org_id);
comment on table governance.sensitive_columns is
  'Columns whose values are masked in audit, issues, fixes, change requests and payloads for people below a role, and that governance.erase_record erases. The governed table itself keeps its own rights.';
comment on column governance.sensitive_columns.org_id is 'Empty: in every organization.';
comment on column governance.sensitive_columns.least_role is 'From this role on its values may be read. Somebody who is below it in one of several organizations in which it is marked does not read it in any.';

alter table governance.sensitive_columns enable row level security;
create policy "Members see what is sensitive for them" on governance.sensitive_columns for select to authenticated
  using (org_id is null or org_id in (select governance_private.my_org_ids()));
create policy "Admins mark columns in their organization" on governance.sensitive_columns for insert to authenticated
  with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins change marks of their organization" on governance.sensitive_columns for update to authenticated
  using (org_id in (select governance_private.my_org_ids('admin'))) with check (org_id in (select governance_private.my_org_ids('admin')));
create policy "Admins remove marks of their organization" on governance.sensitive_columns for delete to authenticated
  using (org_id in (select governance_private.my_org_ids('admin')));
grant select, delete on governance.sensitive_columns to authenticated, service_role;
grant insert (entity_type, column_name, org_id, least_role, reason), update (least_role, reason) on governance.sensitive_columns to authenticated, service_role;

create function governance_private.hidden_columns(p_entity_type text) returns text[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Definer: membership answers for whoever asks, also inside policies on other tables.
  if governance_private.is_instance_admin() then
    return '{}';
  end if;
  return array(
    select distinct s.column_name from governance.sensitive_columns s
    join governance.memberships m on m.user_id = auth.uid() and (s.org_id is null or s.org_id = m.org_id)
    where s.entity_type = p_entity_type and governance_private.role_rank(m.role) < governance_private.role_rank(s.least_role));
end
$$;
comment on function governance_private.hidden_columns(text) is 'The sensitive columns of an entity that the caller may not read in what the product keeps.';
grant execute on function governance_private.hidden_columns(text) to authenticated, service_role;

create function governance_private.check_sensitive_column() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  v_entity governance.entities;
begin
  -- Definer: asks the catalog. What names a record stands in every row about it and cannot be masked.
  select * into v_entity from governance.entities e where e.entity_type = new.entity_type;
  if found and not exists (select from governance_private.entity_columns(new.entity_type, new.column_name)) then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" has no column "%s".', new.entity_type, new.column_name), '{"field": "column_name"}');
  elsif new.column_name = any (v_entity.key_columns || v_entity.org_column) then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" names the records or their organization: it cannot be masked.', new.column_name), '{"field": "column_name"}');
  end if;
  return new;
end
$$;
create trigger _100_check before insert on governance.sensitive_columns for each row execute function governance_private.check_sensitive_column();

create function governance_private.refresh_sensitive() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: the functions that policies ask are generated; only entities with marks pay for them.
  perform governance_private.generate_record_access();
  return null;
end
$$;
create trigger _900_refresh after insert or delete on governance.sensitive_columns for each statement execute function governance_private.refresh_sensitive();
