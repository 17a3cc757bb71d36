-- What: registering, unregistering, pausing and resuming an entity.
-- Why: one call puts a table under governance, one takes everything of ours away again.
-- Breaks a running client: no.

create function governance_private.refresh_relations() returns void
language sql volatile security invoker set search_path = ''
begin atomic
  -- From the foreign keys between registered tables. account_id gives account; several columns take the last one that is no organization.
  with links as (
    select child.entity_type as child, parent.entity_type as parent, c.conname,
           array(select a.attname::text from unnest(c.conkey) with ordinality k(num, n) join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num order by k.n) as child_columns,
           array(select a.attname::text from unnest(c.confkey) with ordinality k(num, n) join pg_catalog.pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.num order by k.n) as parent_columns,
           child.org_column as child_org
    from pg_catalog.pg_constraint c
    join pg_catalog.pg_class cc on cc.oid = c.conrelid join pg_catalog.pg_namespace cn on cn.oid = cc.relnamespace
    join pg_catalog.pg_class pc on pc.oid = c.confrelid join pg_catalog.pg_namespace pn on pn.oid = pc.relnamespace
    join governance.entities child on child.table_schema = cn.nspname and child.table_name = cc.relname
    join governance.entities parent on parent.table_schema = pn.nspname and parent.table_name = pc.relname
    where c.contype = 'f'
  ), named as (
    select l.*, regexp_replace(coalesce(
      (select k from unnest(l.child_columns) with ordinality x(k, n) where k is distinct from l.child_org order by n desc limit 1),
      l.child_columns[1]), '_(id|key|code)$', '') as to_one_name
    from links l
  ), both_ways as (
    select child as entity_type, to_one_name as relation, 'to_one' as kind, child_columns as from_columns, parent as to_entity, parent_columns as to_columns,
           row_number() over (partition by child, to_one_name order by cardinality(child_columns) desc, conname) as place
    from named
    union all
    select parent, case when count(*) over (partition by parent, child) = 1 then e.table_name else e.table_name || '_by_' || to_one_name end,
           'to_many', parent_columns, child, child_columns,
           row_number() over (partition by parent, child, to_one_name order by conname)
    from named join governance.entities e on e.entity_type = named.child
  ), kept as (
    select entity_type, relation, kind, from_columns, to_entity, to_columns from both_ways where place = 1
  ), removed as (
    delete from governance.relations r where (r.entity_type, r.relation) not in (select k.entity_type, k.relation from kept k)
  )
  insert into governance.relations as r (entity_type, relation, kind, from_columns, to_entity, to_columns)
  select distinct on (entity_type, relation) * from kept order by entity_type, relation, kind
  on conflict (entity_type, relation) do update
    set kind = excluded.kind, from_columns = excluded.from_columns, to_entity = excluded.to_entity, to_columns = excluded.to_columns;
end;
comment on function governance_private.refresh_relations() is 'Reads the relations between entities anew from the foreign keys.';

create function governance_private.refuse_registration(
  p_entity_type text, p_schema text, p_name text, p_org_column text, p_org_id text, p_on_failure text
) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_other text;
begin
  if p_org_column is null and p_org_id is null then
    perform governance_private.raise_error('PT422', 'invalid-value',
      format('"%s" needs an organization: name the column that holds it, or the one organization of all records.', p_entity_type));
  elsif p_org_id is not null and not exists (select from governance.organizations o where o.org_id = p_org_id) then
    perform governance_private.raise_error('PT422', 'invalid-value', format('There is no organization "%s".', p_org_id), '{}',
      'Make it known with governance.register_organization first.');
  elsif coalesce(p_on_failure, '') not in ('open', 'closed') then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" is not a way to fail: open or closed.', p_on_failure));
  end if;
  select e.entity_type into v_other from governance.entities e
  where e.table_schema = p_schema and e.table_name = p_name and e.entity_type <> p_entity_type;
  if found then
    perform governance_private.raise_error('PT422', 'invalid-value', format('The table %I.%I is governed already, as "%s".', p_schema, p_name, v_other));
  end if;
  select format('%I.%I', e.table_schema, e.table_name) into v_other from governance.entities e
  where e.entity_type = p_entity_type and (e.table_schema, e.table_name) <> (p_schema, p_name) and to_regclass(format('%I.%I', e.table_schema, e.table_name)) is not null;
  if found then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" is the table %s: unregister it before it becomes another.', p_entity_type, v_other));
  end if;
