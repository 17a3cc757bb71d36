-- What: taking a whole import back.
-- Why: what was brought by mistake goes as it came; what somebody has changed since is named and not destroyed.
-- Breaks a running client: no.

create function governance_private.import_changes(p_import governance.imports)
returns table (record_key text, is_new boolean, before jsonb, is_gone boolean, conflict text)
language sql stable security definer set search_path = ''
as $$
  -- Definer: reads the audit, which knows what was there before; begin_import_undo has checked the caller.
  -- Record by record over the audit's index: the planner cannot know how many there are, and a join may compare each with each.
  select w.record_key, coalesce(own.is_new, false), coalesce(own.before, '{}'), coalesce(later.is_gone, false), case
    when later.is_gone and not own.is_new then 'The record was deleted since.'
    when own.is_erased and not own.is_new then 'Values that would come back were erased.'
    when later.is_changed and not later.is_gone then 'The record was changed since.' end
  from governance.import_rows w
  cross join lateral (
    -- The first change of a field says what it was: of several of one name the last one aggregated counts.
    select min(e.id) as first, bool_or(e.operation = 'insert') as is_new, jsonb_object_agg(b.key, b.value order by e.id desc) filter (where b.key is not null) as before,
      coalesce(bool_or(b.key = any (e.erased)), false) as is_erased
    from governance.audit_events e
    left join lateral (select f.key, f.value from jsonb_each(e.before) f
      where f.key in (select c.column_name from governance_private.entity_columns(p_import.entity_type) c where not c.is_generated)) b on e.operation = 'update'
    where e.entity_type = p_import.entity_type and e.record_key = w.record_key and e.cause_kind = 'import' and e.cause_id = p_import.import_id::text
      and e.operation in ('insert', 'update')) own
  cross join lateral (
    -- What the rules corrected by themselves is taken back with the record.
    select bool_or(e.operation = 'delete') as is_gone,
      bool_or(e.cause_kind is distinct from 'fix' and (own.is_new or e.after ?| array(select jsonb_object_keys(own.before)))) as is_changed
    from governance.audit_events e
    where e.entity_type = p_import.entity_type and e.record_key = w.record_key and e.id > own.first
      and (e.cause_kind, e.cause_id) is distinct from ('import', p_import.import_id::text)) later
  where w.import_id = p_import.import_id and w.state = 'written' and w.operation <> 'none' and (own.first is not null or w.diverted is not null)
$$;
comment on function governance_private.import_changes(governance.imports) is 'What an import has done to each record, and what happened to it since.';

create function governance_private.withdraw_import_changes(p_import_id uuid) returns integer
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_ids uuid[];
begin
  -- What was committed meanwhile was approved by people: it stands, and is a conflict of its record. In their order, as others hold them.
  v_ids := array(select q.id from governance.change_requests q
    where q.cause_kind = 'import' and q.cause_id = p_import_id::text and governance_private.is_pending(q.status) order by q.place for update);
  perform governance_private.close_request(q.id, 'withdrawn', 'the import that asked for it was undone', jsonb_build_object('import_id', p_import_id), 'Your change was withdrawn')
  from governance.change_requests q where q.id = any (v_ids);
  return coalesce(cardinality(v_ids), 0);
end
$$;
comment on function governance_private.withdraw_import_changes(uuid) is 'Withdraws the change requests that an import opened and that still wait; tells how many.';

create function governance_private.find_referenced(p_import governance.imports, p_keys text[]) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_undo uuid := gen_random_uuid();
  v_referenced text[];
begin
  -- As governance.undo finds them: what a foreign key would take along, though it is not of the import.
  insert into governance_private.undo_plans (undo_id, scope) values (v_undo, jsonb_build_object('import', p_import.import_id));
  insert into governance_private.undo_steps (undo_id, entity_type, record_key, org_id, operation, values, tests)
  select v_undo, p_import.entity_type, k, p_import.org_id, 'delete', '{}', '{}' from unnest(p_keys) as k;
  insert into governance_private.undo_history (undo_id, entity_type, record_key, event_id, org_id, operation, is_mine, is_consequence, is_undo, transaction_id)
  select v_undo, e.entity_type, e.record_key, e.id, e.org_id, e.operation, true, false, false, e.transaction_id
  from governance.audit_events e where e.cause_kind = 'import' and e.cause_id = p_import.import_id::text and e.operation = 'insert';
  perform governance_private.note_referenced(v_undo);
  v_referenced := array(select s.record_key from governance_private.undo_steps s where s.undo_id = v_undo and s.conflict is not null);
  perform governance_private.forget_undo_plan(v_undo);
  return v_referenced;
end
$$;
comment on function governance_private.find_referenced(governance.imports, text[]) is 'Which new records of an import cannot be deleted without taking records of others along.';

