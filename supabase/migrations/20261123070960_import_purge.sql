-- What: forgetting what imports have staged: after a time, and for a person who is to be forgotten.
-- Why: a file of people's data does not lie around for longer than somebody works on it.
-- Breaks a running client: no.

create function governance_private.purge_imports(p_keep interval default '30 days') returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import uuid;
  v_purged integer := 0;
begin
  -- Definer: run by schedule. The import itself stays, with its counts; which rows became which records stays too, so that it can be undone.
  for v_import in select i.import_id from governance.imports i where i.updated_at < now() - p_keep and i.purged_at is null loop
    delete from governance.import_rows w where w.import_id = v_import and w.state not in ('written');
    update governance.import_rows w set raw = null, record = null, reasons = '[]', fixes = null, issues = null, match_key = null where w.import_id = v_import;
    delete from governance_private.import_uploads u where u.import_id = v_import;
    update governance.imports i set purged_at = now() where i.import_id = v_import and i.status not in ('committing', 'committed');
    update governance.imports i set purged_at = now(), status = 'committed' where i.import_id = v_import and i.purged_at is null;
    perform governance_private.tell_import_issue(v_import);
    v_purged := v_purged + 1;
  end loop;
  return v_purged;
end
$$;
comment on function governance_private.purge_imports(interval) is 'Forgets the staged rows of imports that nobody has touched for thirty days. Their counts stay, and so does which records they wrote.';

create function governance.erase_import_rows(p_entity_type text, p_record_key text) returns bigint
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('erase what imports have staged of a record');
  return governance_private.erase_import_rows(p_entity_type, p_record_key);
end
$$;
comment on function governance.erase_import_rows(text, text) is 'Erases what imports have staged of one record: what stood in the file, and what was made of it. For instance administrators.';

create function governance_private.erase_import_rows(p_entity_type text, p_record_key text) returns bigint
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_erased bigint;
begin
  -- Definer: the function that is exposed has checked the caller.
  update governance.import_rows w set raw = null, record = null, reasons = '[]', fixes = null, issues = null, match_key = null
  from governance.imports i where i.import_id = w.import_id and i.entity_type = p_entity_type and w.record_key = p_record_key;
  get diagnostics v_erased = row_count;
  return v_erased;
end
$$;

grant execute on function governance.erase_import_rows(text, text), governance_private.erase_import_rows(text, text) to service_role;
