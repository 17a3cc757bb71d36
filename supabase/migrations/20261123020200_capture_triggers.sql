-- What: the generated capture functions of an entity: audit events and queue rows, set-wise, behind block.
-- Why: one insert-select a statement costs a tenth of a row-level webhook.
-- Breaks a running client: no.

create function governance_private.write_context(
  out actor uuid, out db_role text, out source text, out sources jsonb, out cause_kind text, out cause_id text, out statement_id bigint
)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  -- Definer: causes are private, so that nobody can claim one.
  actor := auth.uid();
  db_role := governance_private.writer_role();
  source := governance_private.writer_source(null);
  sources := governance_private.writer_sources();
  statement_id := nextval('governance_private.statement_id_seq');
  select c.cause_kind, c.cause_id into cause_kind, cause_id
  from governance_private.write_causes c where c.transaction_id = pg_current_xact_id_if_assigned();
end
$$;
comment on function governance_private.write_context() is
  'Who writes, for whom, by which source and why. sources: by organization, where the writer is another source there.';

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

create function governance_private.capture_source_sql(p_entity_type text, p_event text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_same_key text;
begin
  -- SQL text: org_id, record_key, operation, before, after of each record that a statement changed.
  -- n.* and o.*, because n alone would be the column, were there one of that name.
  select * into strict v_entity from governance.entities e where e.entity_type = p_entity_type;
  if p_event = 'insert' then
    return format('select %s as org_id, %s as record_key, ''insert'' as operation, null::jsonb as before, to_jsonb(n.*) as after from new_records n',
      governance_private.org_expression(p_entity_type, 'n'), governance_private.key_expression(p_entity_type, 'n'));
  elsif p_event = 'delete' then
    return format('select %s as org_id, %s as record_key, ''delete'' as operation, to_jsonb(o.*) as before, null::jsonb as after from old_records o',
      governance_private.org_expression(p_entity_type, 'o'), governance_private.key_expression(p_entity_type, 'o'));
  end if;
  select string_agg(format('o.%1$I = n.%1$I', k), ' and ') into v_same_key from unnest(v_entity.key_columns) as k;
  -- A changed key is a delete of the old record and an insert of the new one.
  return format($sql$select coalesce(d.new_org, d.old_org) as org_id, coalesce(d.new_key, d.old_key) as record_key,
      case when d.old_key is null then 'insert' when d.new_key is null then 'delete' else 'update' end as operation,
      case when d.new_key is null then d.old_record
        when d.old_key is not null then (select jsonb_object_agg(c.key, c.value) from jsonb_each(d.old_record) c where c.value is distinct from d.new_record -> c.key) end as before,
      case when d.old_key is null then d.new_record
        when d.new_key is not null then (select jsonb_object_agg(c.key, c.value) from jsonb_each(d.new_record) c where c.value is distinct from d.old_record -> c.key) end as after
    from (
      select %1$s as old_org, %2$s as old_key, to_jsonb(o.*) - %5$L::text[] as old_record,
             %3$s as new_org, %4$s as new_key, to_jsonb(n.*) - %5$L::text[] as new_record
      from old_records o full join new_records n on %6$s
      offset 0 -- a fence: flattened, each look at a column would build the whole record again (ten times slower)
    ) d
    where d.old_record is distinct from d.new_record$sql$,
    governance_private.org_expression(p_entity_type, 'o'), governance_private.key_expression(p_entity_type, 'o'),
    governance_private.org_expression(p_entity_type, 'n'), governance_private.key_expression(p_entity_type, 'n'),
    v_entity.ignored_columns, v_same_key);
end
$$;

create function governance_private.generate_capture(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_table text := governance_private.entity_table(p_entity_type);
  v_event text;
  v_name text;
begin
  foreach v_event in array array['insert', 'update', 'delete'] loop
    v_name := p_entity_type || '_500_capture_' || v_event;
    -- The body as a literal: no dollar quote is safe around names that somebody chose.
    execute format($sql$create or replace function governance_private.%I() returns trigger
      language plpgsql security definer set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD' as %L$sql$,
      v_name, format($body$
-- Generated by governance_private.generate_capture. Definer: audit and queue belong to nobody who writes.
declare
  v_context record;
  v_state text;
begin
  select * into v_context from governance_private.write_context();
  with changes as (
    %1$s
  ), events as (
    insert into governance.audit_events (org_id, entity_type, record_key, operation, before, after, actor, db_role, source, cause_kind, cause_id, statement_id)
    select c.org_id, %2$L, c.record_key, c.operation, c.before, c.after, v_context.actor, v_context.db_role,
           coalesce(v_context.sources ->> c.org_id, v_context.source),
           case when c.is_caused then v_context.cause_kind end, case when c.is_caused then v_context.cause_id end, v_context.statement_id
    from (
      -- What a person accepts or takes back is the cause of the writes of its own records, and of no other that a person makes beside them.
      select x.*, v_context.cause_kind not in ('suggestion', 'undo') or exists (
        select from governance.fixes f where f.entity_type = %2$L and f.record_key = x.record_key
          and v_context.cause_id in (f.batch_id::text, f.reverted_batch_id::text)) as is_caused
      from changes x) c
    returning id, org_id, record_key, cause_kind
  )
  insert into governance_private.change_queue (org_id, entity_type, record_key, audit_event_id, cause_kind)
  select e.org_id, %2$L, e.record_key, e.id, e.cause_kind from events e;
  if found then
    perform governance_private.ring_doorbell();
  end if;
  return null;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if v_state ~ '^(PT|40|53|55|57|58|08)' then
    raise;
  end if;
  perform governance_private.report_failure(%2$L, 'capture', v_state, sqlerrm);
  return null;
end
$body$, governance_private.capture_source_sql(p_entity_type, v_event), p_entity_type));
    if not governance_private.has_trigger(p_entity_type, '_500_capture_' || v_event) then
      execute format('create trigger %I after %s on %s referencing %s for each statement execute function governance_private.%I()',
        '_500_capture_' || v_event, v_event, v_table,
        case v_event when 'insert' then 'new table as new_records' when 'delete' then 'old table as old_records'
          else 'old table as old_records new table as new_records' end, v_name);
    end if;
  end loop;
  if not governance_private.has_trigger(p_entity_type, '_500_capture_truncate') then
    execute format('create trigger _500_capture_truncate before truncate on %s for each statement execute function governance_private.refuse_truncate()', v_table);
  end if;
end
$$;
comment on function governance_private.generate_capture(text) is 'Writes the capture functions and triggers of an entity.';
