-- What: the next rows of an import as records, and the dry run that says what would become of them.
-- Why: nobody should have to write a file in order to learn what is wrong with it.
-- Breaks a running client: no.

create function governance_private.import_rows_sql(p_import governance.imports) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_values text;
  v_faults text;
  v_match_on text[] := case when p_import.match_on = '{}' then (select e.key_columns from governance.entities e where e.entity_type = p_import.entity_type) else p_import.match_on end;
begin
  -- SQL text over $1, the import, $2, the row before, and $3, how many: the rows as records, with what is known of each without writing it.
  select governance_private.object_sql(array_agg(format('%L, %s', c.field, c.value_sql) order by c.place)), string_agg(c.fault_sql, ', ') filter (where c.fault_sql is not null)
  into v_values, v_faults from governance_private.mapped_cells(p_import) c;
  return format($sql$
    with chunk as (
      select w.row_number as n, w.is_corrected, w.verdict is not distinct from 'unreadable' and not w.is_corrected as is_unreadable, w.reasons,
        case when w.is_corrected then w.record when w.verdict is not distinct from 'unreadable' then null else %1$s || %2$L::jsonb end as values,
        case when w.is_corrected or w.verdict is not distinct from 'unreadable' then '{}' else array_remove(array[%3$s]::text[], null) end as faults
      from governance.import_rows w where w.import_id = $1 and w.row_number > $2 and w.state = 'staged' order by w.row_number limit $3
    ), keyed as materialized (
      select k.*, %4$s as match_key from chunk k
    ), compared as (
      select k.*, least(
        (select min(o.row_number) from governance.import_rows o where o.import_id = $1 and o.match_key = k.match_key and o.row_number < k.n and o.state <> 'discarded'),
        case when k.match_key is not null then nullif(min(k.n) over (partition by k.match_key), k.n) end) as same_as
      from keyed k
    )
    select coalesce(jsonb_agg(jsonb_build_object('n', c.n, 'values', c.values, 'match_key', c.match_key, 'same_as', c.same_as, 'refused', case
        when c.is_unreadable then jsonb_build_object('code', 'unreadable', 'reasons', c.reasons)
        when cardinality(c.faults) > 0 then jsonb_build_object('code', 'invalid-value', 'reasons', (
          select jsonb_agg(jsonb_build_object('code', 'invalid-value', 'message', split_part(f, E'\t', 2), 'rule_key', null,
            'fields', jsonb_build_array(split_part(f, E'\t', 1)))) from unnest(c.faults) as f))
        when c.same_as is not null then jsonb_build_object('code', 'same-record', 'reasons', jsonb_build_array(jsonb_build_object('code', 'same-record',
          'message', format('Row %%s of the file is the same record.', c.same_as), 'rule_key', null, 'fields', %5$L::jsonb))) end) order by c.n), '[]')
    from compared c
  $sql$, v_values, coalesce(p_import.mapping -> 'constants', '{}'), coalesce(v_faults, ''), coalesce(governance_private.match_key_sql(p_import.entity_type, v_match_on), 'null::text'),
    to_jsonb(v_match_on));
end
$$;
comment on function governance_private.import_rows_sql(governance.imports) is 'SQL text: the next staged rows of an import as records, each with its refusal where there is one already.';

create function governance_private.analyze_grown(p_entity_type text, p_written bigint) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_table text := governance_private.entity_table(p_entity_type);
begin
  -- Definer: only who owns a table may analyze it. Before anything is written, so that nobody waits for anybody; of two imports one does it.
  -- A table that has just been filled has no statistics yet, and without them a foreign key may be checked over the wrong index.
  if p_written >= 1000 and (select c.reltuples * 2 < p_written from pg_catalog.pg_class c where c.oid = v_table::regclass)
    and pg_try_advisory_xact_lock(hashtextextended('governance analyze ' || v_table, 0)) then
    execute format('analyze %s', v_table);
  end if;
end
$$;
comment on function governance_private.analyze_grown(text, bigint) is 'Gives the planner statistics of a table that an import has more than doubled since it last had any.';

create function governance_private.next_import_rows(p_import_id uuid, p_key_id uuid, p_step text, p_limit integer) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports := governance_private.require_import(p_import_id, p_key_id, p_step || ' this import');
  v_rows jsonb;