end
$$;

create function governance_private.refuse_table(p_table regclass, p_columns text[], p_owner_column text) returns void
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_lacks text[] := governance_private.missing_rights(p_table, p_columns);
  v_other text;
begin
  if v_lacks <> '{}' then
    perform governance_private.raise_error('PT422', 'invalid-value', format('Governance may not do with %s what it must. Needed: %s', p_table, array_to_string(v_lacks, '; ')),
      jsonb_build_object('needed', to_jsonb(v_lacks)), 'Have these statements run by somebody who may, and register again.');
  end if;
  select i.inhparent::regclass::text into v_other from pg_catalog.pg_class c join pg_catalog.pg_inherits i on i.inhrelid = c.oid
  where c.oid = p_table and c.relispartition;
  if found then
    perform governance_private.raise_error('PT422', 'invalid-value', format('%s is a partition of %s: what is written through that would pass by. Register %s.', p_table, v_other, v_other));
  end if;
  select i.inhrelid::regclass::text into v_other from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid and not c.relispartition
  where i.inhparent = p_table limit 1;
  if found then
    perform governance_private.raise_error('PT422', 'invalid-value', format('%s inherits from %s: what is written to it would pass by. Only partitions are followed.', v_other, p_table));
  end if;
  if exists (select from pg_catalog.pg_attribute a where a.attrelid = p_table and a.attname = p_owner_column and not a.attisdropped
             and governance_private.base_type(a.atttypid) <> 'uuid'::regtype) then
    perform governance_private.raise_error('PT422', 'invalid-value', format('The column "%s" of %s holds no users: the owner of a record is the uuid of a user.', p_owner_column, p_table));
  end if;
end
$$;
comment on function governance_private.refuse_table(regclass, text[], text) is
  'Refuses a table that cannot be governed, with what is missing: rights, a parent that is written through, children that would pass by.';

create function governance_private.register_entity(
  p_entity_type text, p_table text, p_label_column text, p_owner_column text, p_org_column text, p_org_id text,
  p_ignored_columns text[], p_on_failure text
) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_table regclass := to_regclass(p_table);
  v_schema text;
  v_name text;
  v_keys text[];
  v_missing text;
