-- What: writing corrected values into records, set-wise, only where what is there is still what was judged.
-- Why: auto-fixes, accepted suggestions and undo write in one way; a concurrent edit is never overwritten.
-- Breaks a running client: no.

create function governance_private.assigned_sql(p_column text, p_class text, p_base_type text, p_type_sql text) returns text
language sql immutable security invoker
-- No cast to varchar(n): a cast cuts text off, an assignment refuses it. 3.0 is an integer, 0.5 is refused.
return format(case when p_class = 'text' then '(c.values ->> %1$L)'
  when p_base_type in ('int2', 'int4', 'int8') then 'trim_scale((c.values ->> %1$L)::numeric)::text::%2$s'
  else '(c.values ->> %1$L)::%2$s' end, p_column, p_type_sql);
comment on function governance_private.assigned_sql(text, text, text, text) is 'SQL text: the value that a change assigns to a column, in the type of the column.';

create function governance_private.write_records(p_entity_type text, p_changes jsonb) returns setof text
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_columns text[];
  v_sets text;
  v_tests text;
  v_unknown text;
begin
  -- Invoker: the evaluator writes as the owner, a person with that person's rights.
  -- p_changes: [{"key", "values": {column: text}, "tests": {column: text}}, …]; returns the keys that were written.
  select array_agg(distinct k) into v_columns
  from jsonb_array_elements(p_changes) as c cross join lateral jsonb_object_keys((c -> 'values') || (c -> 'tests')) as k;
  if v_columns is null then
    return;
  end if;
  select string_agg(format('"%s"', n), ', ') into v_unknown from unnest(v_columns) as n
  where not exists (select from governance_private.entity_columns(p_entity_type) c where c.column_name = n and not c.is_generated);
  if v_unknown is not null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('%s is not a column of %s that can be written.', v_unknown, p_entity_type));
  end if;
  select string_agg(format('%I = case when c.values ? %L then %s else r.%I end', c.column_name, c.column_name,
           governance_private.assigned_sql(c.column_name, c.class, c.base_type, c.type_sql), c.column_name), ', '),
         string_agg(format('(not c.tests ? %1$L or coalesce(to_jsonb(%2$s), ''null'') = c.tests -> %1$L)', c.column_name,
           governance_private.projection(format('r.%I', c.column_name), c.class, c.base_type)), ' and ')
  into v_sets, v_tests
  from governance_private.entity_columns(p_entity_type) c where c.column_name = any (v_columns);
  -- A record of which a change policy holds a field back is not written: what was asked waits in a change request.
  return query execute format(
    'with written as (update %s as r set %s from jsonb_to_recordset($1) as c(key text, values jsonb, tests jsonb) where %s and %s returning %s as key, c.values)
     select w.key from written w where not governance_private.is_diverted(%L, w.key, w.values)',
    governance_private.entity_table(p_entity_type), v_sets,
    governance_private.key_predicate(p_entity_type, 'r', 'c.key'), v_tests, governance_private.key_expression(p_entity_type, 'r'), p_entity_type)
  using p_changes;
end
$$;
comment on function governance_private.write_records(text, jsonb) is
  'Writes values into records of an entity where the tested columns still hold what they held, with the rights of the caller. Returns the keys written.';

create function governance_private.try_change(p_entity_type text, p_change jsonb, out written text[], out refusal jsonb)
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_state text;
  v_schema text;
  v_table text;
  v_constraint text;
  v_column text;
begin
  written := array(select governance_private.write_records(p_entity_type, jsonb_build_array(p_change)));
exception
  when integrity_constraint_violation then
    get stacked diagnostics v_state = returned_sqlstate, v_schema = schema_name, v_table = table_name, v_constraint = constraint_name, v_column = column_name;
    written := '{}';
    refusal := governance_private.explain_constraint(p_entity_type, p_change ->> 'key', p_change -> 'values', v_state,
      format('%I.%I', v_schema, v_table), v_constraint, v_column);
  when others then
    if governance_private.is_transient(sqlstate) then
      raise;
    end if;
    written := '{}';
    refusal := jsonb_build_object('sqlstate', sqlstate, 'message', sqlerrm);
end
$$;
comment on function governance_private.try_change(text, jsonb) is 'Writes one change; tells the key that was written, or why it was refused.';

create function governance_private.write_records_apart(p_entity_type text, p_changes jsonb, out written text[], out failed jsonb)
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_change jsonb;
  v_tried record;
begin
  failed := '[]';
  begin
    written := array(select governance_private.write_records(p_entity_type, p_changes));
    return;
  exception when others then
    if governance_private.is_transient(sqlstate) then
      raise;
    end if;
    written := '{}';
  end;
  -- Somebody in the batch is refused by a constraint or a rule: one by one, so that the others are not.
  for v_change in select c from jsonb_array_elements(p_changes) as c loop
    select * into v_tried from governance_private.try_change(p_entity_type, v_change);
    written := written || v_tried.written;
    if v_tried.refusal is not null then
      failed := failed || (jsonb_build_object('key', v_change ->> 'key', 'error', v_tried.refusal ->> 'message') || (v_tried.refusal - 'message'));
    end if;
  end loop;
