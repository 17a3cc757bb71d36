-- What: the generated capture functions of an entity: audit events and queue rows, set-wise, behind block.
-- Why: one insert-select a statement costs a tenth of a row-level webhook, and a statement of one record needs no joins. Of a thousand records and more, one row says that they wait.
-- Breaks a running client: no.

create function governance_private.refuse_truncate() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform governance_private.raise_error('PT409', 'truncate-refused',
    format('You cannot truncate %s.%s: it is governed, and truncating would leave no trace.', tg_table_schema, tg_table_name), '{}',
    'Delete the rows, or pause the entity with governance.pause first.');
  return null;
end
$$;

create function governance_private.unchanged_fields(p_before jsonb, p_after jsonb) returns text[]
language sql immutable security invoker set search_path = ''
as $$
  select coalesce(array_agg(b.key), '{}') from jsonb_each(p_before) as b(key, value) where b.value = p_after -> b.key
$$;
comment on function governance_private.unchanged_fields(jsonb, jsonb) is 'The fields that two images of a record have in common, value and all.';

create function governance_private.unchanged_sql(p_entity_type text, p_before text, p_after text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the same, column by column: a function that returns rows would cost a single update half as much again. Columns that
  -- were added since are not in the text.
  select coalesce(format('case when %1$s - %3$L::text[] <> ''{}'' then governance_private.unchanged_fields(%1$s, %2$s) else array_remove(array[%4$s]::text[], null) end',
    p_before, p_after, array_agg(a.attname), string_agg(format('case when %1$s -> %3$L = %2$s -> %3$L then %3$L end', p_before, p_after, a.attname), ', ')),
    format('governance_private.unchanged_fields(%s, %s)', p_before, p_after))
  from governance.entities e
  join pg_catalog.pg_attribute a on a.attrelid = to_regclass(format('%I.%I', e.table_schema, e.table_name)) and a.attnum > 0 and not a.attisdropped
  where e.entity_type = p_entity_type and a.attname <> all (e.ignored_columns)
$$;
comment on function governance_private.unchanged_sql(text, text, text) is 'SQL text: the names of the columns that have not changed between two images of a record.';

create function governance_private.capture_single_sql(p_entity_type text, p_event text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_left text[];
begin
  -- PL/pgSQL text: whether it is one record that keeps its key, and if so, which. An update that changes nothing ends here.
  if p_event <> 'update' then
    return '  v_is_single := v_records = 1;';
  end if;
  select * into strict v_entity from governance.entities e where e.entity_type = p_entity_type;
  v_left := v_entity.ignored_columns || governance_private.withheld_columns(p_entity_type);
  return format($sql$  if v_records = 1 then
    select %1$s, %2$s, %3$s, to_jsonb(o.*) - %4$L::text[], to_jsonb(n.*) - %4$L::text[] into v_is_single, v_org_id, v_key, v_before, v_after
    from old_records o cross join new_records n;
    if v_is_single and v_before = v_after then
      return null;
    elsif v_is_single then
      v_unchanged := %5$s;
    end if;
  end if;$sql$,
    (select string_agg(format('o.%1$I = n.%1$I', k), ' and ') from unnest(v_entity.key_columns) as k),
    format('coalesce(%s, %s)', governance_private.org_expression(p_entity_type, 'n'), governance_private.org_expression(p_entity_type, 'o')),
    governance_private.key_expression(p_entity_type, 'n'), v_left, governance_private.unchanged_sql(p_entity_type, 'v_before', 'v_after'));
end
$$;
comment on function governance_private.capture_single_sql(text, text) is 'PL/pgSQL text: what capture asks of a statement that changed one record.';

create function governance_private.capture_source_sql(p_entity_type text, p_event text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_same_key text;
  v_withheld text[] := governance_private.withheld_columns(p_entity_type);
  v_image text := 'to_jsonb(%s.*)';
begin
  -- SQL text: org_id, record_key, operation, before, after of each record that a statement changed.
  -- n.* and o.*, because n alone would be the column, were there one of that name.
  select * into strict v_entity from governance.entities e where e.entity_type = p_entity_type;
  if v_withheld <> '{}' then
    v_image := v_image || format(' - %L::text[]', v_withheld);
  end if;
  if p_event = 'insert' then
    return format('select %s as org_id, %s as record_key, ''insert'' as operation, null::jsonb as before, %s as after from new_records n',
      governance_private.org_expression(p_entity_type, 'n'), governance_private.key_expression(p_entity_type, 'n'), format(v_image, 'n'));
  elsif p_event = 'delete' then
    return format('select %s as org_id, %s as record_key, ''delete'' as operation, %s as before, null::jsonb as after from old_records o',
      governance_private.org_expression(p_entity_type, 'o'), governance_private.key_expression(p_entity_type, 'o'), format(v_image, 'o'));
  end if;
  select string_agg(format('o.%1$I = n.%1$I', k), ' and ') into v_same_key from unnest(v_entity.key_columns) as k;
  -- A changed key is a delete of the old record and an insert of the new one.
  return format($sql$select coalesce(d.new_org, d.old_org) as org_id, coalesce(d.new_key, d.old_key) as record_key,
      case when d.old_key is null then 'insert' when d.new_key is null then 'delete' else 'update' end as operation,
      case when d.new_key is null then d.old_record when d.old_key is not null then d.old_record - unchanged.names end as before,
      case when d.old_key is null then d.new_record when d.new_key is not null then d.new_record - unchanged.names end as after
    from (
      select %1$s as old_org, %2$s as old_key, to_jsonb(o.*) - %5$L::text[] as old_record,
             %3$s as new_org, %4$s as new_key, to_jsonb(n.*) - %5$L::text[] as new_record
      from old_records o full join new_records n on %6$s
      offset 0 -- a fence: flattened, each look at a column would build the whole record again (ten times slower)
    ) d
    cross join lateral (select %7$s as names offset 0) unchanged
    where d.old_record is distinct from d.new_record$sql$,
    governance_private.org_expression(p_entity_type, 'o'), governance_private.key_expression(p_entity_type, 'o'),
    governance_private.org_expression(p_entity_type, 'n'), governance_private.key_expression(p_entity_type, 'n'),
    v_entity.ignored_columns || v_withheld, v_same_key, governance_private.unchanged_sql(p_entity_type, 'd.old_record', 'd.new_record'));
end
$$;

create function governance_private.capture_event_sql(p_entity_type text) returns text
language sql immutable security invoker set search_path = ''
as $$
  select format($sql$insert into governance.audit_events
      (org_id, entity_type, record_key, operation, before, after, actor, db_role, source, cause_kind, cause_id, reason, request_id, statement_id)
    select c.org_id, %L, c.record_key, c.operation, c.before, c.after, v_actor, v_db_role, coalesce(v_sources ->> c.org_id, v_source),
      case when v_caused is null or c.record_key = any (v_caused) then v_cause_kind end,
      case when v_caused is null or c.record_key = any (v_caused) then v_cause_id end,
      case when v_caused is null or c.record_key = any (v_caused) then v_reason end, v_request_id, v_statement$sql$, p_entity_type)
$$;
comment on function governance_private.capture_event_sql(text) is 'SQL text: the audit events of changes c, as far as "from".';

create function governance_private.generate_capture(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_event text;
  v_name text;
  v_rows text;
begin
  foreach v_event in array array['insert', 'update', 'delete'] loop
    v_name := p_entity_type || '_500_capture_' || v_event;
    v_rows := case v_event when 'delete' then 'old_records' else 'new_records' end;
    -- The body as a literal: no dollar quote is safe around names that somebody chose.
    execute format($sql$create or replace function governance_private.%I() returns trigger
      language plpgsql security definer set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD' as %L$sql$,
      v_name, format($body$
-- Generated by governance_private.generate_capture. Definer: audit and queue belong to nobody who writes.
declare
  v_actor uuid;
  v_db_role text;
  v_source text;
  v_sources jsonb;
  v_cause_kind text;
  v_cause_id text;
  v_reason text;
  v_request_id text;
  v_caused text[];
  v_is_source boolean;
  v_is_limited boolean;
  v_is_rung boolean;
  v_is_single boolean;
  v_records bigint;
  v_org_id text;
  v_key text;
  v_before jsonb;
  v_after jsonb;
  v_unchanged text[];
  v_statement bigint;
  v_count bigint;
  v_first bigint;
  v_last bigint;
  v_state text;
begin
  -- One query into single variables: a query each, or a record, would cost as much again.
  select (select count(*) from %3$s), w.actor, w.db_role, w.request_id, w.is_source, c.cause_kind, c.cause_id, c.reason, exists (select from governance_private.fresh_rings),
    exists (select from governance.write_limits l where l.writer = 'sql' and coalesce(l.statement_limit, l.window_limit) is not null)
  into v_records, v_actor, v_db_role, v_request_id, v_is_source, v_cause_kind, v_cause_id, v_reason, v_is_rung, v_is_limited
  from governance_private.callers w left join governance_private.write_causes c on c.transaction_id = pg_current_xact_id_if_assigned();
  if v_records = 0 then
    return null;
  end if;
  v_source := case when v_actor is null then 'sql' else 'person' end;
  if v_is_source then
    select w.source, w.sources into v_source, v_sources from governance_private.writers w;
  end if;
  if v_is_limited or v_sources is not null or v_source <> 'sql' then
    -- Who is a source in some organization is one only where all records of the statement are.
    if v_sources is not null then
      select case when count(*) = 1 then min(x.org) end into v_org_id from (select distinct %4$s as org from %3$s n) x;
    end if;
    perform governance_private.hold_limit(%2$L, tg_op, v_records, v_actor, v_db_role, coalesce(v_sources ->> v_org_id, v_source), v_cause_kind);
  end if;
  -- What a person accepts or takes back is the cause of the writes of its own records, and of no other that a person makes beside them.
  -- What the product itself takes back, it writes alone, with what foreign keys and triggers make of it.
  if v_cause_kind in ('suggestion', 'undo') then
    -- A condition of its own: with a query in it, it would be one for every write.
    if v_cause_kind = 'suggestion' or not exists (select from governance_private.undo_plans p where p.undo_id::text = v_cause_id) then
      v_caused := array(
        select f.record_key from governance.fixes f where f.entity_type = %2$L and v_cause_id in (f.batch_id::text, f.reverted_batch_id::text)
          and f.record_key in (%5$s));
    end if;
  end if;
  v_statement := nextval('governance_private.statement_id_seq');
%6$s
  if v_is_single then
    %8$s
    from (%7$s) c
    returning id, org_id, record_key, cause_kind into v_first, v_org_id, v_key, v_cause_kind;
    insert into governance_private.change_queue (org_id, entity_type, record_key, audit_event_id, cause_kind)
    values (v_org_id, %2$L, v_key, v_first, v_cause_kind);
    v_count := 1;
  else
    with changes as (
      %1$s
    ), events as (
      %8$s
      from changes c
      returning id, org_id, record_key, cause_kind
    ), queued as (
      insert into governance_private.change_queue (org_id, entity_type, record_key, audit_event_id, cause_kind)
      select e.org_id, %2$L, e.record_key, e.id, e.cause_kind from events e
      where (select count(*) from events) < 1000
    )
    select count(*), min(e.id), max(e.id), exists (select from governance_private.fresh_rings) into v_count, v_first, v_last, v_is_rung from events e;
    if v_count >= 1000 then
      insert into governance_private.bulk_changes (entity_type, statement_id, next_event_id, last_event_id, records)
      values (%2$L, v_statement, v_first, v_last, v_count);
    end if;
  end if;
  if v_count > 0 and not v_is_rung then
    perform governance_private.ring_doorbell();
  end if;
  return null;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if governance_private.passes_hook(v_state) then
    raise;
  end if;
  perform governance_private.report_failure(%2$L, 'capture', v_state, sqlerrm);
  return null;
end
$body$, governance_private.capture_source_sql(p_entity_type, v_event), p_entity_type, v_rows, governance_private.org_expression(p_entity_type, 'n'),
      (select string_agg(format('select %s from %s n', governance_private.key_expression(p_entity_type, 'n'), t), ' union all ')
       from unnest(case v_event when 'update' then array['old_records', 'new_records'] else array[v_rows] end) as t),
      governance_private.capture_single_sql(p_entity_type, v_event),
      case when v_event <> 'update' then governance_private.capture_source_sql(p_entity_type, v_event)
        else 'select v_org_id as org_id, v_key as record_key, ''update'' as operation, v_before - v_unchanged as before, v_after - v_unchanged as after' end, governance_private.capture_event_sql(p_entity_type)));
    perform governance_private.place_hook(p_entity_type, '_500_capture_' || v_event, 'after ' || v_event, governance_private.transition_scope(v_event), v_name);
  end loop;
  perform governance_private.place_hook(p_entity_type, '_500_capture_truncate', 'before truncate', 'for each statement', 'refuse_truncate');
end
$$;
comment on function governance_private.generate_capture(text) is 'Writes the capture functions and triggers of an entity: they hold the limits of writers, write audit and queue, and ring.';
