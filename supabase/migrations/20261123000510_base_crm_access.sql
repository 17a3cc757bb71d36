-- What: who may read and write the reference CRM: row level security, one policy per role and action, and explicit grants.
-- Why: what a person may do is decided in the database, for every way in; columns that nobody may set are in no grant.
-- Breaks a running client: no.

-- Viewers read, members write, stewards delete and keep the catalogue, admins shape pipelines.
-- Organizations are made, changed and removed by instance administrators alone (service_role passes row level security).

alter table public.organizations enable row level security;
alter table public.accounts enable row level security;
alter table public.contacts enable row level security;
alter table public.leads enable row level security;
alter table public.products enable row level security;
alter table public.pipelines enable row level security;
alter table public.pipeline_stages enable row level security;
alter table public.deals enable row level security;
alter table public.tasks enable row level security;

create policy "Viewers read their organization" on public.organizations for select to authenticated
  using (id::text in (select governance_private.my_org_ids('viewer')));

create policy "Viewers read accounts" on public.accounts for select to authenticated
  using (org_id::text in (select governance_private.my_org_ids('viewer')));
create policy "Members add accounts" on public.accounts for insert to authenticated
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Members change accounts" on public.accounts for update to authenticated
  using (org_id::text in (select governance_private.my_org_ids('member')))
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Stewards delete accounts" on public.accounts for delete to authenticated
  using (org_id::text in (select governance_private.my_org_ids('steward')));

create policy "Viewers read contacts" on public.contacts for select to authenticated
  using (org_id::text in (select governance_private.my_org_ids('viewer')));
create policy "Members add contacts" on public.contacts for insert to authenticated
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Members change contacts" on public.contacts for update to authenticated
  using (org_id::text in (select governance_private.my_org_ids('member')))
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Stewards delete contacts" on public.contacts for delete to authenticated
  using (org_id::text in (select governance_private.my_org_ids('steward')));

create policy "Viewers read leads" on public.leads for select to authenticated
  using (org_id::text in (select governance_private.my_org_ids('viewer')));
create policy "Members add leads" on public.leads for insert to authenticated
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Members change leads" on public.leads for update to authenticated
  using (org_id::text in (select governance_private.my_org_ids('member')))
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Stewards delete leads" on public.leads for delete to authenticated
  using (org_id::text in (select governance_private.my_org_ids('steward')));

create policy "Viewers read products" on public.products for select to authenticated
  using (org_id::text in (select governance_private.my_org_ids('viewer')));
create policy "Stewards add products" on public.products for insert to authenticated
  with check (org_id::text in (select governance_private.my_org_ids('steward')));
create policy "Stewards change products" on public.products for update to authenticated
  using (org_id::text in (select governance_private.my_org_ids('steward')))
  with check (org_id::text in (select governance_private.my_org_ids('steward')));
create policy "Stewards delete products" on public.products for delete to authenticated
  using (org_id::text in (select governance_private.my_org_ids('steward')));

create policy "Viewers read pipelines" on public.pipelines for select to authenticated
  using (org_id::text in (select governance_private.my_org_ids('viewer')));
create policy "Admins add pipelines" on public.pipelines for insert to authenticated
  with check (org_id::text in (select governance_private.my_org_ids('admin')));
create policy "Admins change pipelines" on public.pipelines for update to authenticated
  using (org_id::text in (select governance_private.my_org_ids('admin')))
  with check (org_id::text in (select governance_private.my_org_ids('admin')));
create policy "Admins delete pipelines" on public.pipelines for delete to authenticated
  using (org_id::text in (select governance_private.my_org_ids('admin')));

create policy "Viewers read pipeline stages" on public.pipeline_stages for select to authenticated
  using (org_id::text in (select governance_private.my_org_ids('viewer')));
create policy "Admins add pipeline stages" on public.pipeline_stages for insert to authenticated
  with check (org_id::text in (select governance_private.my_org_ids('admin')));
create policy "Admins change pipeline stages" on public.pipeline_stages for update to authenticated
  using (org_id::text in (select governance_private.my_org_ids('admin')))
  with check (org_id::text in (select governance_private.my_org_ids('admin')));