create function governance_private.begin_import_undo(p_import_id uuid, p_key_id uuid, p_skip_conflicts boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports := governance_private.require_import(p_import_id, p_key_id, 'undo this import');
  v_changes jsonb;
  v_referenced text[];
begin
  -- Definer: locks the import and reads the audit; require_import has checked the caller, and the writes are the caller's own.
  perform governance_private.hold_erasures();
  -- The audit has what is needed, also after the rows were forgotten.
  v_import.purged_at := null;
  perform governance_private.require_import_status(v_import, array['committing', 'committed'], 'undo it');
  -- What somebody writes from here on waits; what it wrote before is seen.
  perform governance_private.lock_records(v_import.entity_type, array(
    select distinct w.record_key from governance.import_rows w where w.import_id = p_import_id and w.state = 'written' and w.operation <> 'none'), true);
  select coalesce(jsonb_agg(to_jsonb(c) order by c.record_key), '[]') into v_changes from governance_private.import_changes(v_import) c;
  v_referenced := governance_private.find_referenced(v_import, array(select c ->> 'record_key' from jsonb_array_elements(v_changes) as c
    where c -> 'is_new' = 'true' and c -> 'is_gone' = 'false' and c -> 'conflict' = 'null'));
  select coalesce(jsonb_agg(case when c ->> 'record_key' = any (v_referenced) then c || '{"conflict": "Records of others refer to it, and would be lost or changed with it."}' else c end order by n), '[]')
  into v_changes from jsonb_array_elements(v_changes) with ordinality as x(c, n);
  if not p_skip_conflicts and exists (select from jsonb_array_elements(v_changes) as c where c -> 'conflict' <> 'null') then
    perform governance_private.raise_error('PT409', 'stale', format('Nothing was undone: %s records were changed since.',
        (select count(*) from jsonb_array_elements(v_changes) as c where c -> 'conflict' <> 'null')),
      jsonb_build_object('import_id', p_import_id, 'conflicts', (select jsonb_agg(jsonb_build_object('record_key', c -> 'record_key', 'reason', c -> 'conflict'))
        from (select c from jsonb_array_elements(v_changes) as c where c -> 'conflict' <> 'null' limit 100) x)), 'Look at these records; or undo the others: skip_conflicts. Records that refer to each other governance.undo takes back, with {"import": …}.');
  end if;
  if p_key_id is not null then
    perform governance_private.begin_source(p_key_id);
  end if;
  perform governance_private.begin_cause('import_undo', p_import_id::text);
  return jsonb_build_object('entity_type', v_import.entity_type, 'changes', v_changes);
end
$$;

create function governance_private.delete_records(p_entity_type text, p_keys text[]) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_deleted text[];
begin
  -- Invoker: what the caller may not delete stays.
  execute format('with gone as (delete from %s r using unnest($1) as k(key) where %s returning %s as key) select array_agg(key) from gone',
    governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'r', 'k.key'), governance_private.key_expression(p_entity_type, 'r'))
  into v_deleted using p_keys;
  return coalesce(v_deleted, '{}');
end
$$;
comment on function governance_private.delete_records(text, text[]) is 'Deletes records with the rights of the caller; tells which.';

create function governance_private.delete_records_apart(p_entity_type text, p_keys text[], out deleted text[], out failed jsonb)
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_key text;
begin
  failed := '[]';
  begin
    deleted := governance_private.delete_records(p_entity_type, p_keys);
    return;
  exception when others then
    -- Nobody's data are at fault: it is tried again as a whole.
    if governance_private.is_transient(sqlstate) or sqlstate ~ '^(PT5|XX)' then
      raise;
    end if;
    deleted := '{}';
  end;
  -- Something holds on to one of them: one by one, so that the others go.
  foreach v_key in array p_keys loop
    begin
      deleted := deleted || governance_private.delete_records(p_entity_type, array[v_key]);
    exception when others then
      if governance_private.is_transient(sqlstate) or sqlstate ~ '^(PT5|XX)' then
        raise;
      end if;
      failed := failed || jsonb_build_object('record_key', v_key, 'reason', sqlerrm);
    end;
  end loop;
end
$$;

