-- What: who may read and write the team, the pipeline's history, members and billing.
-- Why: what a person may do is decided in the database, for every way in; columns that nobody may set are in no grant.
-- Breaks a running client: no.

-- One row a table: the least role that reads, adds, changes and deletes; null where nobody may. Written as a table because the
-- statements are the same fifteen times; each column that may be set is granted by name, as everywhere.
do $$
declare
  v_table record;
  v_mine constant text := 'org_id::text in (select governance_private.my_org_ids(%L))';
  v_added text;
  v_changed text;
begin
  for v_table in
    select * from (values
      ('team_members', 'viewer', 'admin', 'admin', 'admin'),
      ('deal_stage_changes', 'viewer', 'member', null, 'steward'),
      ('pipeline_totals', 'viewer', 'steward', 'steward', 'steward'),
      ('plans', 'viewer', 'steward', 'steward', 'steward'),
      ('members', 'viewer', 'member', 'member', 'steward'),
      ('coverages', 'viewer', 'member', 'member', 'steward'),
      ('eligibility_files', 'viewer', 'member', 'member', 'steward'),
      ('eligibility_records', 'viewer', 'member', 'member', 'steward'),
      ('billing_processors', 'viewer', 'steward', 'steward', 'steward'),
      ('processor_settlements', 'viewer', 'member', 'member', 'steward'),
      -- Where somebody banks is no business of whoever only looks.
      ('bank_accounts', 'member', 'member', 'member', 'steward'),
      ('invoices', 'viewer', 'member', 'member', 'steward'),
      ('invoice_lines', 'viewer', 'member', 'member', 'steward'),
      ('payments', 'viewer', 'member', 'member', 'steward')
    ) as t(name, reads, adds, changes, deletes)
  loop
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) filter (where a.attname <> all (array['created_at', 'updated_at', 'changed_by'])),
           string_agg(quote_ident(a.attname), ', ' order by a.attnum)
             filter (where a.attname <> all (array['id', 'org_id', 'created_at', 'updated_at', 'changed_by']))
      into v_added, v_changed
    from pg_catalog.pg_attribute a
    where a.attrelid = format('public.%I', v_table.name)::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '';

    execute format('alter table public.%I enable row level security', v_table.name);
    execute format('revoke all on public.%I from public, anon, authenticated, service_role', v_table.name);
    execute format('create policy %I on public.%I for select to authenticated using (' || v_mine || ')',
      initcap(v_table.reads) || 's read', v_table.name, v_table.reads);
    execute format('create policy %I on public.%I for insert to authenticated with check (' || v_mine || ')',
      initcap(v_table.adds) || 's add', v_table.name, v_table.adds);
    execute format('create policy %I on public.%I for delete to authenticated using (' || v_mine || ')',
      initcap(v_table.deletes) || 's delete', v_table.name, v_table.deletes);
    execute format('grant select, delete on public.%I to authenticated, service_role', v_table.name);
    execute format('grant insert (%s) on public.%I to authenticated, service_role', v_added, v_table.name);
    if v_table.changes is not null then
      execute format('create policy %I on public.%I for update to authenticated using (' || v_mine || ') with check (' || v_mine || ')',
        initcap(v_table.changes) || 's change', v_table.name, v_table.changes, v_table.changes);
      execute format('grant update (%s) on public.%I to authenticated', v_changed, v_table.name);
      execute format('grant update (%s), insert (created_at), update (created_at) on public.%I to service_role', v_added, v_table.name);
    end if;
  end loop;
end
$$;

grant insert (probability), update (probability) on public.pipeline_stages to authenticated, service_role;
grant insert (probability, lost_reason), update (probability, lost_reason) on public.deals to authenticated, service_role;
