-- What: the hooks of an entity: which tables carry its triggers, and how these are placed, switched and taken off.
-- Why: a statement that addresses a partition fires only that partition's own triggers, so a table and its partitions carry the same.
-- Breaks a running client: no.

create function governance_private.entity_tables(p_entity_type text) returns table (table_id regclass, is_root boolean)
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- From the catalog, not by pg_partition_tree: that locks every partition until the transaction ends.
  return query
    with recursive tree as (
      select c.oid, true as is_root
      from governance.entities e
      join pg_catalog.pg_namespace n on n.nspname = e.table_schema
      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = e.table_name
      where e.entity_type = p_entity_type
      union all
      select i.inhrelid, false from tree t join pg_catalog.pg_inherits i on i.inhparent = t.oid
      join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
      where not i.inhdetachpending
    )
    select t.oid::regclass, t.is_root from tree t order by t.is_root desc, t.oid;
end
$$;
comment on function governance_private.entity_tables(text) is 'The tables that statements about an entity can address: its table first, then its partitions at every level.';

create function governance_private.place_hook(
  p_entity_type text, p_trigger text, p_moment text, p_scope text, p_function text, p_arguments text default ''
) returns void
language plpgsql volatile security invoker set search_path = '' set lock_timeout = '3s'
as $$
declare
  v_table regclass;
  v_paused boolean := exists (select from governance.entities e where e.entity_type = p_entity_type and e.paused_at is not null);
begin
  -- Who waits for a long transaction of a writer holds up all writers who come after: not for longer than this.
  -- p_moment: 'after insert'; p_scope: 'referencing new table as new_records for each statement'.
  for v_table in
    select t.table_id from governance_private.entity_tables(p_entity_type) t
    -- Postgres itself hands row triggers down to partitions, also to later ones.
    where (t.is_root or p_scope not like '%for each row')
      and not exists (select from pg_catalog.pg_trigger g where g.tgrelid = t.table_id and g.tgname = p_trigger and not g.tgisinternal)
  loop
    execute format('create trigger %I %s on %s %s execute function governance_private.%I(%s)', p_trigger, p_moment, v_table, p_scope, p_function, p_arguments);
    if v_paused then
      execute format('alter table %s disable trigger %I', v_table, p_trigger);
    end if;
  end loop;
  perform governance_private.note_rest(to_regprocedure(format('governance_private.%I()', p_function)), false);
end
$$;
comment on function governance_private.place_hook(text, text, text, text, text, text) is
  'Creates a trigger on every table of an entity that does not carry it yet; disabled while the entity is paused.';

create function governance_private.transition_scope(p_event text) returns text
language sql immutable security invoker
return case p_event when 'insert' then 'referencing new table as new_records for each statement'
  when 'delete' then 'referencing old table as old_records for each statement'
  else 'referencing old table as old_records new table as new_records for each statement' end;

create function governance_private.keep_entity(p_entity_type text, p_may_wait boolean) returns boolean
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- Only who has kept no other entity in this transaction may wait: whoever changes the rules of several would wait for that one.
  if p_may_wait then
    perform from governance.entities e where e.entity_type = p_entity_type for share;
  else
    perform from governance.entities e where e.entity_type = p_entity_type for share skip locked;
  end if;
  return case when found then true when exists (select from governance.entities e where e.entity_type = p_entity_type) then false end;
end
$$;
comment on function governance_private.keep_entity(text, boolean) is 'Keeps an entity and its rules as they are until the transaction ends. False: they are being changed, and p_may_wait is not set; null: there is none.';

create function governance_private.lock_briefly(p_tables regclass[], p_mode text) returns boolean
language plpgsql volatile security invoker set search_path = '' set lock_timeout = '200ms'
as $$
declare
  v_table regclass;
begin
  for v_table in select distinct t from unnest(p_tables) as t order by 1 loop
    execute format('lock table %s in %s mode', v_table, p_mode);
  end loop;
  return true;