begin
  -- Definer: writes the registry; only instance administrators get here.
  perform governance_private.require_instance_admin('register an entity');
  if coalesce(p_entity_type, '') !~ '^[a-z][a-z0-9_]{0,39}$' then
    perform governance_private.raise_error('PT422', 'invalid-value', format('"%s" cannot name an entity: use a word in lower case.', p_entity_type));
  elsif v_table is null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('The table "%s" does not exist.', p_table));
  end if;
  select n.nspname, c.relname into v_schema, v_name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = v_table;
  select array_agg(a.attname::text order by k.n) into v_keys
  from pg_catalog.pg_constraint c cross join unnest(c.conkey) with ordinality as k(num, n)
  join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num
  where c.conrelid = v_table and c.contype = 'p';
  if v_keys is null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('The table "%s" has no primary key: a record could not be named.', p_table));
  end if;
  select string_agg(format('"%s"', c), ', ') into v_missing
  from unnest(array_remove(array[p_label_column, p_owner_column, case when p_org_id is null then p_org_column end] || p_ignored_columns, null)) as c
  where not exists (select from pg_catalog.pg_attribute a where a.attrelid = v_table and a.attname = c and a.attnum > 0 and not a.attisdropped)
    and c <> all (array['updated_at']);
  if v_missing is not null then
    perform governance_private.raise_error('PT422', 'invalid-value', format('The table "%s" has no column %s.', p_table, v_missing));
  end if;
  perform governance_private.refuse_table(v_table, array_remove(v_keys || array[p_label_column, p_owner_column, case when p_org_id is null then p_org_column end], null), p_owner_column);
  perform governance_private.refuse_registration(p_entity_type, v_schema, v_name, p_org_column, p_org_id, p_on_failure);

  perform governance_private.compile_alone();
  insert into governance.entities as e
    (entity_type, table_schema, table_name, key_columns, label_column, owner_column, org_column, fixed_org_id, ignored_columns, on_failure)
  values (p_entity_type, v_schema, v_name, v_keys, p_label_column, p_owner_column,
    case when p_org_id is null then p_org_column end, p_org_id, coalesce(p_ignored_columns, '{}'), p_on_failure)
  on conflict (entity_type) do update
    set table_schema = excluded.table_schema, table_name = excluded.table_name, key_columns = excluded.key_columns,
        label_column = excluded.label_column, owner_column = excluded.owner_column, org_column = excluded.org_column,
        fixed_org_id = excluded.fixed_org_id, ignored_columns = excluded.ignored_columns, on_failure = excluded.on_failure;
  delete from governance_private.former_entities f where f.entity_type = p_entity_type;
  perform governance_private.refresh_relations();
  perform governance_private.generate_capture(p_entity_type);
  perform governance_private.compile_entity(p_entity_type);
  -- A relation to the newcomer can make rules of its neighbours compile.
  perform governance_private.compile_entity(e.entity_type) from governance.entities e
  where e.entity_type <> p_entity_type
    and exists (select from governance.data_quality_rules r where r.entity_type = e.entity_type and r.suspended_reason is not null)
    and governance_private.missing_columns(e.entity_type) is null;
  perform governance_private.generate_record_access();
  perform governance_private.queue_sweep(p_entity_type, 'entity registered', true);
  notify pgrst, 'reload schema';
end
$$;

create function governance.register_entity(
  p_entity_type text, p_table text, p_label_column text default null, p_owner_column text default null,
  p_org_column text default 'org_id', p_org_id text default null, p_ignored_columns text[] default '{updated_at}', p_on_failure text default 'open'
) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.register_entity(p_entity_type, p_table, p_label_column, p_owner_column, p_org_column, p_org_id, p_ignored_columns, p_on_failure)
$$;
comment on function governance.register_entity(text, text, text, text, text, text, text[], text) is
  'Puts a table under governance: key from its primary key, relations from its foreign keys, triggers, a first sweep. Twice is harmless. '
  'p_org_id names the one organization of a table that has no organization column.';