begin
  -- Definer: locks the import and reads its rows; require_import has checked the caller.
  perform governance_private.require_import_status(v_import, case p_step when 'judge' then array['staged', 'judging', 'judged'] else array['staged', 'judging', 'judged', 'committing'] end, p_step || ' it');
  perform governance_private.refuse_import_faults(governance_private.mapping_faults(v_import.entity_type, v_import.columns, v_import.mapping));
  execute governance_private.import_rows_sql(v_import) into v_rows
  using p_import_id, case p_step when 'judge' then v_import.judged_to else v_import.committed_to end, p_limit;
  if p_step = 'commit' then
    perform governance_private.analyze_grown(v_import.entity_type, (v_import.counts #>> '{states,written}')::bigint);
    if p_key_id is not null then
      perform governance_private.begin_source(p_key_id);
    end if;
    perform governance_private.begin_cause('import', p_import_id::text);
  end if;
  return jsonb_build_object('import', governance_private.import_answer(v_import), 'rows', v_rows,
    'match_on', to_jsonb(case when v_import.match_on = '{}' then (select e.key_columns from governance.entities e where e.entity_type = v_import.entity_type) else v_import.match_on end));
end
$$;
comment on function governance_private.next_import_rows(uuid, uuid, text, integer) is 'The next rows of an import for a step (judge, commit), the import being locked until the transaction ends.';

create function governance_private.match_import_rows(p_chunk jsonb) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- Invoker: a record is there already if the caller can see it. Adds "key", or the refusal that the mode makes of it.
  select coalesce(jsonb_agg(r || case
      when r -> 'refused' <> 'null' or m.n is null then '{}'
      when p_chunk #>> '{import,mode}' = 'upsert' and cardinality(m.record_keys) = 1 then jsonb_build_object('key', m.record_keys[1])
      else jsonb_build_object('key', m.record_keys[1], 'refused', jsonb_build_object('code', 'same-record', 'reasons', jsonb_build_array(jsonb_build_object('code', 'same-record',
        'message', case when cardinality(m.record_keys) = 1 then 'The record is there already.' else format('%s records have the same %s.', cardinality(m.record_keys),
          (select string_agg(x, ', ') from jsonb_array_elements_text(p_chunk -> 'match_on') as x)) end,
        'rule_key', null, 'fields', p_chunk -> 'match_on')),
        'skip', p_chunk #>> '{import,mode}' = 'insert_missing' and cardinality(m.record_keys) = 1)) end order by (r ->> 'n')::bigint), '[]')
  from jsonb_array_elements(p_chunk -> 'rows') as r
  left join governance_private.match_records(p_chunk #>> '{import,entity_type}', p_chunk #>> '{import,org_id}',
    array(select jsonb_array_elements_text(p_chunk -> 'match_on')),
    (select jsonb_agg(x) from jsonb_array_elements(p_chunk -> 'rows') as x where x -> 'refused' = 'null' and x -> 'match_key' <> 'null')) m on m.n = (r ->> 'n')::bigint
$$;

create function governance_private.writable_import_rows(p_rows jsonb) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  select jsonb_agg(jsonb_build_object('n', r -> 'n', 'values', r -> 'values') || case when r ? 'key' then jsonb_build_object('key', r -> 'key') else '{}' end order by (r ->> 'n')::bigint)
  from jsonb_array_elements(p_rows) as r where r -> 'refused' = 'null'
$$;
comment on function governance_private.writable_import_rows(jsonb) is 'Of prepared rows those that can be written, as store_records takes them.';

create function governance_private.save_import_verdicts(p_import_id uuid, p_rows jsonb, p_key_id uuid default null) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  -- By number: a join over a list whose length the planner cannot know may compare each with each.
  v_rows jsonb;
  v_first bigint;
  v_last bigint;
begin
  -- Definer: verdicts are written by nobody but through here; checks the caller first. Only rows that wait.
  perform governance_private.require_import(p_import_id, p_key_id, 'judge this import');
  select jsonb_object_agg(r ->> 'n', r), min((r ->> 'n')::bigint), max((r ->> 'n')::bigint) into v_rows, v_first, v_last from jsonb_array_elements(p_rows) as r;
  update governance.import_rows w
  set verdict = coalesce(v_rows #>> array[w.row_number::text, 'verdict'], w.verdict), operation = coalesce(v_rows #>> array[w.row_number::text, 'operation'], w.operation),
      reasons = coalesce(v_rows #> array[w.row_number::text, 'reasons'], w.reasons), fixes = coalesce(v_rows #> array[w.row_number::text, 'fixes'], w.fixes),
      issues = coalesce(v_rows #> array[w.row_number::text, 'issues'], w.issues),
      diverted = coalesce(nullif(v_rows #> array[w.row_number::text, 'diverted'], 'null'), w.diverted),
      same_as = coalesce((v_rows #>> array[w.row_number::text, 'same_as'])::bigint, w.same_as),
      match_key = coalesce(v_rows #>> array[w.row_number::text, 'match_key'], w.match_key)
  where w.import_id = p_import_id and w.row_number between v_first and v_last and w.state = 'staged' and v_rows ? w.row_number::text;
end
$$;

create function governance_private.refused_verdict(p_refused jsonb) returns text
language sql immutable security invoker
return case p_refused ->> 'code' when 'unreadable' then 'unreadable' when 'same-record' then 'same_key' else 'blocked' end;

create function governance.judge_import_chunk(p_import_id uuid, p_limit integer default 500, p_key_id uuid default null) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_chunk jsonb := governance_private.next_import_rows(p_import_id, p_key_id, 'judge', least(greatest(p_limit, 1), 1000));
  v_rows jsonb := governance_private.match_import_rows(v_chunk);
  v_records jsonb := governance_private.writable_import_rows(v_rows);
begin
  perform governance_private.save_import_verdicts(p_import_id, (
    select jsonb_agg(jsonb_build_object('n', r -> 'n', 'match_key', r -> 'match_key', 'same_as', r -> 'same_as') || case when r -> 'refused' = 'null' then '{}' else
      jsonb_build_object('verdict', governance_private.refused_verdict(r -> 'refused'), 'reasons', r #> '{refused,reasons}', 'operation', 'none') end)
    from jsonb_array_elements(v_rows) as r), p_key_id);
  return jsonb_build_object('import', v_chunk -> 'import', 'judged_to', (select max((r ->> 'n')::bigint) from jsonb_array_elements(v_rows) as r),
    'trial', case when v_records is not null then governance_private.try_records(v_chunk #>> '{import,entity_type}', v_chunk #>> '{import,org_id}', v_records) end);
end
$$;
comment on function governance.judge_import_chunk(uuid, integer, uuid) is
  'For governance-api: tries the next rows of an import with the caller''s rights and takes everything back. The verdict of evaluate on them waits under the trial''s id; finish_import_judging saves both.';

create function governance_private.finish_import_judging(p_import_id uuid, p_revision integer, p_judged_to bigint, p_verdicts jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import governance.imports;
begin
  -- Definer: as for verdicts. Whoever has changed the mapping since, or judged these rows already, is not overwritten.
  select * into v_import from governance.imports i where i.import_id = p_import_id for update;
  if v_import.status in ('staged', 'judging', 'judged') and v_import.revision = p_revision and v_import.judged_to < coalesce(p_judged_to, v_import.row_count + 1) then
    perform governance_private.save_import_verdicts(p_import_id, p_verdicts);
    update governance.imports i
    set judged_to = coalesce(p_judged_to, i.judged_to), status = 'judging', updated_at = clock_timestamp(),
        counts = governance_private.add_counts(i.counts, jsonb_build_object('verdicts', (
          select coalesce(jsonb_object_agg(x.verdict, x.n), '{}') from (
            select w.verdict, count(*) as n from governance.import_rows w
            where w.import_id = p_import_id and w.row_number > i.judged_to and w.row_number <= coalesce(p_judged_to, i.judged_to) and w.verdict <> 'unreadable' group by 1) x)))
    where i.import_id = p_import_id;
    if not exists (select from governance.import_rows w where w.import_id = p_import_id and w.row_number > coalesce(p_judged_to, v_import.judged_to) and w.state = 'staged') then
      update governance.imports i set status = 'judged' where i.import_id = p_import_id;
      perform governance_private.recount_import(p_import_id);
    end if;
  end if;
  return (select governance_private.import_answer(i) from governance.imports i where i.import_id = p_import_id);
end
$$;

create function governance.finish_import_judging(p_import_id uuid, p_revision integer, p_judged_to bigint, p_verdicts jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.require_instance_admin('save verdicts');
  return governance_private.finish_import_judging(p_import_id, p_revision, p_judged_to, p_verdicts);
end
$$;
comment on function governance.finish_import_judging(uuid, integer, bigint, jsonb) is 'For governance-api: saves what was found of rows that were tried, and goes on behind them.';

grant execute on function governance.judge_import_chunk(uuid, integer, uuid), governance_private.next_import_rows(uuid, uuid, text, integer),
  governance_private.match_import_rows(jsonb), governance_private.writable_import_rows(jsonb), governance_private.refused_verdict(jsonb),
  governance_private.save_import_verdicts(uuid, jsonb, uuid) to authenticated, service_role;
grant execute on function governance.finish_import_judging(uuid, integer, bigint, jsonb), governance_private.finish_import_judging(uuid, integer, bigint, jsonb) to service_role;
