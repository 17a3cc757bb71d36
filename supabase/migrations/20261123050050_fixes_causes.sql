-- What: proof that what a person accepted or took back was really written, before its cause counts.
-- Why: the write is the person's own statement, so whoever holds a connection could say a cause and write something else.
-- Breaks a running client: no.

create function governance_private.close_cause(p_kind text, p_batch_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  delete from governance_private.write_causes c
  where c.transaction_id = pg_current_xact_id_if_assigned() and c.cause_kind = p_kind and c.cause_id = p_batch_id::text;
  if not found then
    perform governance_private.raise_error('PT403', 'not-allowed', 'You cannot finish this batch: it is not one that the present transaction began.');
  end if;
end
$$;
comment on function governance_private.close_cause(text, uuid) is 'Ends the cause of the present transaction, which must be this batch.';

create function governance_private.refuse_open_cause() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: causes are private. At the end of the transaction, so that nobody begins a batch and leaves it unproven.
  if exists (select from governance_private.write_causes c where c.transaction_id = new.transaction_id and c.cause_id = new.cause_id) then
    perform governance_private.raise_error('PT403', 'not-allowed', 'You cannot begin a batch without finishing it: nothing was written.');
  end if;
  return null;
end
$$;
create constraint trigger _900_refuse_open after insert on governance_private.write_causes
  deferrable initially deferred for each row execute function governance_private.refuse_open_cause();

create function governance_private.changes_values(p_entity_type text) returns boolean
language sql stable security invoker set search_path = ''
as $$
  -- 19: a row trigger, before, on update.
  select exists (
    select from pg_catalog.pg_trigger t
    where t.tgrelid = governance_private.entity_table(p_entity_type)::regclass and t.tgtype & 19 = 19 and t.tgenabled <> 'D')
$$;
comment on function governance_private.changes_values(text) is 'Whether the table has a trigger that may store another value than the one written.';

create function governance_private.prove_writes(p_entity_type text, p_changes jsonb) returns void
language plpgsql stable security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_tests text;
  v_other text;
begin
  -- p_changes: [{"key", "values"}, …]. A trigger of the table may have made something else of a value; a person may not.
  if governance_private.changes_values(p_entity_type) then
    return;
  end if;
  select string_agg(format('(not c.values ? %L or to_jsonb(r.%I) is not distinct from to_jsonb(%s))', c.column_name, c.column_name,
    governance_private.assigned_sql(c.column_name, c.class, c.base_type, c.type_sql)), ' and ')
  into v_tests
  from governance_private.entity_columns(p_entity_type) c
  where c.column_name in (select k from jsonb_array_elements(p_changes) as x cross join lateral jsonb_object_keys(x -> 'values') as k);
  execute format('select c.key from jsonb_to_recordset($1) as c(key text, values jsonb) join %s r on %s where not (%s) limit 1',
    governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'r', 'c.key'), v_tests)
  into v_other using p_changes;
  if v_other is not null then
    perform governance_private.raise_error('PT403', 'not-allowed', 'You cannot write another value than the one that was accepted or taken back.',
      jsonb_build_object('entity_type', p_entity_type, 'record_key', v_other));
  end if;
end
$$;
comment on function governance_private.prove_writes(text, jsonb) is 'Refuses a batch whose records do not hold now what it says that it wrote.';
