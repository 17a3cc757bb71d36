-- What: what else stands against an undo: records of others that refer to what would be deleted, policies, and the caller's rights.
-- Why: an undo is written by the product, because keys, generated values and the time of creation are nobody's to write; whose right it is, is asked before.
-- Breaks a running client: no.

create function governance_private.note_referenced(p_undo_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_key record;
  v_kept text;
  v_noted bigint;
  v_again boolean := false;
begin
  -- A foreign key that refuses does so by itself. One that cascades would take records of others along: unless they came to be in the same transactions, it may not.
  for v_key in
    select s.entity_type, c.conrelid::regclass::text as child, child.entity_type as child_entity,
      string_agg(format('c.%I = r.%I', ca.attname, pa.attname), ' and ' order by k.n) as same, array_agg(ca.attname::text) as columns
    from (select distinct x.entity_type from governance_private.undo_steps x where x.undo_id = p_undo_id and x.operation = 'delete' and x.conflict is null) s
    join pg_catalog.pg_constraint c on c.contype = 'f' and c.conparentid = 0 and c.confdeltype in ('c', 'n', 'd') and c.confrelid = governance_private.entity_table(s.entity_type)::regclass
    cross join lateral unnest(c.conkey, c.confkey) with ordinality as k(child, parent, n)
    join pg_catalog.pg_attribute ca on ca.attrelid = c.conrelid and ca.attnum = k.child
    join pg_catalog.pg_attribute pa on pa.attrelid = c.confrelid and pa.attnum = k.parent
    left join governance.entities child on to_regclass(format('%I.%I', child.table_schema, child.table_name)) = c.conrelid
    group by s.entity_type, c.oid, child.entity_type
  loop
    v_kept := case when v_key.child_entity is null then
        'c.xmin::text not in (select ((h.transaction_id::numeric) % 4294967296)::text from governance_private.undo_history h where h.undo_id = $1 and (h.is_mine or h.is_consequence))'
      -- A count is asked of the index, record by record; what does not exist would be joined, each with each.
      else format('(select count(*) from governance_private.undo_steps x where x.undo_id = $1 and x.entity_type = %L and x.record_key = %s and x.conflict is null and (x.operation = ''delete'' or x.values ?| %L::text[])) = 0',
        v_key.child_entity, governance_private.key_expression(v_key.child_entity, 'c'), v_key.columns) end;
    execute format('update governance_private.undo_steps s set conflict = governance_private.conflict_of(''referenced'')
      from %s r where s.undo_id = $1 and s.entity_type = %L and s.operation = ''delete'' and s.conflict is null and %s and exists (select from %s c where %s and %s)',
      governance_private.entity_table(v_key.entity_type), v_key.entity_type, governance_private.key_predicate(v_key.entity_type, 'r', 's.record_key'), v_key.child, v_key.same, v_kept)
    using p_undo_id;
    get diagnostics v_noted = row_count;
    if v_noted > 0 then
      v_again := true;
    end if;
  end loop;
  if v_again then
    -- What stays may itself refer to what was to go.
    perform governance_private.note_referenced(p_undo_id);
  end if;
end
$$;
comment on function governance_private.note_referenced(uuid) is 'Notes which records cannot be deleted without taking records of others along.';

create function governance_private.note_policies(p_undo_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- An undo waits for nobody, but where people must approve it takes one of those who may. Amounts may ask for a higher role: the highest counts.
  update governance_private.undo_steps s set conflict = governance_private.conflict_of('policy')
  where s.undo_id = p_undo_id and s.conflict is null and not governance_private.is_instance_admin() and exists (
    select from governance.change_policies p
    where p.entity_type = s.entity_type and p.status = 'active' and p.suspended_reason is null and p.mode <> 'review' and s.operation = any (p.operations)
      and (p.org_id = s.org_id or p.org_id is null and not exists (
        select from governance.change_policies own where own.policy_key = p.policy_key and own.org_id = s.org_id))
      and (p.guarded_fields = '{}' or s.operation <> 'update' or s.values ?| p.guarded_fields)
      and not exists (select from governance_private.my_org_ids(case when p.amount_bands @> '[{"role": "admin"}]' then 'admin' else p.approver_role end) as o(org_id) where o.org_id = s.org_id))
$$;
comment on function governance_private.note_policies(uuid) is 'Notes which records a change policy guards from the caller.';

create function governance_private.note_column_rights(p_undo_id uuid) returns void
language sql volatile security invoker set search_path = ''
as $$
  -- For the caller's role: this runs as the owner.
  update governance_private.undo_steps s set conflict = governance_private.conflict_of('not-allowed')
  from (
    select x.entity_type, to_regclass(governance_private.entity_table(x.entity_type)) as table_id
    from (select distinct y.entity_type from governance_private.undo_steps y where y.undo_id = p_undo_id) x) t
  where s.undo_id = p_undo_id and s.entity_type = t.entity_type and s.conflict is null and not governance_private.is_instance_admin() and case s.operation
    when 'insert' then not has_any_column_privilege(governance_private.writer_role(), t.table_id, 'insert')
    when 'delete' then not has_table_privilege(governance_private.writer_role(), t.table_id, 'delete')
    else exists (select from jsonb_object_keys(s.values) as k where not has_column_privilege(governance_private.writer_role(), t.table_id, k, 'update')) end
$$;
comment on function governance_private.note_column_rights(uuid) is 'Notes which records the caller''s role may not write so.';

create function governance_private.row_policy_sql(p_entity_type text, p_command text, p_is_check boolean) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text over a row under the name of the table: its policies let the caller's role do this (a: insert, w: update, d: delete).
  with policies as (
    -- What a record would become is asked by the owner: a test that looks at other tables with policies of their own, or at the role, would say too much there.
    select p.polpermissive, case when p_is_check and (x.test ~* '\m(current_user|current_role|session_user|user)\M' or exists (
        select from pg_catalog.pg_depend d join pg_catalog.pg_class o on o.oid = d.refobjid
        where d.classid = 'pg_catalog.pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid <> p.polrelid
          and (o.relrowsecurity or o.relkind = 'v'))) then 'false' else x.test end as test
    from pg_catalog.pg_policy p
    cross join lateral (select coalesce(pg_get_expr(case when p_is_check then coalesce(p.polwithcheck, p.polqual) else p.polqual end, p.polrelid), 'true') as test) x
    where p.polrelid = governance_private.entity_table(p_entity_type)::regclass and p.polcmd::text in (p_command, '*')
      and exists (select from unnest(p.polroles) as r where r = 0 or pg_has_role(governance_private.writer_role()::name, r, 'usage'))
  )
  select case when not c.relrowsecurity then 'true' else
    coalesce((select '(' || string_agg(format('coalesce(%s, false)', q.test), ' or ') || ')' from policies q where q.polpermissive), 'false')
    || coalesce((select string_agg(format(' and coalesce(%s, false)', q.test), '') from policies q where not q.polpermissive), '') end
  from pg_catalog.pg_class c where c.oid = governance_private.entity_table(p_entity_type)::regclass
$$;
comment on function governance_private.row_policy_sql(text, text, boolean) is 'SQL text: what the row policies of an entity''s table ask for a command, of the row before or (p_is_check) after it.';

create function governance_private.note_row_rights(p_undo_id uuid) returns void
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC' set enable_nestloop = off set jit = off
as $$
declare
  v_part record;
begin
  -- What a record would become is asked of the policies here: its values are not for the caller to see.
  for v_part in
    select distinct s.entity_type, s.operation, e.table_name, governance_private.entity_table(s.entity_type) as table_sql
    from governance_private.undo_steps s join governance.entities e using (entity_type)
    where s.undo_id = p_undo_id and s.operation <> 'delete' and s.conflict is null and not governance_private.is_instance_admin()
  loop
    execute format('update governance_private.undo_steps s set conflict = governance_private.conflict_of(''not-allowed'')
      from (select %5$I.undo_record_key from (select i.record_key as undo_record_key, t.* from governance_private.undo_steps i %2$s cross join lateral %1$s t
          where i.undo_id = $1 and i.entity_type = %3$L and i.operation = %4$L and i.conflict is null offset 0) as %5$I
        where not (%6$s) offset 0) denied
      where s.undo_id = $1 and s.entity_type = %3$L and s.record_key = denied.undo_record_key',
      case v_part.operation when 'insert' then format('jsonb_populate_record(null::%s, i.values)', v_part.table_sql) else 'jsonb_populate_record(r, i.values)' end,
      case v_part.operation when 'insert' then '' else format('join %s r on %s', v_part.table_sql, governance_private.key_predicate(v_part.entity_type, 'r', 'i.record_key')) end,
      v_part.entity_type, v_part.operation, v_part.table_name,
      governance_private.row_policy_sql(v_part.entity_type, case v_part.operation when 'insert' then 'a' else 'w' end, true))
    using p_undo_id;
  end loop;
end
$$;
comment on function governance_private.note_row_rights(uuid) is 'Notes which records the row policies of their tables do not let the caller write as they would be.';

create function governance_private.require_undo_plan(p_undo_id uuid) returns governance_private.undo_plans
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_plan governance_private.undo_plans;
begin
  -- Definer: plans are private, and only of the present transaction.
  select * into v_plan from governance_private.undo_plans p where p.undo_id = p_undo_id and p.transaction_id = pg_current_xact_id_if_assigned();
  if not found then
    perform governance_private.raise_error('PT403', 'not-allowed', 'This transaction has planned no such undo.');
  end if;
  return v_plan;
end
$$;

create function governance_private.undo_records(p_undo_id uuid) returns table (entity_type text, operation text, keys text[])
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Definer: steps are private; the transaction that planned them asks for the keys.
  perform governance_private.require_undo_plan(p_undo_id);
  return query select s.entity_type, s.operation, array_agg(s.record_key order by s.record_key)
    from governance_private.undo_steps s where s.undo_id = p_undo_id group by 1, 2 order by 1, 2;
end
$$;

create function governance_private.set_undo_rights(p_undo_id uuid, p_entity_type text, p_operation text, p_seen text[], p_changeable text[]) returns void
language plpgsql volatile security definer set search_path = '' set enable_nestloop = off set jit = off
as $$
declare
  v_denied text[] := array(select k from unnest(p_seen) as k except select k from unnest(p_changeable) as k);
begin
  -- Definer: steps are private. What is not said to be seen stays hidden, unless it is gone: that stewards see.
  perform governance_private.require_undo_plan(p_undo_id);
  update governance_private.undo_steps s set is_seen = true from unnest(p_seen) as seen(key)
  where s.undo_id = p_undo_id and s.entity_type = p_entity_type and s.operation = p_operation and s.record_key = seen.key;
  update governance_private.undo_steps s set conflict = governance_private.conflict_of('not-allowed')
  from unnest(v_denied) as denied(key)
  where s.undo_id = p_undo_id and s.entity_type = p_entity_type and s.operation = p_operation and s.record_key = denied.key and s.conflict is null;
  execute format('update governance_private.undo_steps s set is_seen = true
    where s.undo_id = $1 and s.entity_type = $2 and s.operation = $3 and not s.is_seen and (select count(*) from %s r where %s) = 0',
    governance_private.entity_table(p_entity_type), governance_private.key_predicate(p_entity_type, 'r', 's.record_key'))
  using p_undo_id, p_entity_type, p_operation;
end
$$;

create function governance_private.ask_undo_rights(p_undo_id uuid) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_part record;
  v_table text;
  v_sql text;
  v_seen text[];
  v_changeable text[];
begin
  -- Invoker: the caller's own row level security says what it sees and, by a lock that only a writer gets, what it may change.
  for v_part in select r.*, e.key_columns, e.table_name from governance_private.undo_records(p_undo_id) r join governance.entities e using (entity_type) loop
    v_table := governance_private.entity_table(v_part.entity_type);
    v_sql := format('select array_agg(x.key) from (select %s as key from unnest($1) as k(key) join %s r on %s', governance_private.key_expression(v_part.entity_type, 'r'),
      v_table, governance_private.key_predicate(v_part.entity_type, 'r', 'k.key'));
    v_seen := '{}';
    if (select bool_and(has_column_privilege(v_table, k, 'select')) from unnest(v_part.key_columns) as k) then
      execute v_sql || ') x' into v_seen using v_part.keys;
    end if;
    v_changeable := v_seen;
    if v_part.operation = 'delete' then
      execute format('select array_agg(k.undo_record_key) from unnest($1) as k(undo_record_key) join %s on %s and %s', v_table,
        governance_private.key_predicate(v_part.entity_type, quote_ident(v_part.table_name), 'k.undo_record_key'), governance_private.row_policy_sql(v_part.entity_type, 'd', false))
      into v_changeable using v_seen;
    elsif v_part.operation = 'update' and has_any_column_privilege(v_table, 'update') then
      -- In the order in which others hold them.
      execute v_sql || ' order by k.key for no key update of r) x' into v_changeable using v_seen;
    elsif v_part.operation = 'update' then
      v_changeable := '{}';
    end if;
    perform governance_private.set_undo_rights(p_undo_id, v_part.entity_type, v_part.operation, coalesce(v_seen, '{}'), coalesce(v_changeable, '{}'));
  end loop;
end
$$;
comment on function governance_private.ask_undo_rights(uuid) is 'Asks the caller''s row level security about every record of an undo.';
grant execute on function governance_private.undo_records(uuid), governance_private.set_undo_rights(uuid, text, text, text[], text[]),
  governance_private.ask_undo_rights(uuid), governance_private.row_policy_sql(text, text, boolean) to authenticated, service_role;
