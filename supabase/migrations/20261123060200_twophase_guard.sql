-- What: the functions generated from an entity's policies: which of them hold for an edit, what diverts, and what refuses.
-- Why: a risky edit is held back on every write path, before it is stored, and only what slipped past everything is refused.
-- Breaks a running client: no.

create function governance_private.lost_parent_sql(p_entity_type text, p_field text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the field is part of a reference whose record is gone. A foreign key's own "set null" cannot wait for anybody.
  select string_agg(format('(%s and not exists (select from %s parent where %s))', k.given, c.confrelid::regclass, k.same), ' or ')
  from pg_catalog.pg_constraint c
  cross join lateral (
    select string_agg(format('parent.%I = %s.%I', pa.attname, governance_private.path_alias('old'), ca.attname), ' and ') as same,
           string_agg(format('%s.%I is not null', governance_private.path_alias('old'), ca.attname), ' and ') as given
    from unnest(c.conkey, c.confkey) as k(child, parent)
    join pg_catalog.pg_attribute ca on ca.attrelid = c.conrelid and ca.attnum = k.child
    join pg_catalog.pg_attribute pa on pa.attrelid = c.confrelid and pa.attnum = k.parent) k
  where c.contype = 'f' and c.conrelid = governance_private.entity_table(p_entity_type)::regclass and (c.confdeltype in ('n', 'd') or c.confupdtype <> 'a')
    and exists (select from pg_catalog.pg_attribute a where a.attrelid = c.conrelid and a.attname = p_field and a.attnum = any (c.conkey))
$$;

create function governance_private.touched_sql(p_entity_type text, p_fields text[], p_old text, p_new text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- SQL text: one of the fields differs. Without fields: the whole record, which every edit touches.
  return (select coalesce('(' || string_agg(format('%s is distinct from %s', governance_private.comparable_sql(format('%s.%I', p_old, f), c.class),
      governance_private.comparable_sql(format('%s.%I', p_new, f), c.class)), ' or ' order by f) || ')', 'true')
  from unnest(p_fields) as f join governance_private.entity_columns(p_entity_type) c on c.column_name = f);
end
$$;

create function governance_private.policy_test_sql(p_entity_type text, p_policy governance.change_policies, p_condition_sql text, p_org_branch text) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text: the policy's id where it holds. What is unknown does not hold.
  select format('case when p_operation = any (%L::text[]) and %s%s and coalesce(%s, false)%s then %L::uuid end', p_policy.operations,
    case when p_policy.mode <> 'divert' then governance_private.touched_sql(p_entity_type, p_policy.guarded_fields, governance_private.path_alias('old'), 'r')
      else (select '(' || string_agg(format('(%s%s)', governance_private.touched_sql(p_entity_type, array[f], governance_private.path_alias('old'), 'r'),
          coalesce(' and not (' || governance_private.lost_parent_sql(p_entity_type, f) || ')', '')), ' or ') || ')' from unnest(p_policy.guarded_fields) as f) end,
    p_org_branch, p_condition_sql, case when p_policy.holds_for_fixes then '' else ' and not governance_private.is_own_fix()' end, p_policy.id)
$$;

create function governance_private.is_own_fix() returns boolean
language sql stable security invoker set search_path = ''
as $$
  select exists (select from governance_private.write_causes c
    where c.transaction_id = pg_current_xact_id_if_assigned() and c.cause_kind in ('fix', 'suggestion', 'undo', 'import_undo'))
$$;

create function governance_private.generate_judge(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_table text := governance_private.entity_table(p_entity_type);
  v_old text := governance_private.path_alias('old');
  v_org text := format('coalesce(%s, %s)', governance_private.org_expression(p_entity_type, governance_private.path_alias('old')), governance_private.org_expression(p_entity_type, 'r'));
  v_policy record;
  v_condition governance_private.compiled;
  v_tests text[] := '{}';
  v_paths text[] := '{}';
begin
  perform governance_private.begin_policy_compile(p_entity_type);
  for v_policy in select * from governance_private.running_policies(p_entity_type) loop
    v_condition := governance_private.compile_policy_condition(p_entity_type, (v_policy.policy).condition);
    v_paths := v_paths || v_condition.paths;
    v_tests := v_tests || governance_private.policy_test_sql(p_entity_type, v_policy.policy,
      -- Moving moments and reference sets ask for the organization of r, which a delete has not.
      replace(v_condition.sql, governance_private.org_expression(p_entity_type, 'r'), v_org), governance_private.org_branch(v_org, v_policy.org_ids, v_policy.except_org_ids));
  end loop;
  execute format('create or replace function governance_private.%I(p_operation text, p_old jsonb, p_new jsonb) returns uuid[]
    language plpgsql volatile security invoker set search_path = '''' set datestyle = ''ISO, YMD'' set timezone = ''UTC'' as %L', p_entity_type || '_350_judge',
    -- Texts of policies are only ever concatenated.
    '-- Generated by governance_private.generate_judge: the policies that hold for an edit. No typed arguments: nobody''s table is held by them.
begin
  return (select array_remove(array[' || array_to_string(v_tests, E',\n    ') || ']::uuid[], null)
  from jsonb_populate_record(null::' || v_table || ', p_new) r cross join jsonb_populate_record(null::' || v_table || ', p_old) ' || v_old
    || governance_private.policy_joins(p_entity_type, v_paths, v_org) || ');
end');
  perform governance_private.end_policy_compile(p_entity_type);
end
$$;

create function governance_private.held_policies(p_entity_type text, p_operation text, p_old jsonb, p_new jsonb) returns uuid[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_held uuid[] := '{}';
begin
  if to_regprocedure(format('governance_private.%I(text, jsonb, jsonb)', p_entity_type || '_350_judge')) is not null then
    execute format('select governance_private.%I($1, $2, $3)', p_entity_type || '_350_judge') into v_held using p_operation, p_old, p_new;
  end if;
  return v_held;
end
$$;
comment on function governance_private.held_policies(text, text, jsonb, jsonb) is 'The policies in force that hold for an edit from one state of a record to another.';

create function governance_private.is_committing(p_entity_type text, p_record_key text) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select exists (select from governance_private.committing_changes c
    where c.transaction_id = pg_current_xact_id_if_assigned() and c.entity_type = p_entity_type and c.record_key = p_record_key)
$$;
comment on function governance_private.is_committing(text, text) is 'This transaction commits an approved change of this record.';

create function governance_private.generate_divert(p_entity_type text, p_fields text[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_table text := governance_private.entity_table(p_entity_type);
  v_pairs text;
  v_back text;
begin
  select governance_private.object_sql(array_agg(format('%L, jsonb_build_array(%s, %s)', f,
           governance_private.projection(format('o.%I', f), c.class, c.base_type), governance_private.projection(format('n.%I', f), c.class, c.base_type)) order by f)),
         string_agg(format('    if %L = any (v_fields) then new.%I := old.%I; end if;', f, f, f), E'\n' order by f)
  into v_pairs, v_back
  from unnest(p_fields) as f join governance_private.entity_columns(p_entity_type) c on c.column_name = f;
  execute format('create or replace function governance_private.%I(p_old jsonb, p_new jsonb) returns jsonb
    language plpgsql volatile security invoker set search_path = '''' set datestyle = ''ISO, YMD'' set timezone = ''UTC'' as %L', p_entity_type || '_200_pairs', format($body$
-- Generated by governance_private.generate_divert: the guarded fields before and after.
begin
  return (select %s from jsonb_populate_record(null::%s, p_old) o cross join jsonb_populate_record(null::%s, p_new) n);
end
$body$, v_pairs, v_table, v_table));
  -- The test of the fields is in the body: a condition of the trigger itself would refuse a migration that drops or retypes a guarded column.
  execute format('create or replace function governance_private.%I() returns trigger
    language plpgsql security definer set search_path = '''' as %L', p_entity_type || '_200_divert', format($body$
-- Generated by governance_private.generate_divert from the policies of %1$s. Definer: as for block.
declare
  v_held uuid[];
  v_fields text[];
  v_state text;
begin
  if not %2$s or governance_private.is_committing(%1$L, %3$s) then
    return new;
  end if;
  v_held := governance_private.%4$I('update', to_jsonb(old), to_jsonb(new));
  if v_held <> '{}' then
    v_fields := governance_private.note_diverted(%1$L, %3$s, coalesce(%5$s, %6$s), v_held, governance_private.%7$I(to_jsonb(old), to_jsonb(new)));
%8$s
  end if;
  return new;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if governance_private.passes_hook(v_state) then
    raise;
  end if;
  perform governance_private.report_failure(%1$L, 'divert', v_state, sqlerrm);
  return new;
end
$body$, p_entity_type, governance_private.touched_sql(p_entity_type, p_fields, 'old', 'new'), governance_private.key_expression(p_entity_type, 'new'),
    p_entity_type || '_350_judge', governance_private.org_expression(p_entity_type, 'old'), governance_private.org_expression(p_entity_type, 'new'),
    p_entity_type || '_200_pairs', v_back));
  perform governance_private.place_hook(p_entity_type, '_200_divert_update', 'before update', 'for each row', p_entity_type || '_200_divert');
end
$$;

create function governance_private.note_diverted(p_entity_type text, p_record_key text, p_org_id text, p_held uuid[], p_pairs jsonb) returns text[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_fields text[];
  v_policy uuid;
begin
  -- p_pairs: {field: [before, after]} of all guarded fields. Returns those that are put back.
  select array_agg(distinct f) into v_fields
  from governance.change_policies p cross join lateral unnest(p.guarded_fields) as f
  where p.id = any (p_held) and p.mode = 'divert' and p_pairs -> f -> 0 is distinct from p_pairs -> f -> 1;
  if v_fields is null then
    return '{}';
  end if;
  select p.id into v_policy from governance.change_policies p where p.id = any (p_held) and p.mode = 'divert' order by p.policy_key limit 1;
  insert into governance_private.diverted_changes (entity_type, record_key, org_id, policy_id, kept, asked)
  select p_entity_type, p_record_key, p_org_id, v_policy, jsonb_object_agg(f, p_pairs -> f -> 0), jsonb_object_agg(f, p_pairs -> f -> 1) from unnest(v_fields) as f;
  return v_fields;
end
$$;
comment on function governance_private.note_diverted(text, text, text, uuid[], jsonb) is 'Remembers what an edit asked of guarded fields; returns the fields that stay as they are.';

create function governance_private.generate_hold(p_entity_type text, p_event text, p_fields text[]) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_name text := '_350_policy_' || p_event;
  v_edits text;
  v_same_key text;
begin
  select string_agg(format('o.%1$I = n.%1$I', k), ' and ') into v_same_key
  from governance.entities e cross join lateral unnest(e.key_columns) as k where e.entity_type = p_entity_type;
  -- A record whose key changes has no record before: its guarded fields change from nothing.
  v_edits := case p_event
    when 'insert' then format('select %s as key, null::jsonb as before, to_jsonb(n.*) as after from new_records n', governance_private.key_expression(p_entity_type, 'n'))
    when 'delete' then format('select %s as key, to_jsonb(o.*) as before, null::jsonb as after from old_records o', governance_private.key_expression(p_entity_type, 'o'))
    else format('select %s as key, to_jsonb(o.*) as before, to_jsonb(n.*) as after from new_records n left join old_records o on %s where %s',
      governance_private.key_expression(p_entity_type, 'n'), v_same_key, governance_private.touched_sql(p_entity_type, p_fields, 'o', 'n')) end;
  execute format('create or replace function governance_private.%I() returns trigger
    language plpgsql security definer set search_path = '''' set datestyle = ''ISO, YMD'' set timezone = ''UTC'' as %L', p_entity_type || v_name, format($body$
-- Generated by governance_private.generate_hold from the policies of %1$s. Definer: as for block.
declare
  v_held jsonb;
  v_state text;
begin
<<judge>>
begin
  select jsonb_agg(jsonb_build_object('key', j.key, 'org_id', j.org_id, 'policies', to_jsonb(j.held)) order by j.key) into v_held
  from (
    select e.key, governance_private.%2$I(%3$L, e.before, e.after) as held, %4$s as org_id from (%5$s) e
    where not governance_private.is_committing(%1$L, e.key) offset 0) j
  where j.held <> '{}';
  if v_held is not null then
    perform governance_private.hold_edits(%1$L, %3$L, v_held);
  end if;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if governance_private.passes_hook(v_state) then
    raise;
  end if;
  perform governance_private.report_failure(%1$L, 'policy', v_state, sqlerrm);
end judge;%6$s
  return null;
end
$body$, p_entity_type, p_entity_type || '_350_judge', p_event,
    coalesce((select format('coalesce(e.before ->> %1$L, e.after ->> %1$L)', e.org_column) from governance.entities e where e.entity_type = p_entity_type and e.org_column is not null),
      governance_private.org_expression(p_entity_type, 'x')), v_edits,
    case when p_event <> 'update' then '' else format($sql$
  if exists (select from governance_private.diverted_changes d where d.transaction_id = pg_current_xact_id_if_assigned() and d.entity_type = %1$L and d.request_id is null) then
    -- A failure here is not let pass: what was asked would be lost. Rows that another trigger kept from being stored asked for nothing.
    delete from governance_private.diverted_changes d
    where d.transaction_id = pg_current_xact_id_if_assigned() and d.entity_type = %1$L and d.request_id is null
      and d.record_key not in (select %2$s from new_records n);
    perform governance_private.open_diverted(%1$L, 'divert', null);
  end if;$sql$, p_entity_type, governance_private.key_expression(p_entity_type, 'n')) end));
  perform governance_private.place_hook(p_entity_type, v_name, 'after ' || p_event, governance_private.transition_scope(p_event), p_entity_type || v_name);
end
$$;

create function governance_private.generate_policies(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_event text;
  v_operations text[];
  v_fields text[];
  v_whole boolean;
begin
  if not exists (select from governance.change_policies p where p.entity_type = p_entity_type and p.status = 'active')
    and to_regprocedure(format('governance_private.%I(text, jsonb, jsonb)', p_entity_type || '_350_judge')) is null then
    return;
  end if;
  perform governance_private.suspend_broken_policies(p_entity_type);
  select array_agg(distinct o) filter (where o is not null), array_agg(distinct f) filter (where f is not null), bool_or(x.policy is not null and (x.policy).guarded_fields = '{}')
  into v_operations, v_fields, v_whole
  from governance_private.running_policies(p_entity_type) x
  left join lateral unnest((x.policy).operations) as o on true left join lateral unnest((x.policy).guarded_fields) as f on true;
  perform governance_private.generate_judge(p_entity_type);
  perform governance_private.note_rest(to_regprocedure(format('governance_private.%I(text, jsonb, jsonb)', p_entity_type || '_350_judge')), v_operations is null);
  foreach v_event in array array['insert', 'update', 'delete'] loop
    if v_event = any (v_operations) then
      perform governance_private.generate_hold(p_entity_type, v_event, case when v_whole then '{}' else v_fields end);
      continue;
    end if;
    -- What was held back of writes that are under way still becomes change requests.
    perform governance_private.rest_hook(p_entity_type || '_350_policy_' || v_event, v_event = 'update');
  end loop;
  v_fields := array(select distinct f from governance_private.running_policies(p_entity_type) x cross join lateral unnest((x.policy).guarded_fields) as f
                    where (x.policy).mode = 'divert' order by 1);
  if v_fields <> '{}' then
    perform governance_private.generate_divert(p_entity_type, v_fields);
  else
    perform governance_private.rest_hook(p_entity_type || '_200_divert');
  end if;
  perform governance_private.note_rest(to_regprocedure(format('governance_private.%I(jsonb, jsonb)', p_entity_type || '_200_pairs')), v_fields = '{}');
end
$$;
comment on function governance_private.generate_policies(text) is 'Writes what holds up risky edits of an entity anew from its policies in force, or removes it when there are none.';

create function governance_private.forget_entity_policies() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Definer: generated functions are the owner's. Unregistering has taken the triggers off the table before.
  execute format('drop function if exists governance_private.%I(), governance_private.%I(jsonb, jsonb), governance_private.%I(text, jsonb, jsonb), governance_private.%I(), governance_private.%I(), governance_private.%I()',
    old.entity_type || '_200_divert', old.entity_type || '_200_pairs', old.entity_type || '_350_judge',
    old.entity_type || '_350_policy_insert', old.entity_type || '_350_policy_update', old.entity_type || '_350_policy_delete');
  update governance.change_policies p set suspended_reason = 'the entity is not registered' where p.entity_type = old.entity_type and p.status = 'active';
  return null;
end
$$;
create trigger _500_forget_policies after delete on governance.entities for each row execute function governance_private.forget_entity_policies();
