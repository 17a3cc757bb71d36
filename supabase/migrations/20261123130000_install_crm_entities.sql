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
