-- What: accepting suggested fixes, one or many, and undoing any fix.
-- Why: what a person accepts is written with that person's rights; what was written can be taken back, or says why not.
-- Breaks a running client: no.

create function governance_private.begin_suggested_fixes(p_issue_ids uuid[]) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_batch uuid := gen_random_uuid();
  v_issue governance.data_quality_issues;
  v_id uuid;
begin
  -- Definer: records the intent under a private cause; the write itself is the caller's own, and finish_suggested_fixes proves it.
  -- One on an own record is a member's to accept; many at once are a steward's.
  -- In id order, so that two bulk fixes of the same issues wait for each other instead of deadlocking.
  for v_id in select distinct x from unnest(p_issue_ids) as x order by x loop
    v_issue := governance_private.lock_issue(v_id, case when cardinality(p_issue_ids) = 1 then 'own' else 'steward' end, 'apply this suggested fix');
    if v_issue.status <> 'open' then
      perform governance_private.raise_error('PT409', 'stale', format('This fix cannot be applied: the issue is "%s".', v_issue.status), jsonb_build_object('issue_id', v_id));
    elsif v_issue.suggested_fix is null then
      perform governance_private.raise_error('PT422', 'no-suggestion', 'This issue has no suggested fix: the value has to come from a person.', jsonb_build_object('issue_id', v_id));
    end if;
    insert into governance.fixes (org_id, entity_type, record_key, rule_id, rule_key, rule_version, issue_id, patch, inverse, batch_id, cause, applied_by)
    values (v_issue.org_id, v_issue.entity_type, v_issue.record_key, v_issue.rule_id, v_issue.rule_key, v_issue.rule_version, v_id,
      v_issue.suggested_fix, governance_private.invert_patch(v_issue.suggested_fix), v_batch, 'suggestion', auth.uid());
  end loop;
  perform governance_private.begin_cause('suggestion', v_batch::text);
  return v_batch;
end
$$;

create function governance_private.suggested_changes(p_batch_id uuid) returns table (entity_type text, changes jsonb)
language sql stable security invoker set search_path = ''
as $$
  -- Invoker: a fix that the caller may not see is not written, and so does not come to be.
  select f.entity_type, jsonb_agg(f.change)
  from (select x.entity_type, governance_private.patch_changes(x.record_key, jsonb_agg(x.patch order by x.place)) as change
        from governance.fixes x where x.batch_id = p_batch_id group by x.entity_type, x.record_key) f
  group by f.entity_type
$$;
comment on function governance_private.suggested_changes(uuid) is 'What the fixes of a batch write, as far as the caller may see them.';

create function governance_private.finish_suggested_fixes(p_batch_id uuid) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_applied integer;
begin
  -- Definer. What was really written is what audit says this batch wrote, not what the caller says.
  perform governance_private.close_cause('suggestion', p_batch_id);
  delete from governance.fixes f
  where f.batch_id = p_batch_id and not exists (
    select from governance.audit_events e
    where e.cause_id = p_batch_id::text and e.entity_type = f.entity_type and e.record_key = f.record_key);
  perform governance_private.prove_writes(c.entity_type, c.changes) from governance_private.suggested_changes(p_batch_id) c;
  update governance.data_quality_issues i set status = 'fixed', resolution = 'fixed_by_person'
  from governance.fixes f where f.batch_id = p_batch_id and i.id = f.issue_id;
  get diagnostics v_applied = row_count;
  return v_applied;
end
$$;

create function governance_private.refuse_stale(p_entity_type text, p_record_key text, p_change jsonb) returns void
language plpgsql stable security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_now jsonb;
  v_columns text[] := array(select jsonb_object_keys(p_change -> 'tests'));