create function governance_private.finish_import_undo(p_import_id uuid, p_key_id uuid, p_undone text[]) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_withdrawn integer;
begin
  -- Definer: rows are settled by nobody but the transaction that began the undo.
  if not exists (select from governance_private.write_causes c
      where c.transaction_id = pg_current_xact_id_if_assigned() and c.cause_kind = 'import_undo' and c.cause_id = p_import_id::text) then
    perform governance_private.raise_error('PT403', 'not-allowed', 'This transaction undoes no such import.');
  end if;
  update governance.import_rows w set state = 'undone' where w.import_id = p_import_id and w.state = 'written' and (w.record_key = any (p_undone) or w.operation = 'none');
  v_withdrawn := governance_private.withdraw_import_changes(p_import_id);
  if not exists (select from governance.import_rows w where w.import_id = p_import_id and w.state = 'written') then
    -- Nothing of it is left, so that nothing waits either.
    update governance.import_rows w set state = 'discarded', raw = null, record = null where w.import_id = p_import_id and w.state in ('staged', 'quarantined');
    update governance.imports i set status = 'undone', finished_at = clock_timestamp() where i.import_id = p_import_id;
  end if;
  perform governance_private.recount_import(p_import_id);
  perform governance_private.tell_import_issue(p_import_id);
  perform governance_private.end_cause();
  if p_key_id is not null then
    perform governance_private.end_source();
  end if;
  return (select jsonb_build_object('withdrawn', v_withdrawn, 'import', governance_private.import_answer(i)) from governance.imports i where i.import_id = p_import_id);
end
$$;

create function governance.undo_import(p_import_id uuid, p_skip_conflicts boolean default false, p_key_id uuid default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_undo jsonb := governance_private.begin_import_undo(p_import_id, p_key_id, p_skip_conflicts);
  v_entity text := v_undo ->> 'entity_type';
  v_new text[];
  v_changes jsonb;
  v_deleted record;
  v_restored record;
  v_undone text[];
  v_conflicts jsonb;
begin
  -- Invoker, one transaction: everything comes back, or nothing; with p_skip_conflicts everything that nobody has touched since.
  select array_agg(c ->> 'record_key') filter (where c -> 'is_new' = 'true'), coalesce(jsonb_agg(jsonb_build_object('key', c -> 'record_key', 'tests', '{}'::jsonb, 'values', c -> 'before'))
    filter (where c -> 'is_new' <> 'true' and c -> 'before' <> '{}'), '[]')
  into v_new, v_changes
  from jsonb_array_elements(v_undo -> 'changes') as c where c -> 'conflict' = 'null' and c -> 'is_gone' = 'false';
  select * into v_deleted from governance_private.delete_records_apart(v_entity, coalesce(v_new, '{}'));
  select * into v_restored from governance_private.write_records_apart(v_entity, v_changes);
  v_undone := v_deleted.deleted || v_restored.written;
  v_conflicts := v_deleted.failed || coalesce((select jsonb_agg(jsonb_build_object('record_key', f -> 'key', 'reason', f -> 'error')) from jsonb_array_elements(v_restored.failed) as f), '[]')
    || coalesce((
      select jsonb_agg(jsonb_build_object('record_key', c -> 'record_key', 'reason', coalesce(c ->> 'conflict', 'You cannot take this record back.')))
      from jsonb_array_elements(v_undo -> 'changes') as c
      where c ->> 'record_key' <> all (v_undone) and c -> 'is_gone' = 'false' and (c -> 'is_new' = 'true' or c -> 'before' <> '{}' or c -> 'conflict' <> 'null')
        and c ->> 'record_key' not in (select f ->> 'record_key' from jsonb_array_elements(v_deleted.failed) as f union all select f ->> 'key' from jsonb_array_elements(v_restored.failed) as f)), '[]');
  if v_conflicts <> '[]' and not p_skip_conflicts then
    perform governance_private.raise_error('PT409', 'stale', format('Nothing was undone: %s records cannot be taken back.', jsonb_array_length(v_conflicts)),
      jsonb_build_object('import_id', p_import_id, 'conflicts', (select jsonb_agg(c) from (select c from jsonb_array_elements(v_conflicts) as c limit 100) x)));
  end if;
  return jsonb_build_object('undone', cardinality(v_undone), 'conflicts', v_conflicts) || governance_private.finish_import_undo(p_import_id, p_key_id,
    v_undone || array(select c ->> 'record_key' from jsonb_array_elements(v_undo -> 'changes') as c where (c -> 'is_gone' = 'true' and c -> 'is_new' = 'true') or (c -> 'is_new' = 'false' and c -> 'before' = '{}')));
end
$$;
comment on function governance.undo_import(uuid, boolean, uuid) is
  'Takes an import back with the rights of the caller: its new records are deleted, what it changed is restored. What of it still waits in change requests is withdrawn. Records that somebody changed since are named: then nothing is undone, or with p_skip_conflicts the others are.';

grant execute on function governance.undo_import(uuid, boolean, uuid), governance_private.begin_import_undo(uuid, uuid, boolean),
  governance_private.delete_records(text, text[]), governance_private.delete_records_apart(text, text[]),
  governance_private.finish_import_undo(uuid, uuid, text[]) to authenticated, service_role;
