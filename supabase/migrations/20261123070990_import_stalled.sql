-- What: telling of imports that nobody goes on with.
-- Why: an import writes with the rights of whoever calls, so that no schedule can finish it; half of a file in the books must not go unseen.
-- Breaks a running client: no.

alter table governance_private.queue_settings add column import_stalls_after interval not null default '1 hour' check (import_stalls_after > '0');
comment on column governance_private.queue_settings.import_stalls_after is 'How long an import that is being judged or written may stand still before an issue says so.';

create function governance_private.is_stalled(p_import governance.imports) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select p_import.status in ('judging', 'committing') and p_import.updated_at < now() - s.import_stalls_after from governance_private.queue_settings s
$$;

create function governance_private.tell_stalled_imports() returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports;
  v_told integer := 0;
begin
  -- Definer: run by schedule. One that goes on, ends or is forgotten closes its issue.
  update governance.data_quality_issues i set status = 'fixed', resolution = 'data_changed'
  where i.rule_key = 'system-import-stalled' and i.entity_type = 'import' and i.status <> 'fixed'
    and not exists (select from governance.imports m where m.import_id::text = i.record_key and governance_private.is_stalled(m));
  for v_import in
    select m.* from governance.imports m
    where governance_private.is_stalled(m) and not exists (
      select from governance.data_quality_issues i
      where i.org_id = m.org_id and i.rule_key = 'system-import-stalled' and i.entity_type = 'import' and i.record_key = m.import_id::text and i.status <> 'fixed')
    order by m.import_id
  loop
    perform governance_private.open_system_issue('system-import-stalled', v_import.org_id, 'import', v_import.import_id::text,
      case v_import.status when 'committing' then 'high' else 'low' end,
      case v_import.status when 'committing' then format('The import of "%s" stopped: %s of %s rows are settled. Commit it again, and it goes on where it was; or undo it.',
          left(v_import.file_name, 100), v_import.committed_to, v_import.row_count)
        else format('The dry run of "%s" stopped at row %s of %s; nothing is written. Judge it again, and it goes on where it was.',
          left(v_import.file_name, 100), v_import.judged_to, v_import.row_count) end);
    update governance.data_quality_issues i set record_label = left(v_import.file_name, 200), owner_user_id = coalesce(i.owner_user_id, v_import.created_by)
    where i.org_id = v_import.org_id and i.rule_key = 'system-import-stalled' and i.entity_type = 'import' and i.record_key = v_import.import_id::text;
    v_told := v_told + 1;
  end loop;
  return v_told;
end
$$;
comment on function governance_private.tell_stalled_imports() is 'An issue for each import that stands still in mid-way, for whoever started it.';
