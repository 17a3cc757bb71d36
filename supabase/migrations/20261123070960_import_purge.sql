-- What: forgetting what imports have staged of a person who is to be forgotten.
-- Why: a file of people's data does not lie around for longer than somebody works on it.
-- Breaks a running client: no.

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
