-- What: carrying an undo out: the whole of it in one statement, or part by part around what is refused.
-- Why: in one statement foreign keys are asked when all is in place, so that circles of references come back, too.
-- Breaks a running client: no.

create function governance_private.place_undo_steps(p_undo_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- For what is not written in one statement: updates, which may take a record away from a parent that goes; deletes from the furthest child on;
  -- inserts from the first parent on. Ten levels are deeper than any table, and end circles.
  with recursive keys as (
    select distinct child.entity_type as child, parent.entity_type as parent
    from pg_catalog.pg_constraint c
    join governance.entities child on to_regclass(format('%I.%I', child.table_schema, child.table_name)) = c.conrelid
    join governance.entities parent on to_regclass(format('%I.%I', parent.table_schema, parent.table_name)) = c.confrelid
    where c.contype = 'f' and child.entity_type <> parent.entity_type
  ), depths as (
    select e.entity_type, 0 as depth from governance.entities e
    union
    select k.child, d.depth + 1 from depths d join keys k on k.parent = d.entity_type where d.depth < 10
  ), ordered as (
    select s.entity_type, s.record_key, row_number() over (order by case s.operation when 'update' then 0 when 'delete' then 1 else 2 end,
      case when s.operation = 'delete' then -d.depth else d.depth end, s.entity_type, s.record_key) as place
    from governance_private.undo_steps s join (select x.entity_type, max(x.depth) as depth from depths x group by 1) d using (entity_type)
    where s.undo_id = p_undo_id
  )
  update governance_private.undo_steps s set place = o.place
  from ordered o where s.undo_id = p_undo_id and s.entity_type = o.entity_type and s.record_key = o.record_key
$$;

create function governance_private.undo_insert_sql(p_entity_type text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- Keys and generated identities as they were; a column that came since has its default.
  select format('insert into %s (%s) overriding system value select %s from (select i.values, jsonb_populate_record(null::%s, i.values) as typed from input i where i.entity_type = %L and i.operation = ''insert'' offset 0) i returning %s as key',
    governance_private.entity_table(p_entity_type), string_agg(format('%I', a.attname), ', ' order by a.attnum),
    string_agg(format('case when i.values ? %L then (i.typed).%I else %s end', a.attname, a.attname, coalesce(pg_get_expr(d.adbin, d.adrelid), 'null')), ', ' order by a.attnum),
    governance_private.entity_table(p_entity_type), p_entity_type, governance_private.key_expression(p_entity_type, (select quote_ident(e.table_name) from governance.entities e where e.entity_type = p_entity_type)))
  from pg_catalog.pg_attribute a left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = governance_private.entity_table(p_entity_type)::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
$$;

create function governance_private.undo_update_sql(p_entity_type text, p_columns text[]) returns text
language sql stable security invoker set search_path = ''
as $$
  select format('update %1$s r set %2$s from (select i.record_key, i.values, i.tests, jsonb_populate_record(null::%1$s, i.values) as typed from input i where i.entity_type = %3$L and i.operation = ''update'' offset 0) i where %4$s and %5$s returning %6$s as key',
    governance_private.entity_table(p_entity_type), string_agg(format('%1$I = case when i.values ? %1$L then (i.typed).%1$I else r.%1$I end', c.column_name), ', '), p_entity_type,
    governance_private.key_predicate(p_entity_type, 'r', 'i.record_key'),
    string_agg(format('(not i.tests ? %1$L or coalesce(to_jsonb(r.%2$I), ''null'') = i.tests -> %1$L)', c.column_name, c.column_name), ' and '),
    governance_private.key_expression(p_entity_type, 'r'))
  from governance_private.entity_columns(p_entity_type) c where c.column_name = any (p_columns)
$$;

create function governance_private.undo_statement(p_undo_id uuid) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_part record;
  v_with text[] := array['input as materialized (select s.* from governance_private.undo_steps s where s.undo_id = $1 and s.place = any ($2))'];
  v_select text[] := '{}';
  v_name text;
begin
  -- SQL text over $1, the undo, and $2, places: writes these steps and returns what was written. In the order of the union: deletes first, so that a key is free again.
  for v_part in
    select s.entity_type, s.operation, array(select distinct k from governance_private.undo_steps x cross join lateral jsonb_object_keys(x.values) as k
        where x.undo_id = p_undo_id and x.entity_type = s.entity_type and x.operation = 'update' and s.operation = 'update' and x.conflict is null) as columns
    from governance_private.undo_steps s where s.undo_id = p_undo_id and s.conflict is null
    group by 1, 2 order by case s.operation when 'delete' then 0 when 'update' then 1 else 2 end, min(s.place)
  loop
    v_name := format('%I', v_part.operation || '_' || v_part.entity_type);
    v_with := v_with || format('%s as (%s)', v_name, case v_part.operation
      when 'delete' then format('delete from %s r using input i where i.entity_type = %L and i.operation = ''delete'' and %s returning %s as key',
        governance_private.entity_table(v_part.entity_type), v_part.entity_type, governance_private.key_predicate(v_part.entity_type, 'r', 'i.record_key'),
        governance_private.key_expression(v_part.entity_type, 'r'))
      when 'update' then governance_private.undo_update_sql(v_part.entity_type, v_part.columns)
      else governance_private.undo_insert_sql(v_part.entity_type) end);
    v_select := v_select || format('select %L as entity_type, w.key from %s w', v_part.entity_type, v_name);
  end loop;
  return format('with %s select array_agg(x.entity_type), array_agg(x.key) from (%s) x', array_to_string(v_with, E',\n'), array_to_string(v_select, E'\nunion all '));
end
$$;
comment on function governance_private.undo_statement(uuid) is 'SQL text: the statement that carries steps of an undo out.';

create function governance_private.note_undone(p_undo_id uuid, p_places bigint[], p_entities text[], p_keys text[]) returns boolean
language plpgsql volatile security invoker set search_path = '' set enable_nestloop = off set jit = off
as $$
begin
  update governance_private.undo_steps s set is_done = true
  from unnest(p_entities, p_keys) as d(entity_type, key) where s.undo_id = p_undo_id and s.entity_type = d.entity_type and s.record_key = d.key;
  -- Not as the audit says, or gone: what passed by governance is somebody else's, too.
  update governance_private.undo_steps s set conflict = governance_private.conflict_of('changed-since', coalesce((
      select jsonb_agg(jsonb_build_object('field', t.key, 'expected', t.value) order by t.key) from jsonb_each(s.tests) t), '[]'))
  from unnest(p_places) as p(place) where s.undo_id = p_undo_id and s.place = p.place and not s.is_done;
  return not found;
end
$$;
comment on function governance_private.note_undone(uuid, bigint[], text[], text[]) is 'Notes which steps were carried out, and that the others were not; tells whether all were.';

create function governance_private.run_undo_part(p_undo_id uuid, p_statement text, p_places bigint[]) returns boolean
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_entities text[];
  v_keys text[];
begin
  execute p_statement into v_entities, v_keys using p_undo_id, p_places;
  return governance_private.note_undone(p_undo_id, p_places, v_entities, v_keys);
end
$$;
comment on function governance_private.run_undo_part(uuid, text, bigint[]) is 'Carries steps of an undo out; tells whether all were.';

create function governance_private.run_undo_apart(p_undo_id uuid, p_statement text, p_places bigint[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_open jsonb := jsonb_build_array(to_jsonb(p_places));
  v_part bigint[];
  v_size integer;
  v_is_refused boolean := false;
  v_state text;
  v_detail text;
  v_constraint text;
begin
  -- Something in it is refused: in eighths, and the last sixteen one by one, so that the others come back.
  while v_open <> '[]' loop
    v_part := array(select x::bigint from jsonb_array_elements_text(v_open -> 0) as x);
    v_open := v_open - 0;
    if v_is_refused then
      -- What was refused stays, and so does what it refers to.
      perform governance_private.note_referenced(p_undo_id);
      v_is_refused := false;
    end if;
    v_part := array(select s.place from governance_private.undo_steps s where s.undo_id = p_undo_id and s.place = any (v_part) and s.conflict is null order by s.place);
    continue when v_part = '{}';
    begin
      v_is_refused := not governance_private.run_undo_part(p_undo_id, p_statement, v_part);
      if v_is_refused and cardinality(v_part) > 1 and exists (
        select from governance_private.undo_steps s where s.undo_id = p_undo_id and s.place = any (v_part) and s.operation = 'delete') then
        -- An update that was to take a record away from what goes has found another record: nothing of this part holds.
        raise exception using errcode = 'GOV02', message = 'Part of an undo was not done.';
      end if;
    exception when others then
      get stacked diagnostics v_state = returned_sqlstate, v_detail = pg_exception_detail, v_constraint = constraint_name;
      if governance_private.is_nobodys_data(v_state) then
        raise;
      elsif cardinality(v_part) = 1 then
        update governance_private.undo_steps s
        set conflict = jsonb_build_object('reason', 'refused', 'fields', '[]'::jsonb) || governance_private.refusal_of(v_state, sqlerrm, v_detail, v_constraint)
        where s.undo_id = p_undo_id and s.place = v_part[1];
        v_is_refused := true;
      else
        v_size := case when cardinality(v_part) <= 16 then 1 else ceil(cardinality(v_part) / 8.0) end;
        v_open := (select jsonb_agg(x.places order by x.n) from (
          select (p.n - 1) / v_size as n, jsonb_agg(p.place order by p.n) as places from unnest(v_part) with ordinality as p(place, n) group by 1) x) || v_open;
      end if;
    end;
  end loop;
end
$$;
comment on function governance_private.run_undo_apart(uuid, text, bigint[]) is 'Carries steps of an undo out as far as they are not refused; notes why one is.';

create function governance_private.run_undo_steps(p_undo_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_statement text;
  v_places bigint[];
  v_refused integer;
begin
  perform governance_private.place_undo_steps(p_undo_id);
  v_places := array(select s.place from governance_private.undo_steps s where s.undo_id = p_undo_id and s.conflict is null order by s.place);
  if v_places = '{}' then
    return;
  end if;
  v_statement := governance_private.undo_statement(p_undo_id);
  insert into governance_private.committing_changes (entity_type, record_key, request_id)
  select s.entity_type, s.record_key, p_undo_id from governance_private.undo_steps s where s.undo_id = p_undo_id and s.conflict is null;
  perform governance_private.begin_cause('undo', p_undo_id::text, p_reason => (select u.reason from governance.undos u where u.id = p_undo_id));
  for v_pass in 1..5 loop
    v_refused := cardinality(v_places);
    perform governance_private.run_undo_apart(p_undo_id, v_statement, v_places);
    -- What was refused may have waited for what came later.
    v_places := array(select s.place from governance_private.undo_steps s where s.undo_id = p_undo_id and s.conflict ->> 'reason' = 'refused' order by s.place);
    exit when v_places = '{}' or cardinality(v_places) = v_refused;
    update governance_private.undo_steps s set conflict = null where s.undo_id = p_undo_id and s.place = any (v_places);
  end loop;
  perform governance_private.end_cause();
  delete from governance_private.committing_changes c where c.transaction_id = pg_current_xact_id();
  -- What a trigger kept as it was has not come back, not even in part.
  with written as (
    select e.entity_type, e.record_key, array_agg(k) as fields
    from governance.audit_events e left join lateral jsonb_object_keys(coalesce(e.after, '{}')) k on true where e.cause_id = p_undo_id::text group by 1, 2
  )
  update governance_private.undo_steps s set conflict = governance_private.conflict_of('kept'), is_done = false
  from governance_private.undo_steps x left join written w using (entity_type, record_key)
  where s.undo_id = p_undo_id and s.is_done and x.undo_id = p_undo_id and x.entity_type = s.entity_type and x.record_key = s.record_key
    and (w.fields is null or (s.operation = 'update' and exists (
      select from jsonb_each(s.values) v where v.value is distinct from s.tests -> v.key and v.key <> all (w.fields))));
end
$$;
comment on function governance_private.run_undo_steps(uuid) is 'Carries an undo out, past policies and limits and under the rules of this moment; notes what was refused.';