create function governance_private.unregister_entity(p_entity_type text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_table text := governance_private.entity_table(p_entity_type);
  v_read text[];
  v_near text[];
  v_function text;
begin
  -- Definer: removes what register_entity made; only instance administrators get here.
  perform governance_private.require_instance_admin('unregister an entity');
  if v_table is null then
    return;
  end if;
  perform governance_private.compile_alone();
  perform governance_private.unhook_table(t) from governance_private.hooked_tables(p_entity_type) as t;
  for v_function in select f::regprocedure::text from governance_private.entity_functions(p_entity_type) as f loop
    execute 'drop function ' || v_function;
  end loop;
  delete from governance_private.change_queue q where q.entity_type = p_entity_type;
  delete from governance_private.bulk_changes b where b.entity_type = p_entity_type;
  delete from governance_private.unique_keys k using governance_private.unique_rules u where u.rule_id = k.rule_id and u.entity_type = p_entity_type;
  delete from governance_private.record_leases l where l.entity_type = p_entity_type;
  update governance.runs r set status = 'cancelled', finished_at = now() where r.entity_type = p_entity_type and r.status in ('queued', 'running');
  v_read := array(select distinct r.read_entity from governance_private.rule_reads r
                  where r.reading_entity = p_entity_type and r.read_entity <> p_entity_type);
  -- Whose rules can follow a relation to it, or read it: only theirs have to be compiled anew.
  v_near := array(
    select case when r.entity_type = p_entity_type then r.to_entity else r.entity_type end from governance.relations r
    where p_entity_type in (r.entity_type, r.to_entity)
    union select r.reading_entity from governance_private.rule_reads r where r.read_entity = p_entity_type);
  insert into governance_private.former_entities (entity_type, table_schema, table_name)
  select e.entity_type, e.table_schema, e.table_name from governance.entities e where e.entity_type = p_entity_type
  on conflict (entity_type) do update set table_schema = excluded.table_schema, table_name = excluded.table_name;
  delete from governance.entities e where e.entity_type = p_entity_type;
  update governance.data_quality_rules r set suspended_reason = 'the entity is not registered'
  where r.entity_type = p_entity_type and r.status in ('active', 'shadow');
  update governance.data_quality_issues i set status = 'fixed', resolution = 'not_applicable'
  where i.entity_type = p_entity_type and (i.status = 'open' or (i.status = 'ignored' and i.resolution is null));
  perform governance_private.refresh_relations();
  perform governance_private.compile_entity(e.entity_type) from governance.entities e
  where e.entity_type = any (v_near) and governance_private.missing_columns(e.entity_type) is null;
  perform governance_private.generate_dependents(x) from unnest(v_read) as x;
  perform governance_private.generate_record_access();
end
$$;

create function governance.unregister_entity(p_entity_type text) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.unregister_entity(p_entity_type)
$$;
comment on function governance.unregister_entity(text) is 'Takes a table out of governance and leaves nothing on it. Its audit and its issues stay until retention.';

create function governance_private.set_paused(p_entity_type text, p_paused boolean, p_reason text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_org_id text := (select e.fixed_org_id from governance.entities e where e.entity_type = p_entity_type);
begin
  -- Definer: switches the table's triggers; only instance administrators get here.
  perform governance_private.require_instance_admin('pause or resume governance');
  if not exists (select from governance.entities e where e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('"%s" is not a registered entity.', p_entity_type));
  elsif exists (select from governance.entities e where e.entity_type = p_entity_type and (e.paused_at is not null) = p_paused) then
    return;
  end if;
  perform governance_private.compile_alone();
  -- The entity before its table, as those who apply verdicts lock them.
  perform from governance.entities e where e.entity_type = p_entity_type for update;
  perform governance_private.switch_hooks(p_entity_type, not p_paused);
  update governance.entities e set paused_at = case when p_paused then now() end, pause_reason = case when p_paused then p_reason end,
    is_set_aside = false
  where e.entity_type = p_entity_type;
  insert into governance.audit_events (org_id, entity_type, operation, after, actor, db_role, source)
  values (coalesce(v_org_id, ''), p_entity_type, 'gap', jsonb_build_object('stage', case when p_paused then 'pause' else 'resume' end, 'reason', p_reason),
    auth.uid(), governance_private.writer_role(), governance_private.writer_source(v_org_id));
  if not p_paused then
    -- Writes went by unseen: the keys of unique rules are made anew with the rest.
    perform governance_private.rebuild_keys(p_entity_type);
    -- An entity that still cannot be read refuses to resume, with the reason.
    perform governance_private.refuse_broken_entity(p_entity_type);
    perform governance_private.compile_entity(p_entity_type);
    perform governance_private.queue_sweep(p_entity_type, 'governance resumed', true);
    perform governance_private.sweep_readers(p_entity_type, 'governance resumed');
  end if;
end
$$;

create function governance.pause(p_entity_type text, p_reason text) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.set_paused(p_entity_type, true, p_reason)
$$;
comment on function governance.pause(text, text) is 'Takes all hooks of an entity out of the way at once. Audit shows the gap; governance.resume sweeps.';

create function governance.resume(p_entity_type text) returns void
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.set_paused(p_entity_type, false, null)
$$;
comment on function governance.resume(text) is 'Puts the hooks of an entity back and sweeps what was written meanwhile.';

grant execute on function governance.register_entity(text, text, text, text, text, text, text[], text),
  governance_private.register_entity(text, text, text, text, text, text, text[], text),
  governance.unregister_entity(text), governance_private.unregister_entity(text),
  governance.pause(text, text), governance.resume(text), governance_private.set_paused(text, boolean, text) to service_role;
