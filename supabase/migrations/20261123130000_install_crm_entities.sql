-- What: the reference CRM's tables under governance.
-- Why: the governing layer names no CRM table; this is the one place that introduces them to it.
-- Breaks a running client: no.

select governance.register_entity('organization', 'public.organizations', 'name', null, 'id');
select governance.register_entity('account', 'public.accounts', 'name', 'owner_user_id');
select governance.register_entity('contact', 'public.contacts', 'full_name', 'owner_user_id');
select governance.register_entity('lead', 'public.leads', 'full_name', 'owner_user_id');
select governance.register_entity('product', 'public.products', 'name');
select governance.register_entity('pipeline', 'public.pipelines', 'name');
select governance.register_entity('pipeline_stage', 'public.pipeline_stages', 'name');
select governance.register_entity('deal', 'public.deals', 'name', 'owner_user_id');
select governance.register_entity('task', 'public.tasks', 'title', 'owner_user_id');
select governance.register_entity('team_member', 'public.team_members', 'name');
select governance.register_entity('pipeline_total', 'public.pipeline_totals');
select governance.register_entity('plan', 'public.plans', 'name');
select governance.register_entity('member', 'public.members', 'full_name', 'owner_user_id');
select governance.register_entity('coverage', 'public.coverages');
select governance.register_entity('eligibility_file', 'public.eligibility_files', 'name');
select governance.register_entity('eligibility_record', 'public.eligibility_records', 'member_number');
select governance.register_entity('billing_processor', 'public.billing_processors', 'name');
select governance.register_entity('processor_settlement', 'public.processor_settlements');
select governance.register_entity('bank_account', 'public.bank_accounts', 'holder_name');
select governance.register_entity('invoice', 'public.invoices', 'number');
select governance.register_entity('invoice_line', 'public.invoice_lines', 'description');
select governance.register_entity('payment', 'public.payments', 'processor_reference');
