-- What: planning an undo, showing it, carrying it out, and what an undo means for fixes and imports.
-- Why: one mechanism takes everything back, whatever did it.
-- Breaks a running client: no.

create function governance_private.undo_limit() returns bigint
language sql immutable security invoker set search_path = ''
return 10000;
comment on function governance_private.undo_limit() is 'How many records people may undo at once: as many as fit into the eight seconds that the platform gives a statement of theirs.';

create function governance_private.limit_undo(p_undo_id uuid) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_records bigint := (select count(*) from (select distinct u.entity_type, u.record_key from governance_private.undo_events u where u.undo_id = p_undo_id) x);
begin
  if governance_private.writer_role() = 'authenticated' and v_records > governance_private.undo_limit() then
    perform governance_private.raise_error('PT409', 'too-many-records', format('Nothing was undone: the scope has %s records, and %s may be undone at once.', v_records, governance_private.undo_limit()),
      (select jsonb_build_object('records', v_records, 'limit', governance_private.undo_limit(), 'entities', jsonb_object_agg(x.entity_type, x.n))
       from (select u.entity_type, count(distinct u.record_key) as n from governance_private.undo_events u where u.undo_id = p_undo_id group by 1) x),
      'Narrow it by "entity_type", or part by part by "from" and "to"; database roles have no limit.');
  end if;
end
$$;
comment on function governance_private.limit_undo(uuid) is 'Refuses an undo of more records than fit into a statement of a person, and says how to narrow it.';

create function governance_private.plan_undo(p_scope jsonb, p_is_held boolean) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_undo uuid := gen_random_uuid();
  v_by_fixes boolean;
begin
  -- Definer: reads the whole audit of the records, because what others did counts; only of organizations in which the caller is a steward.
  perform governance_private.check_undo_scope(p_scope);
  v_by_fixes := p_scope ?| '{fix,batch,rule_key}';
  if p_is_held then
    -- Of two that undo the same at once one does it, and the other finds nothing left: what was deleted could not be held.
    perform pg_advisory_xact_lock(hashtextextended('governance.undo ' || p_scope::text, 0));
    perform governance_private.hold_erasures();
  end if;
  insert into governance_private.undo_plans (undo_id, scope, by_fixes) values (v_undo, p_scope, v_by_fixes);
  if v_by_fixes then
    perform governance_private.select_undo_fixes(v_undo, p_scope);
  else
    perform governance_private.select_undo_events(v_undo, p_scope);
  end if;
  if not exists (select from governance_private.undo_events u where u.undo_id = v_undo) then
    perform governance_private.raise_error('PT404', 'not-found', 'There is nothing in this scope that you could undo.', jsonb_build_object('scope', p_scope),
      case when p_scope ? 'import' then 'Of which all waits in change requests: undo_import withdraws them.' end);
  end if;
  perform governance_private.limit_undo(v_undo);
  if p_is_held then
    perform governance_private.hold_undo_records(v_undo);
  end if;
  perform governance_private.read_undo_history(v_undo, v_by_fixes);
  perform governance_private.plan_undo_steps(v_undo, v_by_fixes);
  perform governance_private.note_policies(v_undo);
  perform governance_private.note_column_rights(v_undo);
  perform governance_private.note_row_rights(v_undo);
  perform governance_private.note_referenced(v_undo);
  if governance_private.is_instance_admin() then
    update governance_private.undo_steps s set is_seen = true where s.undo_id = v_undo;
  end if;
  return v_undo;
end
$$;
comment on function governance_private.plan_undo(jsonb, boolean) is 'Works out an undo; p_is_held: its records are held from here on, so that nothing changes until it is done.';