create policy "Admins delete pipeline stages" on public.pipeline_stages for delete to authenticated
  using (org_id::text in (select governance_private.my_org_ids('admin')));

create policy "Viewers read deals" on public.deals for select to authenticated
  using (org_id::text in (select governance_private.my_org_ids('viewer')));
create policy "Members add deals" on public.deals for insert to authenticated
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Members change deals" on public.deals for update to authenticated
  using (org_id::text in (select governance_private.my_org_ids('member')))
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Stewards delete deals" on public.deals for delete to authenticated
  using (org_id::text in (select governance_private.my_org_ids('steward')));

create policy "Viewers read tasks" on public.tasks for select to authenticated
  using (org_id::text in (select governance_private.my_org_ids('viewer')));
create policy "Members add tasks" on public.tasks for insert to authenticated
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Members change tasks" on public.tasks for update to authenticated
  using (org_id::text in (select governance_private.my_org_ids('member')))
  with check (org_id::text in (select governance_private.my_org_ids('member')));
create policy "Stewards delete tasks" on public.tasks for delete to authenticated
  using (org_id::text in (select governance_private.my_org_ids('steward')));

revoke all on public.organizations from public, anon, authenticated, service_role;
grant select on public.organizations to authenticated;
grant select, delete on public.organizations to service_role;
grant insert (
  id, name, time_zone, default_country, default_currency, external_id, created_at
), update (
  id, name, time_zone, default_country, default_currency, external_id, created_at
) on public.organizations to service_role;

revoke all on public.accounts from public, anon, authenticated, service_role;
grant select, delete on public.accounts to authenticated;
grant insert (
  id, org_id, name, industry, website, phone, email, street, city, state, postal_code, country, country_code, parent_id,
  parent_name, founded_year, annual_revenue, employees, owner_user_id, owner_name, external_id, source
) on public.accounts to authenticated;
grant update (
  name, industry, website, phone, email, street, city, state, postal_code, country, country_code, parent_id, parent_name,
  founded_year, annual_revenue, employees, owner_user_id, owner_name, external_id, source
) on public.accounts to authenticated;
grant select, delete on public.accounts to service_role;
grant insert (
  id, org_id, name, industry, website, phone, email, street, city, state, postal_code, country, country_code, parent_id,
  parent_name, founded_year, annual_revenue, employees, owner_user_id, owner_name, external_id, source, created_at
), update (
  id, org_id, name, industry, website, phone, email, street, city, state, postal_code, country, country_code, parent_id,
  parent_name, founded_year, annual_revenue, employees, owner_user_id, owner_name, external_id, source, created_at
) on public.accounts to service_role;

revoke all on public.contacts from public, anon, authenticated, service_role;
grant select, delete on public.contacts to authenticated;
grant insert (
  id, org_id, account_id, account_name, first_name, last_name, title, email, phone, status, street, city, state,
  postal_code, country, owner_user_id, owner_name, external_id, source
) on public.contacts to authenticated;
grant update (
  account_id, account_name, first_name, last_name, title, email, phone, status, street, city, state, postal_code, country,
  owner_user_id, owner_name, external_id, source
) on public.contacts to authenticated;
grant select, delete on public.contacts to service_role;
grant insert (
  id, org_id, account_id, account_name, first_name, last_name, title, email, phone, status, street, city, state,
  postal_code, country, owner_user_id, owner_name, external_id, source, created_at
), update (
  id, org_id, account_id, account_name, first_name, last_name, title, email, phone, status, street, city, state,
  postal_code, country, owner_user_id, owner_name, external_id, source, created_at
) on public.contacts to service_role;

revoke all on public.leads from public, anon, authenticated, service_role;
grant select, delete on public.leads to authenticated;
grant insert (
  id, org_id, first_name, last_name, company, title, email, phone, status, industry, street, city, state, postal_code,
  country, owner_user_id, owner_name, external_id, source
) on public.leads to authenticated;
grant update (
  first_name, last_name, company, title, email, phone, status, industry, street, city, state, postal_code, country,
  owner_user_id, owner_name, external_id, source
) on public.leads to authenticated;
grant select, delete on public.leads to service_role;
grant insert (
  id, org_id, first_name, last_name, company, title, email, phone, status, industry, street, city, state, postal_code,
  country, owner_user_id, owner_name, external_id, source, created_at
), update (
  id, org_id, first_name, last_name, company, title, email, phone, status, industry, street, city, state, postal_code,
  country, owner_user_id, owner_name, external_id, source, created_at
) on public.leads to service_role;

