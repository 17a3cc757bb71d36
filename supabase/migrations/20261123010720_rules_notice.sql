-- What: what a changed catalog means: columns that rules have lost, entities that cannot be read, tables and partitions that come and go.
-- Why: no event trigger tells of somebody's migration (a non-superuser may have none), so the claim and the drain look.
-- Breaks a running client: no.

create function governance_private.table_signature(p_entity_type text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plans for the session; every claim asks this of every entity.
  return (
    select md5(concat_ws('|', c.oid, e.table_schema, e.table_name, c.relkind, c.relispartition,
      (select string_agg(concat_ws(' ', a.attname, a.atttypid, a.atttypmod, a.attgenerated, a.attidentity,
                           has_column_privilege(own.nspowner, c.oid, a.attnum, 'select')), ',' order by a.attnum)
       from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
      (select string_agg(concat_ws(' ', f.conkey, f.confrelid, f.confkey), ',' order by f.oid)
       from pg_catalog.pg_constraint f where f.conrelid = c.oid and f.contype = 'f'),
      case when c.relkind = 'p' then (select string_agg(t.table_id::oid::text, ',') from governance_private.entity_tables(p_entity_type) t) end))
    from governance.entities e
    join pg_catalog.pg_namespace n on n.nspname = e.table_schema
    join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = e.table_name
    join pg_catalog.pg_namespace own on own.nspname = 'governance_private'
    where e.entity_type = p_entity_type);
end
$$;
comment on function governance_private.table_signature(text) is
  'Changes when the table is another, when a column is added, dropped, renamed, retyped or hidden, and with foreign keys and partitions; null when the table is gone.';

create function governance_private.note_columns(p_rule_id uuid, p_entity_type text, p_compiled governance_private.compiled_rule) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  with read as (
    select c.read_entity as entity_type, c.column_name
    from governance_private.path_columns(p_entity_type, p_compiled.paths || array(
      select m ->> 'relation' || '.' || p from jsonb_array_elements(p_compiled.matches) as m cross join lateral jsonb_array_elements_text(m -> 'paths') as p)) c
    union
    select s.entity_type, s.column_name from jsonb_array_elements(p_compiled.lookups) as l
    join governance.reference_sets s on s.set_key = l ->> 1 where s.kind = 'column'
  ), typed as (
    select r.entity_type, r.column_name, c.type_sql from read r cross join lateral governance_private.entity_columns(r.entity_type, r.column_name) c
  ), forgotten as (
    delete from governance_private.rule_columns x where x.rule_id = p_rule_id and (x.entity_type, x.column_name) not in (select t.entity_type, t.column_name from typed t)
  )
  insert into governance_private.rule_columns as x (rule_id, entity_type, column_name, type_sql)
  select p_rule_id, t.entity_type, t.column_name, t.type_sql from typed t
  on conflict (rule_id, entity_type, column_name) do update set type_sql = excluded.type_sql where x.type_sql <> excluded.type_sql;
end
$$;
comment on function governance_private.note_columns(uuid, text, governance_private.compiled_rule) is 'Notes the columns that a rule reads, with their types, while it can be compiled.';

create function governance_private.lost_columns(p_failing text default null)
returns table (entity_type text, column_name text, org_id text, rule_ids uuid[], rule_keys text[], reason text)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    with present as materialized (
      -- The catalog is asked once an entity: every compiling comes here, and rules read the same columns again and again.
      select e.entity_type, c.column_name, c.type_sql, c.class from governance.entities e cross join lateral governance_private.entity_columns(e.entity_type) c
    ), lost as (
      select c.entity_type, c.column_name, coalesce(r.org_id, e.fixed_org_id, '') as org_id, r.id, r.rule_key,
             case when now.type_sql is null then 'is gone' else format('is %s now, and was %s', now.type_sql, c.type_sql) end as reason
      from governance_private.rule_columns c
      join governance.entities e on e.entity_type = c.entity_type
      join governance.data_quality_rules r on r.id = c.rule_id and r.status in ('active', 'shadow')
      left join present now on now.entity_type = c.entity_type and now.column_name = c.column_name
      -- Of another type it is lost only to the rules that cannot take it, or whose entity's hooks have just failed.
      where now.type_sql is null or (now.type_sql <> c.type_sql and (r.suspended_reason is not null or r.entity_type = p_failing))
      union all
      select e.entity_type, n.name, coalesce(e.fixed_org_id, ''), null, null, 'is gone'
      from governance.entities e cross join lateral (values (e.label_column), (e.owner_column)) as n(name)
      where n.name is not null and not exists (select from present p where p.entity_type = e.entity_type and p.column_name = n.name)
      union all
      select e.entity_type, e.owner_column, coalesce(e.fixed_org_id, ''), null, null, format('is %s now, which is no user''s id', c.type_sql)
      from governance.entities e join present c on c.entity_type = e.entity_type and c.column_name = e.owner_column
      where c.class <> 'uuid'
    )
    select l.entity_type, l.column_name, l.org_id, array_remove(array_agg(l.id order by l.rule_key), null),
           array_remove(array_agg(distinct l.rule_key), null), min(l.reason)
    from lost l join governance.entities e on e.entity_type = l.entity_type
    -- An entity that is set aside has an issue of its own.
    where l.column_name <> all (e.key_columns) and l.column_name is distinct from e.org_column
    group by 1, 2, 3;
end
$$;
comment on function governance_private.lost_columns(text) is
  'The columns that running rules, labels or owners read and that are gone, hidden or of a type that does not do, with the rules, by organization of the rule.';

create function governance_private.note_lost_columns(p_failing text default null) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  perform governance_private.open_system_issue('system-column-lost', x.org_id, x.entity_type, '', 'high', x.message, x.column_name)
  from (
    select l.org_id, l.entity_type, l.column_name, format('The column "%s" of %s %s. %s', l.column_name, l.entity_type, l.reason,
      case when l.rule_keys = '{}' then 'Records have no label or owner from it.'
        else format('Suspended until it is put right: %s.', array_to_string(l.rule_keys, ', ')) end) as message
    from governance_private.lost_columns(p_failing) l order by 1, 2, 3) x
  -- Said once, however often somebody looks.
  where not exists (
    select from governance.data_quality_issues i
    where i.rule_key = 'system-column-lost' and i.org_id = x.org_id and i.entity_type = x.entity_type and i.record_key = ''
      and i.discriminator = x.column_name and i.status <> 'fixed' and i.message = x.message);
  update governance.data_quality_issues i set status = 'fixed', resolution = 'not_applicable'
  where p_failing is null and i.rule_key = 'system-column-lost' and i.status <> 'fixed' and not exists (
    select from governance_private.lost_columns() l where l.org_id = i.org_id and l.entity_type = i.entity_type and l.column_name = i.discriminator);
end
$$;
comment on function governance_private.note_lost_columns(text) is 'One issue for each column that is lost, whoever reads it; closes those of columns that are back.';

create function governance_private.refuse_broken_entity(p_entity_type text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_missing text := governance_private.missing_columns(p_entity_type);
  v_parent text;
begin
  if v_missing is not null then
    perform governance_private.raise_error('PT409', 'entity-broken', format('The column %s of %s, which names its records or their organization, is gone or may not be read.',
      v_missing, p_entity_type), jsonb_build_object('entity_type', p_entity_type), 'Put the column back; or unregister the entity and register it anew.');
  end if;
  select i.inhparent::regclass::text into v_parent from governance_private.entity_tables(p_entity_type) t
  join pg_catalog.pg_class c on c.oid = t.table_id and c.relispartition join pg_catalog.pg_inherits i on i.inhrelid = c.oid where t.is_root;
  if found then
    perform governance_private.raise_error('PT409', 'entity-broken', format('The table of %s is a partition of %s: what is written through that would pass by.', p_entity_type, v_parent),
      jsonb_build_object('entity_type', p_entity_type), format('Unregister the entity and register %s.', v_parent));
  end if;
end
$$;
comment on function governance_private.refuse_broken_entity(text) is 'Refuses with the reason when the records of an entity cannot be named, or would be written past its hooks.';

create function governance_private.note_broken_entity(p_entity_type text, p_reason text default null) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_message text := format('The table of %s was changed, so that it cannot be governed: %s. It is paused until that is put right.', p_entity_type,
    rtrim(coalesce(format('the column %s is gone or may not be read', governance_private.missing_columns(p_entity_type)), p_reason), '.'));
begin
  if not exists (
    select from governance.data_quality_issues i
    where i.rule_key = 'system-entity-broken' and i.entity_type = p_entity_type and i.status <> 'fixed' and i.message = v_message) then
    perform governance_private.open_system_issue('system-entity-broken',
      (select e.fixed_org_id from governance.entities e where e.entity_type = p_entity_type), p_entity_type, '', 'critical', v_message);
  end if;
end
$$;

create function governance_private.notice_failures() returns boolean
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_type text;
  v_entity governance.entities;
  v_failed record;
  v_noticed boolean := false;
begin
  -- True when there was one. What the writes let by is swept; the keys of unique rules that they may not have kept are made anew then.
  for v_type in select distinct f.entity_type from governance_private.hook_failures f order by 1 loop
    -- As sweeps do: whoever compiles it has the entity before its unique rules.
    continue when not governance_private.keep_entity(v_type, not v_noticed);
    select * into v_entity from governance.entities e where e.entity_type = v_type;
    with told as (
      delete from governance_private.hook_failures f
      where f.id in (select x.id from governance_private.hook_failures x where x.entity_type = v_type for update skip locked) returning f.*
    )
    select bool_or(t.stage = 'block') as loses_keys, (array_agg(t.stage order by t.id desc))[1] as stage, (array_agg(t.message order by t.id desc))[1] as message
    into v_failed from told t;
    -- One that is set aside has an issue of its own.
    continue when v_failed.stage is null or v_entity.entity_type is null or v_entity.is_set_aside;
    v_noticed := true;
    -- A column that its rules read is gone: that is the one issue, and notice_schema_changes finds the same.
    if exists (
      select from governance_private.lost_columns(v_type) l
      where exists (select from governance.data_quality_rules r where r.id = any (l.rule_ids) and r.entity_type = v_type)) then
      perform governance_private.note_lost_columns(v_type);
    else
      perform governance_private.open_system_issue('system-governance-failed', v_entity.fixed_org_id, v_type, '', 'critical',
        format('The %s step of %s failed inside a write, which passed unchecked: %s. A sweep is queued.', v_failed.stage, v_type, v_failed.message));
    end if;
    -- Resuming makes the keys anew and sweeps.
    continue when v_entity.paused_at is not null;
    if v_failed.loses_keys then
      perform governance_private.rebuild_keys(v_type);
    end if;
    perform governance_private.queue_sweep(v_type, 'governance failed', true);
  end loop;
  return v_noticed;
end
$$;
comment on function governance_private.notice_failures() is 'Tells of what governance failed at inside writes: an issue for the entity, and a sweep of what went by unchecked.';

create function governance_private.set_entity_aside(p_entity_type text, p_reason text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Nothing of it can be read. It must not hold up the others, and loses nothing: resuming sweeps.
  if exists (select from governance.entities e where e.entity_type = p_entity_type and e.paused_at is null) then
    perform governance_private.set_paused(p_entity_type, true, format('its table was changed: %s', p_reason));
    update governance.entities e set is_set_aside = true where e.entity_type = p_entity_type;
  end if;
  delete from governance_private.change_queue q where q.entity_type = p_entity_type;
  delete from governance_private.bulk_changes b where b.entity_type = p_entity_type;
  delete from governance_private.record_leases l where l.entity_type = p_entity_type;
  update governance.runs r set status = 'cancelled', finished_at = now() where r.entity_type = p_entity_type and r.status in ('queued', 'running');
  update governance_private.compiled_entities c set table_signature = governance_private.table_signature(p_entity_type) where c.entity_type = p_entity_type;
  perform governance_private.note_broken_entity(p_entity_type, p_reason);
end
$$;
comment on function governance_private.set_entity_aside(text, text) is
  'Pauses an entity that cannot be compiled any more, with a critical issue, so that the others go on. Put right, it resumes by itself.';

create function governance_private.follow_tables() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity governance.entities;
  v_schema text;
  v_name text;
begin
  for v_entity in
    select e.* from governance.entities e where governance_private.table_signature(e.entity_type) is null
  loop
    -- A renamed table still carries our triggers (it got them before its partitions); one that does not exist any more carries nothing.
    select n.nspname, r.relname into v_schema, v_name
    from pg_catalog.pg_proc p join pg_catalog.pg_trigger t on t.tgfoid = p.oid
    join pg_catalog.pg_class r on r.oid = t.tgrelid join pg_catalog.pg_namespace n on n.oid = r.relnamespace
    where p.proname = v_entity.entity_type || '_500_capture_insert' and p.pronamespace = 'governance_private'::regnamespace and not r.relispartition
    order by t.oid limit 1;
    if found then
      update governance.entities e set table_schema = v_schema, table_name = v_name where e.entity_type = v_entity.entity_type;
    else
      perform governance_private.unregister_entity(v_entity.entity_type);
      perform governance_private.open_system_issue('system-entity-gone', v_entity.fixed_org_id, v_entity.entity_type, '', 'critical',
        format('The table %I.%I of %s was dropped: it is not governed any more.', v_entity.table_schema, v_entity.table_name, v_entity.entity_type));
    end if;
  end loop;
end
$$;
comment on function governance_private.follow_tables() is 'Follows renamed tables, and lets dropped ones go.';

create function governance_private.changed_entities() returns setof text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return query
    select e.entity_type from governance.entities e left join governance_private.compiled_entities c using (entity_type)
    where c.table_signature is distinct from governance_private.table_signature(e.entity_type) or c.table_signature is null
    order by 1;
end
$$;
comment on function governance_private.changed_entities() is 'The entities whose table is not as it was when they were compiled.';

create function governance_private.renew_entity(p_entity_type text) returns boolean
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_state text;
  v_tables regclass[];
  v_hooked regclass[];
begin
  v_tables := array(select t.table_id from governance_private.entity_tables(p_entity_type) t order by 1);
  v_hooked := array(select t from governance_private.hooked_tables(p_entity_type) as t order by 1);
  -- New partitions take hooks, and those that left lose theirs. Where somebody uses them for long, it waits with the entity as it is, and nobody with it.
  if v_tables is distinct from v_hooked and not (governance_private.lock_briefly(v_tables, 'share row exclusive')
    and governance_private.lock_briefly(array(select t from unnest(v_hooked) as t where t <> all (v_tables)), 'access exclusive')) then
    return false;
  end if;
  if exists (select from governance.entities e where e.entity_type = p_entity_type and e.is_set_aside) then
    perform governance_private.refuse_broken_entity(p_entity_type);
    perform governance_private.generate_capture(p_entity_type);
    perform governance_private.set_paused(p_entity_type, false, null);
  else
    perform governance_private.refuse_broken_entity(p_entity_type);
    perform governance_private.generate_capture(p_entity_type);
    perform governance_private.compile_entity(p_entity_type);
  end if;
  perform governance_private.unhook_table(t) from unnest(v_hooked) as t where t <> all (v_tables);
  if v_tables is distinct from v_hooked then
    -- A partition brought records along, or took some away, without a trace.
    perform governance_private.rebuild_keys(p_entity_type);
    perform governance_private.refresh_unique_rules(p_entity_type);
    perform governance_private.queue_sweep(p_entity_type, 'its tables changed', true);
    perform governance_private.sweep_readers(p_entity_type, 'tables that they read changed');
  end if;
  return true;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if governance_private.is_transient(v_state) then
    raise;
  end if;
  perform governance_private.set_entity_aside(p_entity_type, sqlerrm);
  return true;
end
$$;
comment on function governance_private.renew_entity(text) is
  'Makes everything of an entity anew after its table changed: hooks on new partitions, none on those that left; sets it aside when it cannot be read. False: the next call tries again.';

create function governance_private.notice_schema_changes() returns boolean
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_entity text;
  v_changed text[];
  v_busy text[] := '{}';
  v_began timestamptz := clock_timestamp();
begin
  -- False: there is more to make anew than a statement has time for. The next call goes on.
  if not exists (select from governance_private.changed_entities()) then
    return true;
  end if;
  perform governance_private.compile_alone();
  perform governance_private.follow_tables();
  perform governance_private.refresh_relations();
  v_changed := array(select x from governance_private.changed_entities() as x);
  -- Whose rules read a changed table, or wait for one to be put right, is to be compiled too; noted, so that nobody is forgotten when time runs out.
  update governance_private.compiled_entities c set table_signature = 'a table that its rules read was changed'
  where c.entity_type <> all (v_changed) and (
    c.entity_type in (select r.reading_entity from governance_private.rule_reads r where r.read_entity = any (v_changed))
    or c.entity_type in (select r.entity_type from governance.data_quality_rules r where r.status in ('active', 'shadow') and r.suspended_reason is not null));
  for v_entity in select x from governance_private.changed_entities() as x loop
    exit when clock_timestamp() > v_began + interval '3 seconds';
    if not governance_private.renew_entity(v_entity) then
      v_busy := v_busy || v_entity;
    end if;
  end loop;
  perform governance_private.note_lost_columns();
  perform governance_private.generate_record_access();
  return not exists (select from governance_private.changed_entities() x where x <> all (v_busy));
end
$$;
comment on function governance_private.notice_schema_changes() is
  'Compiles anew the entities whose tables have changed, and those whose rules read them; follows renamed tables, lets dropped ones go. False when it had no time for all.';