create function governance_private.hold_undo_records(p_undo_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity text;
begin
  for v_entity in select distinct u.entity_type from governance_private.undo_events u where u.undo_id = p_undo_id order by 1 loop
    perform governance_private.lock_records(v_entity, array(select distinct u.record_key from governance_private.undo_events u where u.undo_id = p_undo_id and u.entity_type = v_entity), true);
  end loop;
end
$$;

create function governance_private.forget_undo_plan(p_undo_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  delete from governance_private.undo_plans p where p.undo_id = p_undo_id;
  delete from governance_private.undo_events e where e.undo_id = p_undo_id;
  delete from governance_private.undo_history h where h.undo_id = p_undo_id;
  delete from governance_private.undo_steps s where s.undo_id = p_undo_id;
$$;

create function governance_private.forget_left_plan() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: plans are private. At the end of the transaction, so that values of records outlive none.
  perform governance_private.forget_undo_plan(new.undo_id);
  return null;
end
$$;
create constraint trigger _900_forget after insert on governance_private.undo_plans
  deferrable initially deferred for each row execute function governance_private.forget_left_plan();

create function governance_private.hide_unseen(p_undo_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  update governance_private.undo_steps s set conflict = governance_private.conflict_of('not-visible') where s.undo_id = p_undo_id and not s.is_seen
$$;

create function governance_private.shown_conflict(p_entity_type text, p_conflict jsonb) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- Without the values of fields that may not be seen.
  select jsonb_set(p_conflict, '{fields}', coalesce((
    select jsonb_agg(case when governance_private.writer_may_see(p_entity_type, f ->> 'field') then f else f - 'expected' - 'actual' end order by n)
    from jsonb_array_elements(p_conflict -> 'fields') with ordinality as x(f, n)), '[]'))
$$;
comment on function governance_private.shown_conflict(text, jsonb) is 'A conflict of an undo as the caller may see it.';

create function governance_private.shown_conflicts(p_undo_id uuid, p_limit integer) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- Without the record where it may not be seen.
  select coalesce(jsonb_agg(c.shown order by c.place), '[]') from (
    select s.place, case when not s.is_seen then jsonb_build_object('entity_type', s.entity_type, 'record_key', null) || s.conflict
      else jsonb_build_object('entity_type', s.entity_type, 'record_key', s.record_key) || governance_private.shown_conflict(s.entity_type, s.conflict) end as shown
    from governance_private.undo_steps s where s.undo_id = p_undo_id and s.conflict is not null order by s.place, s.entity_type, s.record_key limit p_limit) c
$$;

create function governance_private.undo_counts(p_undo_id uuid) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object('records', count(*), 'updated', count(*) filter (where s.operation = 'update' and s.conflict is null),
    'inserted', count(*) filter (where s.operation = 'insert' and s.conflict is null), 'deleted', count(*) filter (where s.operation = 'delete' and s.conflict is null),
    'conflicts', count(*) filter (where s.conflict is not null))
  from governance_private.undo_steps s where s.undo_id = p_undo_id
$$;

create function governance_private.mark_undone_fixes(p_undo_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- Before anything is written, so that what corrects in the write does not do it again.
  update governance.fixes f set reverted_at = clock_timestamp(), reverted_by = auth.uid(), reverted_role = governance_private.writer_role(), reverted_batch_id = p_undo_id
  from governance_private.undo_steps s cross join lateral (
    select x.id from governance.fixes x where x.entity_type = s.entity_type and x.record_key = s.record_key and x.reverted_at is null and (
      x.id in (select u.fix_id from governance_private.undo_events u where u.undo_id = p_undo_id)
      or exists (select from governance_private.undo_history h
        where h.undo_id = p_undo_id and h.entity_type = s.entity_type and h.record_key = s.record_key and h.is_mine and h.cause_id in (x.batch_id::text, x.restored_batch_id::text))) offset 0) own
  where s.undo_id = p_undo_id and s.conflict is null and f.id = own.id
$$;
comment on function governance_private.mark_undone_fixes(uuid) is 'The fixes that an undo takes back: they are not applied again to the same values.';

create function governance_private.settle_undo(p_undo_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- What was not written after all is not undone either.
  update governance.fixes f set reverted_at = null, reverted_by = null, reverted_role = null, reverted_batch_id = null
  where f.reverted_batch_id = p_undo_id and (
    select count(*) from governance_private.undo_steps s where s.undo_id = p_undo_id and s.entity_type = f.entity_type and s.record_key = f.record_key and s.is_done) = 0;
  -- An undo that is taken back: its fixes stand again.
  update governance.fixes f set reverted_at = null, reverted_by = null, reverted_role = null, reverted_batch_id = null, restored_batch_id = p_undo_id
  from governance_private.undo_steps s cross join lateral (
    select x.id from governance.fixes x where x.entity_type = s.entity_type and x.record_key = s.record_key and x.reverted_batch_id <> p_undo_id and exists (
      select from governance_private.undo_history h
      where h.undo_id = p_undo_id and h.entity_type = s.entity_type and h.record_key = s.record_key and h.is_mine and h.cause_id = x.reverted_batch_id::text) offset 0) again
  where s.undo_id = p_undo_id and s.is_done and f.id = again.id;
  with causes as (
    select distinct h.cause_id, h.is_undo from governance_private.undo_history h where h.undo_id = p_undo_id and h.is_mine and h.cause_id is not null
  ), undone as (
    select x.* from governance.undos x where x.id::text in (select c.cause_id from causes c where c.is_undo)
  )
  update governance.undos u
  set import_ids = array(
        select i.import_id from governance.imports i where i.import_id::text in (select c.cause_id from causes c where not c.is_undo)
        union select unnest(x.restored_import_ids) from undone x),
      restored_import_ids = array(
        select i.import_id from governance.imports i where i.import_id::text in (select c.cause_id from causes c where c.is_undo)
        union select unnest(x.import_ids) from undone x)
  where u.id = p_undo_id;
  perform governance_private.settle_import_rows(p_undo_id, i, 'written') from governance.undos u cross join lateral unnest(u.import_ids) as i where u.id = p_undo_id;
  perform governance_private.settle_import_rows(p_undo_id, i, 'undone') from governance.undos u cross join lateral unnest(u.restored_import_ids) as i where u.id = p_undo_id;
end
$$;
comment on function governance_private.settle_undo(uuid) is 'Lets fixes say what became of them in an undo.';

create function governance_private.settle_import_rows(p_undo_id uuid, p_import_id uuid, p_state text) returns void
language plpgsql volatile security invoker set search_path = '' set enable_nestloop = off set jit = off
as $$
begin
  -- From written to undone, or, where an undo is taken back, the other way round.
  update governance.import_rows w set state = case p_state when 'written' then 'undone' else 'written' end
  from governance_private.undo_steps s
  where w.import_id = p_import_id and w.state = p_state and s.undo_id = p_undo_id and s.is_done and s.record_key = w.record_key
    and s.entity_type = (select i.entity_type from governance.imports i where i.import_id = p_import_id);
  if p_state = 'written' and exists (select from governance_private.undo_plans p where p.undo_id = p_undo_id and p.scope = jsonb_build_object('import', p_import_id)) then
    -- Rows of which all waits in a change request have nothing else to take back.
    update governance.import_rows w set state = 'undone'
    where w.import_id = p_import_id and w.state = 'written' and w.diverted is not null
      and (select count(*) from governance_private.undo_events u join governance.imports i on i.import_id = p_import_id and i.entity_type = u.entity_type
        where u.undo_id = p_undo_id and u.record_key = w.record_key) = 0;
    perform governance_private.withdraw_import_changes(p_import_id);
  end if;
  update governance.imports i set status = case p_state when 'written' then 'undone' else 'committed' end, finished_at = clock_timestamp()
  where i.import_id = p_import_id and i.status = case p_state when 'written' then 'committed' else 'undone' end
    and (p_state = 'undone' or not exists (select from governance.import_rows w where w.import_id = p_import_id and w.state = 'written' and w.operation <> 'none'));
  perform governance_private.recount_import(p_import_id);
end
$$;
comment on function governance_private.settle_import_rows(uuid, uuid, text) is 'Lets an import say what became of its rows in an undo.';

create function governance_private.refuse_undo(p_undo_id uuid) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_conflicts jsonb := governance_private.shown_conflicts(p_undo_id, 100);
  v_counts jsonb := governance_private.undo_counts(p_undo_id);
begin
  if v_conflicts = '[]' then
    return;
  end if;
  perform governance_private.raise_error('PT409', 'stale', format('Nothing was undone: %s of %s records cannot be taken back. %s', v_counts ->> 'conflicts', v_counts ->> 'records', v_conflicts -> 0 ->> 'message'),
    jsonb_build_object('counts', v_counts, 'conflicts', v_conflicts), 'Look at them with preview_undo; or undo the others: "skip".');
end
$$;

create function governance_private.run_undo(p_undo_id uuid, p_on_conflict text, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_plan governance_private.undo_plans := governance_private.require_undo_plan(p_undo_id);
  v_counts jsonb;
  v_conflicts jsonb;
begin
  -- Definer: what comes back was there before, by the audit, and nobody's own rights reach keys and times of creation; plan and rights were asked before.
  perform governance_private.hide_unseen(p_undo_id);
  if p_on_conflict = 'refuse' then
    perform governance_private.refuse_undo(p_undo_id);
  end if;
  insert into governance.undos (id, org_ids, scope, on_conflict, reason, undone_by, db_role)
  select p_undo_id, coalesce(array_agg(distinct s.org_id), '{}'), v_plan.scope, p_on_conflict, p_reason, auth.uid(), governance_private.writer_role()
  from governance_private.undo_steps s where s.undo_id = p_undo_id;
  perform governance_private.mark_undone_fixes(p_undo_id);
  perform governance_private.run_undo_steps(p_undo_id);
  if p_on_conflict = 'refuse' then
    perform governance_private.refuse_undo(p_undo_id);
  end if;
  perform governance_private.settle_undo(p_undo_id);
  v_counts := governance_private.undo_counts(p_undo_id);
  v_conflicts := governance_private.shown_conflicts(p_undo_id, 100);
  update governance.undos u set counts = v_counts where u.id = p_undo_id;
  perform governance_private.forget_undo_plan(p_undo_id);
  return jsonb_build_object('undo_id', p_undo_id, 'counts', v_counts, 'conflicts', v_conflicts);
end
$$;
comment on function governance_private.run_undo(uuid, text, text) is 'Carries a planned undo out.';

create function governance_private.try_undo(p_undo_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_refused jsonb;
begin
  -- Rules and constraints have their say; then everything is taken back, but for what they said.
  begin
    perform governance_private.mark_undone_fixes(p_undo_id);
    perform governance_private.run_undo_steps(p_undo_id);
    v_refused := (select jsonb_agg(jsonb_build_object('entity_type', s.entity_type, 'record_key', s.record_key, 'conflict', s.conflict))
      from governance_private.undo_steps s where s.undo_id = p_undo_id and s.conflict is not null);
    raise exception using errcode = 'GOV01', message = 'The trial ends.';
  exception when sqlstate 'GOV01' then
    update governance_private.undo_steps s set conflict = r.conflict
    from jsonb_to_recordset(v_refused) as r(entity_type text, record_key text, conflict jsonb)
    where s.undo_id = p_undo_id and s.entity_type = r.entity_type and s.record_key = r.record_key;
  end;
end
$$;

create function governance_private.show_undo(p_undo_id uuid, p_after jsonb, p_limit integer, p_conflicts_only boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limit integer := least(greatest(p_limit, 0), 1000);
  v_counts jsonb;
  v_entities jsonb;
  v_items jsonb;
  v_is_tried boolean;
begin
  -- Definer: plans are private; of records and fields only what the caller may see is shown.
  perform governance_private.require_undo_plan(p_undo_id);
  perform governance_private.hide_unseen(p_undo_id);
  v_is_tried := (select count(*) <= 2000 from governance_private.undo_steps s where s.undo_id = p_undo_id);
  if v_is_tried then
    perform governance_private.try_undo(p_undo_id);
  end if;
  v_counts := governance_private.undo_counts(p_undo_id);
  select coalesce(jsonb_agg(x order by x ->> 'entity_type'), '[]') into v_entities from (
    select jsonb_build_object('entity_type', s.entity_type, 'updated', count(*) filter (where s.operation = 'update' and s.conflict is null),
      'inserted', count(*) filter (where s.operation = 'insert' and s.conflict is null), 'deleted', count(*) filter (where s.operation = 'delete' and s.conflict is null),
      'conflicts', count(*) filter (where s.conflict is not null)) as x
    from governance_private.undo_steps s where s.undo_id = p_undo_id group by s.entity_type) e;
  select coalesce(jsonb_agg(p.item order by p.entity_type, p.record_key), '[]') into v_items from (
    select s.entity_type, s.record_key, governance_private.undo_item(s) as item from governance_private.undo_steps s
    where s.undo_id = p_undo_id and s.is_seen and (not coalesce(p_conflicts_only, false) or s.conflict is not null)
      and (p_after is null or (s.entity_type, s.record_key) > (p_after ->> 'entity_type', p_after ->> 'record_key'))
    order by s.entity_type, s.record_key limit v_limit + 1) p;
  perform governance_private.forget_undo_plan(p_undo_id);
  return jsonb_build_object('counts', v_counts, 'entities', v_entities, 'is_tried', v_is_tried,
    'records', case when jsonb_array_length(v_items) > v_limit then v_items - v_limit else v_items end,
    'next', case when jsonb_array_length(v_items) > v_limit and v_limit > 0
      then jsonb_build_object('entity_type', v_items -> (v_limit - 1) -> 'entity_type', 'record_key', v_items -> (v_limit - 1) -> 'record_key') end);
end
$$;

create function governance_private.undo_item(p_step governance_private.undo_steps) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select jsonb_build_object('entity_type', p_step.entity_type, 'record_key', p_step.record_key, 'operation', p_step.operation,
    'fields', coalesce((select jsonb_object_agg(v.key, case when not governance_private.writer_may_see(p_step.entity_type, v.key) then '{"is_masked": true}'::jsonb
        when p_step.operation = 'update' then jsonb_build_object('from', p_step.tests -> v.key, 'to', v.value) else jsonb_build_object('to', v.value) end)
      from jsonb_each(p_step.values) v), '{}'),
    'conflict', governance_private.shown_conflict(p_step.entity_type, p_step.conflict))
$$;
comment on function governance_private.undo_item(governance_private.undo_steps) is 'A step of an undo as the caller may see it.';

create function governance.preview_undo(p_scope jsonb, p_after jsonb default null, p_limit integer default 100, p_conflicts_only boolean default false) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_undo uuid := governance_private.plan_undo(p_scope, false);
begin
  if not governance_private.is_instance_admin() then
    perform governance_private.ask_undo_rights(v_undo);
  end if;
  return governance_private.show_undo(v_undo, p_after, p_limit, p_conflicts_only);
end
$$;
comment on function governance.preview_undo(jsonb, jsonb, integer, boolean) is
  'What governance.undo would do: counts, and a page of records with what comes back and what stands against it. Nothing is changed. Up to 2,000 records are tried, so that rules and constraints are told, too.';

create function governance.undo(p_scope jsonb, p_on_conflict text default 'refuse', p_reason text default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_undo uuid;
begin
  if coalesce(p_on_conflict, '') not in ('refuse', 'skip') then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" says nothing about conflicts: refuse or skip.', p_on_conflict), '{"field": "p_on_conflict"}');
  elsif length(p_reason) > 1000 then
    perform governance_private.raise_error('PT422', 'invalid-value', 'A reason has at most 1000 characters.', '{"field": "p_reason"}');
  end if;
  v_undo := governance_private.plan_undo(p_scope, true);
  if not governance_private.is_instance_admin() then
    perform governance_private.ask_undo_rights(v_undo);
  end if;
  return governance_private.run_undo(v_undo, p_on_conflict, p_reason);
end
$$;
comment on function governance.undo(jsonb, text, text) is
  'Takes back what a scope did: {"fix"}, {"batch"}, {"change_request"}, {"import"}, {"rule_key", "rule_version"}, {"undo"}, {"transaction"}, {"statement"}, {"actor"} or {"source"} with {"from", "to"}; '
  'narrowed by entity_type, record_key, org_id. refuse: all or nothing; skip: records with a conflict stay as they are. For stewards.';

grant execute on function governance.preview_undo(jsonb, jsonb, integer, boolean), governance.undo(jsonb, text, text), governance_private.plan_undo(jsonb, boolean),
  governance_private.run_undo(uuid, text, text), governance_private.show_undo(uuid, jsonb, integer, boolean) to authenticated, service_role;
