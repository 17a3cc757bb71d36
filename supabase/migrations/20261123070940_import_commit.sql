-- What: writing an import chunk by chunk, the quarantine of what cannot be written, its correction and the next try.
-- Why: a kill at any point loses nothing and doubles nothing; one bad import is one issue, with its rows behind it.
-- Breaks a running client: no.

create function governance_private.import_reasons(p_error jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  -- All reasons of a refusal: each block rule that speaks against it, or the one error.
  select case when jsonb_typeof(p_error -> 'violations') = 'array' then coalesce((
      select jsonb_agg(jsonb_build_object('code', 'blocked', 'message', v ->> 'message', 'rule_key', v ->> 'rule_key', 'fields', coalesce(v -> 'fields', '[]')))
      from jsonb_array_elements(p_error -> 'violations') as v), '[]')
    else jsonb_build_array(jsonb_build_object('code', p_error ->> 'code', 'message', p_error ->> 'message', 'rule_key', null, 'fields', coalesce(p_error -> 'fields', '[]'))) end
$$;

create function governance_private.tell_import_issue(p_import_id uuid) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports;
  v_waiting bigint := (select count(*) from governance.import_rows w where w.import_id = p_import_id and w.state = 'quarantined');
  v_reasons jsonb;
begin
  -- Definer: issues are written by the product. One for the whole import, which closes when no row waits.
  select * into strict v_import from governance.imports i where i.import_id = p_import_id;
  if v_waiting = 0 then
    update governance.data_quality_issues i set status = 'fixed', resolution = 'data_changed'
    where i.org_id = v_import.org_id and i.rule_key = 'system-import-quarantine' and i.entity_type = 'import' and i.record_key = p_import_id::text and i.status <> 'fixed';
    return;
  end if;
  select jsonb_object_agg(x.reason, x.rows) into v_reasons from (
    select coalesce(r ->> 'rule_key', r ->> 'code') as reason, count(distinct w.row_number) as rows
    from governance.import_rows w cross join lateral jsonb_array_elements(w.reasons) as r
    where w.import_id = p_import_id and w.state = 'quarantined' group by 1) x;
  perform governance_private.open_system_issue('system-import-quarantine', v_import.org_id, 'import', p_import_id::text, 'medium',
    format('%s of %s rows of "%s" wait in quarantine: %s.', v_waiting, v_import.row_count, left(v_import.file_name, 100),
      coalesce((select string_agg(format('%s × %s', e.value, e.key), ', ' order by e.value::bigint desc, e.key) from jsonb_each_text(v_reasons) e), 'without reasons')));
  update governance.data_quality_issues i
  set record_label = left(v_import.file_name, 200), owner_user_id = coalesce(i.owner_user_id, v_import.created_by),
      observed = jsonb_build_object('import_id', p_import_id, 'entity_type', v_import.entity_type, 'quarantined', v_waiting, 'rows', v_import.row_count, 'reasons', coalesce(v_reasons, '{}'))
  where i.org_id = v_import.org_id and i.rule_key = 'system-import-quarantine' and i.entity_type = 'import' and i.record_key = p_import_id::text;
end
$$;
comment on function governance_private.tell_import_issue(uuid) is 'Opens, refreshes or closes the one issue of an import, which counts its quarantined rows by reason.';

create function governance_private.settle_rows(p_rows jsonb, p_outcomes jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  -- By number, and looked up in: a join over lists whose length the planner cannot know may compare each with each.
  v_outcomes jsonb := (select coalesce(jsonb_object_agg(o ->> 'n', o), '{}') from jsonb_array_elements(p_outcomes) as o);
begin
  return (
    select coalesce(jsonb_object_agg(x.r ->> 'n', jsonb_build_object('state', x.state, 'match_key', x.r -> 'match_key', 'same_as', x.r -> 'same_as',
      'record_key', case when x.state = 'written' then x.o -> 'key' when x.state = 'skipped' then x.r -> 'key' end,
      'operation', case x.o ->> 'outcome' when 'inserted' then 'insert' when 'updated' then 'update' else 'none' end,
      'record', case when x.state = 'quarantined' then nullif(x.r -> 'values', 'null') end, 'diverted', x.o -> 'diverted',
      'verdict', case when x.state = 'written' then null when x.r -> 'refused' <> 'null' then governance_private.refused_verdict(x.r -> 'refused') else 'blocked' end,
      'reasons', case when x.state = 'written' then '[]' else coalesce(x.r #> '{refused,reasons}', governance_private.import_reasons(x.o -> 'error')) end)), '{}')
    from (
      select r, v_outcomes -> (r ->> 'n') as o, case when v_outcomes -> (r ->> 'n') ->> 'outcome' <> 'refused' then 'written'
        when r #> '{refused,skip}' = 'true' then 'skipped' else 'quarantined' end as state
      from jsonb_array_elements(p_rows) as r) x);
end
$$;
comment on function governance_private.settle_rows(jsonb, jsonb) is 'What becomes of the rows of a chunk, by their number, from what was known before and what became of the write.';

create function governance_private.finish_import_rows(p_import_id uuid, p_key_id uuid, p_rows jsonb, p_outcomes jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_settled jsonb := governance_private.settle_rows(p_rows, p_outcomes);
  v_last bigint := (select max((r ->> 'n')::bigint) from jsonb_array_elements(p_rows) as r);
  v_states jsonb;
  v_is_left boolean;
begin
  -- Definer: rows are settled by nobody but the transaction that began their chunk.
  if not exists (select from governance_private.write_causes c
      where c.transaction_id = pg_current_xact_id_if_assigned() and c.cause_kind = 'import' and c.cause_id = p_import_id::text) then
    perform governance_private.raise_error('PT403', 'not-allowed', 'This transaction commits no such import.');
  end if;
  with settled as (
    update governance.import_rows w
    set state = v_settled #>> array[w.row_number::text, 'state'], match_key = v_settled #>> array[w.row_number::text, 'match_key'],
        same_as = (v_settled #>> array[w.row_number::text, 'same_as'])::bigint, record_key = v_settled #>> array[w.row_number::text, 'record_key'],
        operation = v_settled #>> array[w.row_number::text, 'operation'], record = nullif(v_settled #> array[w.row_number::text, 'record'], 'null'),
        verdict = coalesce(v_settled #>> array[w.row_number::text, 'verdict'], nullif(nullif(nullif(w.verdict, 'blocked'), 'same_key'), 'unreadable'), 'written'),
        reasons = v_settled #> array[w.row_number::text, 'reasons'], diverted = nullif(v_settled #> array[w.row_number::text, 'diverted'], 'null')
    where w.import_id = p_import_id and w.row_number > (select i.committed_to from governance.imports i where i.import_id = p_import_id)
      and w.row_number <= v_last and w.state = 'staged' and v_settled ? w.row_number::text
    returning w.state
  )
  select coalesce(jsonb_object_agg(x.state, x.n), '{}') || jsonb_build_object('staged', -coalesce(sum(x.n), 0)) into v_states
  from (select s.state, count(*) as n from settled s group by 1) x;
  update governance.imports i
  set committed_to = greatest(i.committed_to, coalesce(v_last, 0)), status = 'committing',
      counts = governance_private.add_counts(i.counts, jsonb_build_object('states', v_states)), updated_at = clock_timestamp()
  where i.import_id = p_import_id
  returning exists (select from governance.import_rows w where w.import_id = p_import_id and w.row_number > i.committed_to and w.state = 'staged') into v_is_left;
  if not v_is_left then
    update governance.imports i set status = 'committed', finished_at = clock_timestamp() where i.import_id = p_import_id;
    perform governance_private.recount_import(p_import_id);
    perform governance_private.tell_import_issue(p_import_id);
  end if;
  perform governance_private.end_cause();
  if p_key_id is not null then
    perform governance_private.end_source();
  end if;
  return (select governance_private.import_answer(i) from governance.imports i where i.import_id = p_import_id);
end
$$;

create function governance.commit_import_chunk(p_import_id uuid, p_limit integer default 1000, p_without_judging boolean default false, p_key_id uuid default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_chunk jsonb := governance_private.next_import_rows(p_import_id, p_key_id, 'commit', least(greatest(p_limit, 1), 2000));
  v_rows jsonb;
  v_records jsonb;
  v_outcomes jsonb := '[]';
begin
  -- Invoker, one transaction: the records are written with the rights that the caller has now, and their rows are settled with them.
  if not p_without_judging and v_chunk #>> '{import,status}' not in ('judged', 'committing') then
    perform governance_private.raise_error('PT409', 'stale', 'The import was not judged to its end: nobody has seen what would become of it.',
      jsonb_build_object('import_id', p_import_id), 'Judge it first, or say that it is to be written without a dry run.');
  end if;
  v_rows := governance_private.match_import_rows(v_chunk);
  v_records := governance_private.writable_import_rows(v_rows);
  if v_records is not null then
    v_outcomes := governance_private.store_records(v_chunk #>> '{import,entity_type}', v_chunk #>> '{import,org_id}', v_records);
    perform governance_private.log_refusals(v_chunk #>> '{import,entity_type}', v_chunk #>> '{import,org_id}', v_outcomes);
  end if;
  return governance_private.finish_import_rows(p_import_id, p_key_id, v_rows, v_outcomes);
end
$$;
comment on function governance.commit_import_chunk(uuid, integer, boolean, uuid) is
  'Writes the next rows of an import with the caller''s rights, and quarantines those that are refused, in one transaction. Call it until the status is "committed"; after a kill it goes on where it was.';

create function governance_private.require_waiting_row(p_import_id uuid, p_row_number bigint, p_key_id uuid, p_what text) returns governance.import_rows
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports := governance_private.require_import(p_import_id, p_key_id, p_what);
  v_row governance.import_rows;
begin
  -- Definer: as for require_import, which has checked the caller.
  perform governance_private.require_import_status(v_import, array['staged', 'judging', 'judged', 'committing', 'committed'], p_what);
  select * into v_row from governance.import_rows w where w.import_id = p_import_id and w.row_number = p_row_number;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('The import has no row %s.', p_row_number));
  elsif v_row.state not in ('staged', 'quarantined') then
    perform governance_private.raise_error('PT409', 'stale', format('You cannot %s: the row is "%s".', p_what, v_row.state),
      jsonb_build_object('import_id', p_import_id, 'row_number', p_row_number, 'state', v_row.state));
  end if;
  if v_row.state = 'staged' and v_row.record is null and v_row.verdict is distinct from 'unreadable' and jsonb_typeof(v_import.mapping -> 'columns' -> 0) = 'object' then
    execute format('select x.rows -> 0 -> ''values'' from (%s) x(rows)', governance_private.import_rows_sql(v_import)) into v_row.record using p_import_id, p_row_number - 1, 1;
  end if;
  return v_row;
end
$$;

create function governance_private.correct_import_row(p_import_id uuid, p_row_number bigint, p_record jsonb, p_key_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row governance.import_rows := governance_private.require_waiting_row(p_import_id, p_row_number, p_key_id, 'correct this row');
begin
  -- Definer: rows are written by nobody but through here; require_waiting_row has checked the caller.
  if jsonb_typeof(p_record) is distinct from 'object' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_record is an object of fields.', jsonb_build_object('field', 'p_record'));
  end if;
  update governance.import_rows w set record = coalesce(v_row.record, '{}') || p_record, is_corrected = true
  where w.import_id = p_import_id and w.row_number = p_row_number
  returning * into v_row;
  return to_jsonb(v_row);
end
$$;

create function governance.correct_import_row(p_import_id uuid, p_row_number bigint, p_record jsonb, p_key_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.correct_import_row(p_import_id, p_row_number, p_record, p_key_id)
$$;
comment on function governance.correct_import_row(uuid, bigint, jsonb, uuid) is 'Corrects fields of a row that is not written yet, without the file: {field: value}. A quarantined one is tried again by retry_import.';

create function governance_private.discard_import_row(p_import_id uuid, p_row_number bigint, p_key_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row governance.import_rows := governance_private.require_waiting_row(p_import_id, p_row_number, p_key_id, 'discard this row');
begin
  -- Definer: as for correcting. Nothing of what stood in it is kept.
  update governance.import_rows w set state = 'discarded', raw = null, record = null, reasons = '[]', fixes = null, issues = null, match_key = null
  where w.import_id = p_import_id and w.row_number = p_row_number
  returning * into v_row;
  perform governance_private.recount_import(p_import_id);
  perform governance_private.tell_import_issue(i.import_id) from governance.imports i where i.import_id = p_import_id and i.status = 'committed';
  return to_jsonb(v_row);
end
$$;

create function governance.discard_import_row(p_import_id uuid, p_row_number bigint, p_key_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.discard_import_row(p_import_id, p_row_number, p_key_id)
$$;
comment on function governance.discard_import_row(uuid, bigint, uuid) is 'Gives a row up that is not written; what stood in it is forgotten.';

create function governance_private.retry_import(p_import_id uuid, p_row_numbers bigint[], p_key_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports := governance_private.require_import(p_import_id, p_key_id, 'try these rows again');
  v_first bigint;
begin
  -- Definer: rows are written by nobody but through here; require_import has checked the caller. A line that cannot be read has to be corrected first.
  perform governance_private.require_import_status(v_import, array['committing', 'committed'], 'try rows again');
  with again as (
    update governance.import_rows w set state = 'staged', verdict = null, reasons = '[]', diverted = null, same_as = null, is_corrected = true
    where w.import_id = p_import_id and w.state = 'quarantined' and (p_row_numbers is null or w.row_number = any (p_row_numbers))
      and (w.is_corrected or w.verdict <> 'unreadable') and w.record is not null
    returning w.row_number
  )
  select min(a.row_number) into v_first from again a;
  if v_first is not null then
    update governance.imports i set status = 'committing', committed_to = least(i.committed_to, v_first - 1), updated_at = clock_timestamp() where i.import_id = p_import_id;
    perform governance_private.recount_import(p_import_id);
  end if;
  return (select governance_private.import_answer(i) from governance.imports i where i.import_id = p_import_id);
end
$$;

create function governance.retry_import(p_import_id uuid, p_row_numbers bigint[] default null, p_key_id uuid default null) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.retry_import(p_import_id, p_row_numbers, p_key_id)
$$;
comment on function governance.retry_import(uuid, bigint[], uuid) is
  'Puts quarantined rows back in the line, all or those that are named: rules, references or the rows themselves may be other ones now. commit_import_chunk writes them.';

grant execute on function governance.commit_import_chunk(uuid, integer, boolean, uuid), governance_private.finish_import_rows(uuid, uuid, jsonb, jsonb),
  governance.correct_import_row(uuid, bigint, jsonb, uuid), governance_private.correct_import_row(uuid, bigint, jsonb, uuid),
  governance.discard_import_row(uuid, bigint, uuid), governance_private.discard_import_row(uuid, bigint, uuid),
  governance.retry_import(uuid, bigint[], uuid), governance_private.retry_import(uuid, bigint[], uuid) to authenticated, service_role;