revoke all on public.products from public, anon, authenticated, service_role;
grant select, delete on public.products to authenticated;
grant insert (
  id, org_id, name, sku, family, list_price, currency, is_active, external_id, source
) on public.products to authenticated;
grant update (
  name, sku, family, list_price, currency, is_active, external_id, source
) on public.products to authenticated;
grant select, delete on public.products to service_role;
grant insert (
  id, org_id, name, sku, family, list_price, currency, is_active, external_id, source, created_at
), update (
  id, org_id, name, sku, family, list_price, currency, is_active, external_id, source, created_at
) on public.products to service_role;

revoke all on public.pipelines from public, anon, authenticated, service_role;
grant select, delete on public.pipelines to authenticated;
grant insert (
  id, org_id, name, is_default, external_id
) on public.pipelines to authenticated;
grant update (
  name, is_default, external_id
) on public.pipelines to authenticated;
grant select, delete on public.pipelines to service_role;
grant insert (
  id, org_id, name, is_default, external_id, created_at
), update (
  id, org_id, name, is_default, external_id, created_at
) on public.pipelines to service_role;

revoke all on public.pipeline_stages from public, anon, authenticated, service_role;
grant select, delete on public.pipeline_stages to authenticated;
grant insert (
  id, org_id, pipeline_id, name, position, outcome
) on public.pipeline_stages to authenticated;
grant update (
  pipeline_id, name, position, outcome
) on public.pipeline_stages to authenticated;
grant select, delete on public.pipeline_stages to service_role;
grant insert (
  id, org_id, pipeline_id, name, position, outcome, created_at
), update (
  id, org_id, pipeline_id, name, position, outcome, created_at
) on public.pipeline_stages to service_role;

revoke all on public.deals from public, anon, authenticated, service_role;
grant select, delete on public.deals to authenticated;
grant insert (
  id, org_id, name, account_id, account_name, contact_id, product_id, product_name, pipeline_id, stage_id, stage_name,
  status, amount, currency, opened_on, expected_close_on, closed_on, owner_user_id, owner_name, external_id, source
) on public.deals to authenticated;
grant update (
  name, account_id, account_name, contact_id, product_id, product_name, pipeline_id, stage_id, stage_name, status, amount,
  currency, opened_on, expected_close_on, closed_on, owner_user_id, owner_name, external_id, source
) on public.deals to authenticated;
grant select, delete on public.deals to service_role;
grant insert (
  id, org_id, name, account_id, account_name, contact_id, product_id, product_name, pipeline_id, stage_id, stage_name,
  status, amount, currency, opened_on, expected_close_on, closed_on, owner_user_id, owner_name, external_id, source,
  created_at
), update (
  id, org_id, name, account_id, account_name, contact_id, product_id, product_name, pipeline_id, stage_id, stage_name,
  status, amount, currency, opened_on, expected_close_on, closed_on, owner_user_id, owner_name, external_id, source,
  created_at
) on public.deals to service_role;

revoke all on public.tasks from public, anon, authenticated, service_role;
grant select, delete on public.tasks to authenticated;
grant insert (
  id, org_id, title, description, status, due_on, completed_at, account_id, contact_id, lead_id, deal_id, owner_user_id,
  owner_name, external_id, source
) on public.tasks to authenticated;
grant update (
  title, description, status, due_on, completed_at, account_id, contact_id, lead_id, deal_id, owner_user_id, owner_name,
  external_id, source
) on public.tasks to authenticated;
grant select, delete on public.tasks to service_role;
grant insert (
  id, org_id, title, description, status, due_on, completed_at, account_id, contact_id, lead_id, deal_id, owner_user_id,
  owner_name, external_id, source, created_at
), update (
  id, org_id, title, description, status, due_on, completed_at, account_id, contact_id, lead_id, deal_id, owner_user_id,
  owner_name, external_id, source, created_at
) on public.tasks to service_role;