begin
  if governance_private.diverted_now(p_entity_type) ? p_record_key then
    perform governance_private.raise_error('PT409', 'policy-refused', 'Nothing was changed: a change policy guards what would be written.',
      jsonb_build_object('entity_type', p_entity_type, 'record_key', p_record_key), 'Propose it with governance.propose_change, or POST /change-requests.');
  end if;
  -- Invoker: only what the caller may read is shown.
  execute format('select %s from %s r where %s',
    coalesce((select governance_private.object_sql(array_agg(format('%L, %s', c.column_name,
        governance_private.projection(format('r.%I', c.column_name), c.class, c.base_type))))
      from governance_private.entity_columns(p_entity_type) c where c.column_name = any (v_columns)), '''{}''::jsonb'),
    governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'r', '$1'))
  into v_now using p_record_key;
  if v_now is null then
    perform governance_private.raise_error('PT409', 'stale', 'Nothing was changed: the record is gone, or you cannot change it.',
      jsonb_build_object('entity_type', p_entity_type, 'record_key', p_record_key));
  end if;
  perform governance_private.raise_error('PT409', 'stale',
    format('Nothing was changed: %s changed since.', (select string_agg(format('"%s"', t.key), ', ' order by t.key)
      from jsonb_each(p_change -> 'tests') t where v_now -> t.key is distinct from t.value)),
    jsonb_build_object('entity_type', p_entity_type, 'record_key', p_record_key,
      'conflicts', (select jsonb_agg(jsonb_build_object('field', t.key, 'expected', t.value, 'actual', v_now -> t.key) order by t.key)
        from jsonb_each(p_change -> 'tests') t where v_now -> t.key is distinct from t.value)),
    'Look at the record as it is now.');
end
$$;
comment on function governance_private.refuse_stale(text, text, jsonb) is 'The error of a patch whose pre-image is gone: which fields changed since, and what they hold now.';

create function governance.apply_suggested_fix(p_issue_id uuid) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_batch uuid;
  v_part record;
  v_written text[];
  v_diverted jsonb;
begin
  perform governance_private.require_visible_issue(p_issue_id);
  v_batch := governance_private.begin_suggested_fixes(array[p_issue_id]);
  select * into v_part from governance_private.suggested_changes(v_batch);
  v_written := governance_private.write_records_together(v_part.entity_type, v_part.changes);
  v_diverted := governance_private.diverted_now(v_part.entity_type) -> (v_part.changes -> 0 ->> 'key');
  if v_written = '{}' and v_diverted is null then
    perform governance_private.refuse_stale(v_part.entity_type, v_part.changes -> 0 ->> 'key', v_part.changes -> 0);
  end if;
  if governance_private.finish_suggested_fixes(v_batch) = 0 and v_diverted is null then
    perform governance_private.raise_error('PT409', 'stale', 'Nothing was changed: a rule or a trigger of the table puts the value back as it was.',
      jsonb_build_object('entity_type', v_part.entity_type, 'record_key', v_written[1]));
  end if;
  return jsonb_build_object('batch_id', v_batch, 'record_key', v_part.changes -> 0 -> 'key')
    || case when v_diverted is null then '{}' else jsonb_build_object('diverted', v_diverted) end;
end
$$;
comment on function governance.apply_suggested_fix(uuid) is
  'Applies an issue''s suggested fix with the rights of the caller, if the record still holds what was judged. For stewards, and for members on their own records.';

create function governance.apply_suggested_fixes(p_issue_ids uuid[]) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_part record;
  v_one record;
  v_batch uuid;
  v_failed jsonb := '[]';
  v_visible uuid[];
begin
  if cardinality(p_issue_ids) > 5000 then
    perform governance_private.raise_error('PT422', 'invalid-value', format('%s issues at once are too many: at most 5000.', cardinality(p_issue_ids)));
  end if;
  select array_agg(i.id) into v_visible from governance.data_quality_issues i where i.id = any (p_issue_ids);
  if coalesce(cardinality(v_visible), 0) < (select count(distinct x) from unnest(p_issue_ids) as x) then
    perform governance_private.raise_error('PT404', 'not-found', 'Some of these issues do not exist for you; nothing was changed.');
  end if;
  perform governance_private.require_role(o.org_id, 'steward', 'apply suggested fixes in bulk')
  from (select distinct i.org_id from governance.data_quality_issues i where i.id = any (v_visible)) o;
  v_batch := governance_private.begin_suggested_fixes(p_issue_ids);
  for v_part in select * from governance_private.suggested_changes(v_batch) loop
    select * into v_one from governance_private.write_records_apart(v_part.entity_type, v_part.changes);
    v_failed := v_failed || v_one.failed || coalesce((
      select jsonb_agg(jsonb_build_object('key', c ->> 'key', 'error',
        case when governance_private.diverted_now(v_part.entity_type) ? (c ->> 'key') then 'it waits for approval' else 'the record changed since' end))
      from jsonb_array_elements(v_part.changes) as c
      where c ->> 'key' <> all (v_one.written) and not exists (select from jsonb_array_elements(v_one.failed) as f where f ->> 'key' = c ->> 'key')), '[]');
  end loop;
  return jsonb_build_object('batch_id', v_batch, 'applied', governance_private.finish_suggested_fixes(v_batch), 'failed', v_failed);
end
$$;
comment on function governance.apply_suggested_fixes(uuid[]) is
  'Applies the suggested fixes of many issues as one batch with the rights of the caller. Records that changed since or are refused are named in failed; the others are written. For stewards.';

create function governance_private.begin_undo(p_fix_ids uuid[]) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_batch uuid := gen_random_uuid();
  v_fix governance.fixes;
  v_id uuid;
begin
  -- Definer: locks the fixes; the write itself is the caller's own, and finish_undo proves it.
  perform governance_private.hold_erasures();
  for v_id in select distinct x from unnest(p_fix_ids) as x order by x loop
    select * into v_fix from governance.fixes f where f.id = v_id for update;
    if v_fix.applied_by is null or v_fix.applied_by is distinct from auth.uid() then
      perform governance_private.require_role(v_fix.org_id, 'steward', 'undo this fix');
    end if;
    if v_fix.reverted_at is not null then
      perform governance_private.raise_error('PT409', 'stale', 'This fix has been undone already.', jsonb_build_object('fix_id', v_id, 'reverted_at', v_fix.reverted_at));
    end if;
  end loop;
  update governance.fixes f
  set reverted_at = now(), reverted_by = auth.uid(), reverted_role = governance_private.writer_role(), reverted_batch_id = v_batch where f.id = any (p_fix_ids);
  perform governance_private.begin_cause('undo', v_batch::text);
  return v_batch;
end
$$;

create function governance_private.undo_changes(p_batch_id uuid) returns table (entity_type text, changes jsonb)
language sql stable security invoker set search_path = ''
as $$
  -- Invoker: as for suggested_changes. The last applied is taken back first.
  select x.entity_type, jsonb_agg(x.change) from (
    select f.entity_type, governance_private.patch_changes(f.record_key, jsonb_agg(f.inverse order by f.place desc)) as change
    from governance.fixes f where f.reverted_batch_id = p_batch_id group by f.entity_type, f.record_key) x
  group by x.entity_type
$$;
comment on function governance_private.undo_changes(uuid) is 'What taking back the fixes of a batch writes, as far as the caller may see them.';

create function governance_private.finish_undo(p_batch_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_fix governance.fixes;
begin
  -- Definer: the cause is private. All or nothing: a fix counts as undone only when audit says that its record was written.
  perform governance_private.close_cause('undo', p_batch_id);
  select * into v_fix from governance.fixes f
  where f.reverted_batch_id = p_batch_id and not exists (
    select from governance.audit_events e
    where e.cause_id = p_batch_id::text and e.entity_type = f.entity_type and e.record_key = f.record_key)
  limit 1;
  if found then
    perform governance_private.raise_error('PT409', 'stale', 'Nothing was undone: a rule or a trigger of the table puts the value back as it was.',
      jsonb_build_object('entity_type', v_fix.entity_type, 'record_key', v_fix.record_key));
  end if;
  perform governance_private.prove_writes(c.entity_type, c.changes) from governance_private.undo_changes(p_batch_id) c;
end
$$;

create function governance_private.undo_fixes(p_fix_ids uuid[]) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_batch uuid := governance_private.begin_undo(p_fix_ids);
  v_part record;
  v_written text[];
  v_change jsonb;
  v_count integer := 0;
begin
  -- Invoker, one transaction: everything comes back, or the first record that changed since is named and nothing is touched.
  for v_part in select * from governance_private.undo_changes(v_batch) loop
    v_written := governance_private.write_records_together(v_part.entity_type, v_part.changes);
    v_count := v_count + cardinality(v_written);
    for v_change in select c from jsonb_array_elements(v_part.changes) as c where c ->> 'key' <> all (v_written) loop
      perform governance_private.refuse_stale(v_part.entity_type, v_change ->> 'key', v_change);
    end loop;
  end loop;
  perform governance_private.finish_undo(v_batch);
  return jsonb_build_object('batch_id', v_batch, 'records', v_count);
end
$$;

create function governance.undo_fix(p_fix_id uuid) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if not exists (select from governance.fixes f where f.id = p_fix_id) then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no fix "%s" that you can see.', p_fix_id));
  end if;
  return governance_private.undo_fixes(array[p_fix_id]);
end
$$;
comment on function governance.undo_fix(uuid) is
  'Takes a fix back with the rights of the caller. Where a field changed since, it says which and touches nothing. An undone auto-fix is not applied again to the same value.';

create function governance.undo_fix_batch(p_batch_id uuid) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_ids uuid[] := array(select f.id from governance.fixes f where f.batch_id = p_batch_id and f.reverted_at is null);
begin
  if v_ids = '{}' then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no batch "%s" with fixes that you can undo.', p_batch_id));
  end if;
  return governance_private.undo_fixes(v_ids);
end
$$;
comment on function governance.undo_fix_batch(uuid) is 'Takes all fixes of a batch back, or none: a record that changed since is named.';

grant execute on function governance.apply_suggested_fix(uuid), governance.apply_suggested_fixes(uuid[]), governance.undo_fix(uuid), governance.undo_fix_batch(uuid),
  governance_private.begin_suggested_fixes(uuid[]), governance_private.suggested_changes(uuid), governance_private.finish_suggested_fixes(uuid),
  governance_private.patch_changes(text, jsonb),
  governance_private.refuse_stale(text, text, jsonb), governance_private.object_sql(text[]),
  governance_private.begin_undo(uuid[]), governance_private.undo_changes(uuid), governance_private.undo_fixes(uuid[]), governance_private.finish_undo(uuid) to authenticated, service_role;