exception when lock_not_available then
  return false;
end
$$;
comment on function governance_private.lock_briefly(regclass[], text) is 'Locks tables, where that takes no longer than a fifth of a second: who waits for one holds up all who come after.';

create function governance_private.note_rest(p_function regprocedure, p_rests boolean) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  -- In the comment of the function, which is nobody else's. Null where there is no such function.
  if p_function is not null and p_rests is distinct from (pg_catalog.obj_description(p_function, 'pg_proc') is not null) then
    execute format('comment on function %s is %L', p_function, case when p_rests then 'At rest: no rule or policy asks it any more.' end);
  end if;
end
$$;
comment on function governance_private.note_rest(regprocedure, boolean) is 'Notes of a generated function that it may be dropped, or that it is needed again.';

create function governance_private.rest_hook(p_function text, p_finishes boolean default false) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_function regprocedure := to_regprocedure(format('governance_private.%I()', p_function));
begin
  -- Dropping a trigger takes the table from everybody, and waiting for that holds up all who come after: drop_resting_hooks does it when nobody is there.
  -- p_finishes: writes that are under way still need what it does.
  if v_function is null then
    return;
  elsif not p_finishes then
    execute format('create or replace function %s returns trigger language plpgsql set search_path = '''' as %L', v_function, 'begin return new; end');
  end if;
  perform governance_private.note_rest(v_function, true);
end
$$;
comment on function governance_private.rest_hook(text, boolean) is 'Lets the function of a trigger do nothing from now on, or no more than it does for writes that are under way.';

create function governance_private.resting_functions() returns table (function_id oid, name text)
language sql stable security invoker set search_path = ''
as $$
  select p.oid, p.proname from pg_catalog.pg_proc p
  where p.pronamespace = 'governance_private'::regnamespace and starts_with(pg_catalog.obj_description(p.oid, 'pg_proc'), 'At rest: ')
$$;

create function governance_private.drop_resting_hooks() returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_hook record;
begin
  if not exists (select from governance_private.resting_functions()) then
    return;
  end if;
  -- Wherever they are: a partition that was detached may still carry one. Nobody compiles meanwhile, which could wake them.
  perform governance_private.compile_alone();
  for v_hook in
    select t.tgrelid::regclass as on_table, t.tgname from governance_private.resting_functions() p
    join pg_catalog.pg_trigger t on t.tgfoid = p.function_id and t.tgparentid = 0 order by 1, 2
  loop
    begin
      execute format('lock table %s in access exclusive mode nowait', v_hook.on_table);
      execute format('drop trigger %I on %s', v_hook.tgname, v_hook.on_table);
    exception when others then
      -- Somebody is there, mostly: another time.
      raise log 'governance: the resting trigger % stays on %: %', v_hook.tgname, v_hook.on_table, sqlerrm;
    end;
  end loop;
  for v_hook in
    select p.function_id::regprocedure as id from governance_private.resting_functions() p
    where not exists (select from pg_catalog.pg_trigger t where t.tgfoid = p.function_id)
      and not exists (
        select from pg_catalog.pg_proc q
        where q.pronamespace = 'governance_private'::regnamespace and q.oid <> p.function_id and position('governance_private.' || p.name || '(' in q.prosrc) > 0)
  loop
    execute format('drop function %s', v_hook.id);
  end loop;
end
$$;
comment on function governance_private.drop_resting_hooks() is 'Drops the triggers that have nothing to do from the tables that nobody uses in this moment, and the functions that nothing calls any more.';

create function governance_private.entity_functions(p_entity_type text) returns setof oid
language sql stable security invoker set search_path = ''
as $$
  select p.oid from pg_catalog.pg_proc p
  where p.pronamespace = 'governance_private'::regnamespace
    and p.proname ~ ('^' || p_entity_type || '_([0-9]{3}_[a-z_]+|deliver|describe|related)$')
    -- Not those of an entity whose name begins like this one's.
    and not exists (
      select from governance.entities o
      where starts_with(o.entity_type, p_entity_type || '_') and starts_with(p.proname, o.entity_type || '_'))
$$;
comment on function governance_private.entity_functions(text) is 'The functions that are generated for an entity.';

create function governance_private.hooked_tables(p_entity_type text) returns setof regclass
language sql stable security invoker set search_path = ''
as $$
  select distinct t.tgrelid::regclass from pg_catalog.pg_trigger t
  where t.tgparentid = 0 and t.tgfoid in (select f from governance_private.entity_functions(p_entity_type) as f)
$$;
comment on function governance_private.hooked_tables(text) is 'The tables that carry triggers of an entity, whether or not they are its tables.';

create function governance_private.unhook_table(p_table regclass) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_trigger text;
begin
  for v_trigger in
    select t.tgname from pg_catalog.pg_trigger t join pg_catalog.pg_proc p on p.oid = t.tgfoid
    where t.tgrelid = p_table and p.pronamespace = 'governance_private'::regnamespace and not t.tgisinternal and t.tgparentid = 0
  loop
    execute format('drop trigger %I on %s', v_trigger, p_table);
  end loop;
end
$$;
comment on function governance_private.unhook_table(regclass) is 'Drops every trigger of ours from a table.';

create function governance_private.switch_hooks(p_entity_type text, p_enable boolean) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_hook record;
begin
  for v_hook in
    select t.table_id, g.tgname
    from governance_private.entity_tables(p_entity_type) t
    join pg_catalog.pg_trigger g on g.tgrelid = t.table_id and not g.tgisinternal and g.tgparentid = 0
    join pg_catalog.pg_proc p on p.oid = g.tgfoid and p.pronamespace = 'governance_private'::regnamespace
    order by t.is_root desc, t.table_id, g.tgname
  loop
    execute format('alter table %s %s trigger %I', v_hook.table_id, case when p_enable then 'enable' else 'disable' end, v_hook.tgname);
  end loop;
end
$$;
comment on function governance_private.switch_hooks(text, boolean) is 'Enables or disables every trigger of ours on the tables of an entity.';

create function governance_private.missing_rights(p_table regclass, p_columns text[]) returns text[]
language sql stable security invoker set search_path = ''
as $$
  -- What the owner of the generated functions lacks on a table and its partitions, as the statements that grant it.
  with own as (
    select n.nspowner as role from pg_catalog.pg_namespace n where n.nspname = 'governance_private'
  ), tree as (
    with recursive t as (
      select p_table::oid as id
      union all select i.inhrelid from t join pg_catalog.pg_inherits i on i.inhparent = t.id
      join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition where not i.inhdetachpending
    ) select c.oid as id, c.relowner, c.relnamespace from t join pg_catalog.pg_class c on c.oid = t.id
  )
  select array(
    select distinct x.statement from tree t cross join own o cross join lateral (
      -- Only an owner may drop or disable a trigger.
      select format('grant %s to %s', t.relowner::regrole, o.role::regrole) as statement where not pg_has_role(o.role, t.relowner, 'usage')
      union all select format('grant usage on schema %s to %s', t.relnamespace::regnamespace, o.role::regrole)
      where not has_schema_privilege(o.role, t.relnamespace, 'usage')
      union all select format('grant select (%I) on %s to %s', c, t.id::regclass, o.role::regrole) from unnest(p_columns) as c
      where exists (select from pg_catalog.pg_attribute a where a.attrelid = t.id and a.attname = c and not a.attisdropped)
        and not has_column_privilege(o.role, t.id, c, 'select')) x
    order by 1)
$$;
comment on function governance_private.missing_rights(regclass, text[]) is
  'The statements that give governance what it needs of a table and its partitions: membership in the owner, for triggers, and to read the columns named.';