end
$$;
comment on function governance_private.write_records_apart(text, jsonb) is
  'As write_records; a record that is refused does not take the others with it, and failed says why. Its error names no other record: collides_with does, for the caller alone.';

create function governance_private.write_records_together(p_entity_type text, p_changes jsonb) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_change jsonb;
  v_tried record;
begin
  return array(select governance_private.write_records(p_entity_type, p_changes));
exception when integrity_constraint_violation then
  -- Nothing of it is written; the first one that is refused alone is explained.
  for v_change in select c from jsonb_array_elements(p_changes) as c loop
    select * into v_tried from governance_private.try_change(p_entity_type, v_change);
    if v_tried.refusal is not null then
      perform governance_private.raise_refusal(p_entity_type, v_change ->> 'key', v_tried.refusal);
    end if;
  end loop;
  perform governance_private.raise_refusal(p_entity_type, null, jsonb_build_object('sqlstate', sqlstate, 'message', 'Not saved: two of these records collide with each other.',
    'hint', 'Change them one by one.'));
end
$$;
comment on function governance_private.write_records_together(text, jsonb) is 'As write_records, all or nothing; a refusal by a constraint is explained to the caller.';

create function governance_private.patch_changes(p_key text, p_patches jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  -- Patches of one record in order: the first test of a column is what must be there, the last value what it becomes.
  with operations as (
    select o ->> 'op' as op, replace(replace(substr(o ->> 'path', 2), '~1', '/'), '~0', '~') as name, o -> 'value' as value, (p.n * 1000 + x.n) as place
    from jsonb_array_elements(p_patches) with ordinality as p(patch, n) cross join lateral jsonb_array_elements(p.patch) with ordinality as x(o, n)
  )
  select jsonb_build_object('key', p_key,
    'tests', coalesce((select jsonb_object_agg(name, value) from (select distinct on (name) name, value from operations where op = 'test' order by name, place) t), '{}'),
    'values', coalesce((select jsonb_object_agg(name, value) from (select distinct on (name) name, value from operations where op in ('replace', 'add') order by name, place desc) v), '{}'))
$$;

create function governance_private.invert_patch(p_patch jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(op order by place), '[]') from (
    select jsonb_build_object('op', 'test', 'path', w ->> 'path', 'value', w -> 'value') as op, n * 2 as place
    from jsonb_array_elements(p_patch) with ordinality as x(w, n) where w ->> 'op' in ('replace', 'add')
    union all
    select jsonb_build_object('op', 'replace', 'path', w ->> 'path', 'value', t -> 'value'), n * 2 + 1
    from jsonb_array_elements(p_patch) with ordinality as x(w, n)
    join jsonb_array_elements(p_patch) as t on t ->> 'op' = 'test' and t ->> 'path' = w ->> 'path'
    where w ->> 'op' in ('replace', 'add')) o
$$;
comment on function governance_private.invert_patch(jsonb) is 'The patch that takes a patch back: tests for the new values, puts the old ones in place.';

create function governance_private.is_patch(p_patch jsonb) returns boolean
language sql immutable security invoker set search_path = ''
as $$
  select jsonb_typeof(p_patch) = 'array' and not exists (
    select from jsonb_array_elements(p_patch) as o
    where jsonb_typeof(o) <> 'object' or coalesce(o ->> 'op', '') not in ('test', 'replace', 'add')
       or coalesce(o ->> 'path', '') !~ '^/[^/]+$' or not o ? 'value')
$$;

create function governance_private.begin_cause(p_kind text, p_id text, p_hops integer default 0, p_reason text default null) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- One at a time: a second would hide whether the first was proven. What has a reason of its own brings it along.
  insert into governance_private.write_causes (cause_kind, cause_id, hops, reason)
  values (p_kind, p_id, p_hops, coalesce(p_reason, case
    when p_kind = 'change_request' then (select q.reason from governance.change_requests q where q.id = p_id::uuid)
    when p_kind in ('import', 'import_undo') then (select i.file_name from governance.imports i where i.import_id = p_id::uuid) end));
end
$$;

create function governance_private.end_cause() returns void
language sql volatile security invoker set search_path = ''
as $$
  delete from governance_private.write_causes c where c.transaction_id = pg_current_xact_id()
$$;

-- Persons' fixes run with their own rights, so the statements that write must be theirs to call.
grant execute on function governance_private.assigned_sql(text, text, text, text), governance_private.write_records(text, jsonb), governance_private.write_records_apart(text, jsonb),
  governance_private.try_change(text, jsonb), governance_private.write_records_together(text, jsonb) to authenticated, service_role;
