-- What: fixes in the write: BEFORE ROW functions generated from the fix rules with timing write, and what records them.
-- Why: what SQL can surely correct is corrected before it is judged or stored, and can be undone like any other fix.
-- Breaks a running client: no.

create unlogged table governance_private.write_fixes (
  id bigint generated always as identity primary key,
  transaction_id xid8 not null default pg_current_xact_id(),
  entity_type text not null,
  record_key text not null,
  changes jsonb not null,
  record jsonb not null
);
create index write_fixes_transaction_idx on governance_private.write_fixes (transaction_id, entity_type);
comment on table governance_private.write_fixes is
  'Corrections made before a row is stored, until the end of the statement shows which rows were: then they become rows of governance.fixes.';
alter table governance_private.write_fixes enable row level security;

create function governance_private.with_org(p_sql text, p_org_sql text) returns text
language sql immutable security invoker set search_path = ''
as $$
  -- SQL text of a step outside the write, where v_org is no variable. A column of that name and no replacement: a literal may hold the word, too.
  select case when p_sql is null or strpos(p_sql, 'v_org') = 0 then p_sql else format('(select %s from (select %s as v_org) own)', p_sql, p_org_sql) end
$$;

create function governance_private.step_sql(p_entity_type text, p_step jsonb) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_field record;
  v_from record;
  v_set governance.reference_sets;
  v_value text;
begin
  -- SQL text over r: what a fix step makes of its field; null when the step has no SQL form.
  select * into v_field from governance_private.resolve_field(p_entity_type, p_step ->> 'field');
  v_value := v_field.column_sql || '::text';
  if p_step ->> 'step' = 'set' then
    return case when p_step -> 'value' = 'null' then 'null' else governance_private.compile_literal(p_step -> 'value', v_field.class, v_field.type_sql) end;
  elsif p_step ->> 'step' = 'copy' then
    select * into v_from from governance_private.resolve_field(p_entity_type, p_step ->> 'from');
    -- By way of text, as evaluate writes it: 0.5 does not become an integer (3.0 does), and 0.1 of a real stays 0.1.
    return format(case when v_field.base_type = 'numeric' or v_field.base_type in ('int2', 'int4', 'int8') and v_from.type_sql <> v_field.type_sql
        then 'case when %1$s then %2$s::text else trim_scale(%3$s::text::numeric)::text end' else 'case when %1$s then %2$s%4$s else %3$s%4$s end' end,
      case when v_from.class = 'text' then governance_private.blank_sql(v_from.column_sql || '::text') else v_from.column_sql || ' is null' end,
      v_field.column_sql, v_from.column_sql, case when v_from.type_sql <> v_field.type_sql then '::text' else '' end);
  elsif p_step ->> 'step' in ('normalize', 'map') and to_regprocedure(format('governance_private.normalize_%s(text, text)', p_step ->> 'using')) is not null then
    return format('governance_private.%I(%s, %s)', 'normalize_' || (p_step ->> 'using'), v_value,
      -- The only one that knows countries; the look-up costs every row.
      case when p_step ->> 'using' = 'postal_code' then '(select o.default_country from governance.organizations o where o.org_id = v_org)' else 'null' end);
  elsif p_step ->> 'step' = 'map' then
    select * into v_set from governance.reference_sets s where s.set_key = p_step ->> 'using' and s.kind = 'list';
    if found then
      return format(
        'coalesce((select coalesce(m.canonical, m.value) from governance.reference_values m where m.set_key = %L and %s and (m.org_id is null or m.org_id = v_org) order by (m.value = %s) desc, 1 limit 1), %s)',
        v_set.set_key, case when v_set.case_sensitive then format('m.value = %s', v_value)
          else format('governance_private.fold_reference(m.value) = governance_private.fold_reference(%s)', v_value) end, v_value, v_value);
    end if;
  end if;
  return null;
end
$$;
comment on function governance_private.step_sql(text, jsonb) is 'SQL text of a fix step over r, for fixes in the write; null when it has none.';

create function governance_private.check_write_fix(p_rule governance.data_quality_rules, p_paths text[]) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(f), '[]') from (
    select jsonb_build_object('at', format('/fix/%s', n - 1), 'message', format('"%s" of %s has no SQL form: a fix with such a step runs asynchronously', s ->> 'step', s ->> 'field')) as f
    from jsonb_array_elements(p_rule.fix) with ordinality as x(s, n) where governance_private.step_sql(p_rule.entity_type, s) is null
    union all
    select jsonb_build_object('at', '/timing', 'message', format('"%s" is generated, and not known before the row is stored', p))
    from unnest(p_paths) as p cross join lateral governance_private.resolve_field(p_rule.entity_type, p) c where c.is_own and c.is_generated) x
$$;
comment on function governance_private.check_write_fix(governance.data_quality_rules, text[]) is 'Why a fix rule cannot run in the write; an empty list when it can.';

create function governance_private.is_undone(p_entity_type text, p_record_key text, p_rule_id uuid, p_field text, p_from jsonb) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return exists (
    select from governance.fixes f
    where f.entity_type = p_entity_type and f.record_key = p_record_key and f.rule_id = p_rule_id and f.cause = 'auto' and f.reverted_at is not null
      and governance_private.patch_changes('', jsonb_build_array(f.patch)) -> 'tests' -> p_field = p_from);
end
$$;
comment on function governance_private.is_undone(text, text, uuid, text, jsonb) is 'Somebody took this rule''s fix of this value back: it is not done again.';

create function governance_private.compose_changes(p_changes jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_chains jsonb := '{}';
  v_chain jsonb;
  v_change jsonb;
  v_place integer;
  v_from jsonb;
  v_used jsonb;
  v_rules text[] := '{}';
  v_ordered text[] := '{}';
  v_next text;
begin
  -- As composeFixes in shared/rules/verdict: each field's changes in order, every rule once; what cancels out is gone.
  for v_change in select c from jsonb_array_elements(p_changes) with ordinality as x(c, n) order by n loop
    if v_change ->> 'rule_id' <> all (v_rules) then
      v_rules := v_rules || (v_change ->> 'rule_id');
    end if;
    v_chain := coalesce(v_chains -> (v_change ->> 'field'), '[]');
    select min(n) - 1 into v_place from jsonb_array_elements(v_chain) with ordinality as x(c, n) where c -> 'rule_id' = v_change -> 'rule_id';
    v_from := coalesce(v_chain -> v_place -> 'from', v_change -> 'from');
    select coalesce(jsonb_agg(c order by n), '[]') into v_chain from jsonb_array_elements(v_chain) with ordinality as x(c, n) where n <= v_place or v_place is null;
    if v_from <> v_change -> 'to' then
      v_chain := v_chain || jsonb_build_array(v_change || jsonb_build_object('from', v_from));
    end if;
    v_chains := v_chains || jsonb_build_object(v_change ->> 'field', v_chain);
  end loop;
  select coalesce(jsonb_object_agg(key, value), '{}') into v_used from jsonb_each(v_chains)
  where value <> '[]' and value -> 0 -> 'from' <> value -> -1 -> 'to';
  -- An order of the rules that follows every chain.
  while cardinality(v_rules) > 0 loop
    select r into v_next from unnest(v_rules) with ordinality as x(r, n)
    where not exists (
      select from jsonb_each(v_used) as chain(field, changes)
      cross join lateral jsonb_array_elements(changes) with ordinality as later(c, n)
      join lateral jsonb_array_elements(changes) with ordinality as earlier(c, n) on earlier.n = later.n - 1
      where later.c ->> 'rule_id' = r and earlier.c ->> 'rule_id' = any (v_rules))
    order by n limit 1;
    -- When no order suits every field, each field's whole way goes to the rule that had the last word on it.
    if v_next is null then
      select jsonb_object_agg(key, jsonb_build_array(value -> -1 || jsonb_build_object('from', value -> 0 -> 'from'))) into v_used from jsonb_each(v_used);
      v_ordered := v_ordered || v_rules;
      exit;
    end if;
    v_ordered := v_ordered || v_next;
    v_rules := array_remove(v_rules, v_next);
  end loop;
  return coalesce((
    select jsonb_agg(c order by array_position(v_ordered, c ->> 'rule_id'), key collate "C")
    from jsonb_each(v_used) cross join lateral jsonb_array_elements(value) as c), '[]');
end
$$;
comment on function governance_private.compose_changes(jsonb) is
  'Of everything that rules changed of one row, in order: one change per rule and field, so that the patches of the rules compose in the order of the list.';

create function governance_private.settle_changes(p_changes jsonb) returns table (rule_id uuid, patch jsonb, place bigint)
language sql immutable security invoker set search_path = ''
as $$
  -- p_changes: [{"rule_id", "field", "from", "to"}, …] in order. Where no field was changed twice there is nothing to compose.
  with composed as (
    select case when exists (select from jsonb_array_elements(p_changes) as c group by c -> 'field' having count(*) > 1)
      then governance_private.compose_changes(p_changes) else p_changes end as changes
  ), changes as (
    select (c ->> 'rule_id')::uuid as rule_id, n, c -> 'from' as before, c -> 'to' as after,
      '/' || replace(replace(c ->> 'field', '~', '~0'), '/', '~1') as path
    from composed cross join lateral jsonb_array_elements(composed.changes) with ordinality as x(c, n)
  )
  select c.rule_id, jsonb_agg(o.operation order by c.n, o.place), min(c.n)
  from changes c cross join lateral (values
    (1, jsonb_build_object('op', 'test', 'path', c.path, 'value', c.before)),
    (2, jsonb_build_object('op', 'replace', 'path', c.path, 'value', c.after))) as o(place, operation)
  where c.before is distinct from c.after
  group by c.rule_id
$$;
comment on function governance_private.settle_changes(jsonb) is 'One patch per rule from the changes that write fixes made of a row, in their order.';

create function governance_private.write_fix_sql(p_rule governance.data_quality_rules, p_org_branch text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_applies governance_private.compiled := governance_private.compile_group(p_rule.entity_type, p_rule.applies_when, '');
  v_condition governance_private.compiled := governance_private.compile_group(p_rule.entity_type, p_rule.condition, '');
  v_paths text[];
  v_dangling text;
  v_wants text;
  v_steps text := '';
  v_step jsonb;
  v_field record;
  v_expression text;
begin
  -- PL/pgSQL text: one fix rule on the record variable r.
  v_paths := coalesce(v_applies.paths, '{}') || coalesce(v_condition.paths, '{}')
    || array(select s ->> 'from' from jsonb_array_elements(p_rule.fix) as s where s ->> 'step' = 'copy');
  -- A reference whose record cannot be read: could not evaluate, so no fix.
  select string_agg(governance_private.path_dangling(p_rule.entity_type, x.prefix), ' or ') into v_dangling
  from governance_private.path_prefixes(v_paths) x;
  v_wants := format('(%s%s%s%s)', case when p_rule.applies_when is null then 'true' else v_applies.sql || ' is true' end,
    case when p_rule.condition is null then '' else ' and ' || v_condition.sql || ' is false' end,
    coalesce(' and not (' || v_dangling || ')', ''), p_org_branch);
  v_wants := governance_private.over_joins(p_rule.entity_type, v_wants, v_paths);
  for v_step in select s from jsonb_array_elements(p_rule.fix) as s loop
    select * into v_field from governance_private.resolve_field(p_rule.entity_type, v_step ->> 'field');
    v_expression := governance_private.over_joins(p_rule.entity_type, governance_private.step_sql(p_rule.entity_type, v_step),
      case when v_step ->> 'step' = 'copy' then array[v_step ->> 'from'] else '{}' end);
    v_steps := v_steps || format($sql$
      <<step>>
      declare
        v_value %1$s;
        v_from jsonb;
      begin
        exit step when %10$s;
        v_value := %2$s;
        if v_value is distinct from %3$s then
          v_from := coalesce(to_jsonb(%4$s), 'null');
          if not governance_private.is_undone(%5$L, %6$s, %7$L, %8$L, v_from) and not governance_private.is_waived(v_org, %11$L, %6$s) then
            r.%9$I := v_value;
            v_changed := true;
            v_changes := v_changes || jsonb_build_object('rule_id', %7$L, 'field', %8$L, 'from', v_from, 'to', %4$s);
          end if;
        end if;
      end;$sql$,
      v_field.type_sql, v_expression, v_field.column_sql, v_field.projected_sql,
      p_rule.entity_type, governance_private.key_expression(p_rule.entity_type, 'r'), p_rule.id, v_step ->> 'field', v_step ->> 'field',
      -- Most columns of most rows are empty, and asking a table about nothing takes time too.
      case when v_step ->> 'step' in ('normalize', 'map') then v_field.column_sql || ' is null' else 'false' end, p_rule.rule_key);
  end loop;
  return format(E'\n    if %s then%s\n    end if;', v_wants, v_steps);
end
$$;

create function governance_private.over_joins(p_entity_type text, p_expression text, p_paths text[]) returns text
language sql stable security invoker set search_path = ''
as $$
  -- An expression over r and related records, inside a function that has r as a variable.
  select case when governance_private.path_joins(p_entity_type, p_paths) = '' then p_expression
    else format('(select %s from (select r.*) as r%s)', p_expression, governance_private.path_joins(p_entity_type, p_paths)) end
$$;

create function governance_private.generate_normalise(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_rules text := '';
  v_rule record;
  v_event text;
begin
  for v_rule in
    select * from governance_private.running_rules(p_entity_type) x
    where (x.rule).enforcement = 'fix' and (x.rule).timing = 'write' and (x.rule).status = 'active'
  loop
    v_rules := v_rules || governance_private.write_fix_sql(v_rule.rule, governance_private.org_branch('v_org', v_rule.org_ids, v_rule.except_org_ids));
  end loop;
  if v_rules = '' then
    perform governance_private.rest_hook(p_entity_type || '_100_normalise');
    -- What it has corrected in writes that are under way still becomes fixes.
    perform governance_private.rest_hook(p_entity_type || f, true) from unnest(array['_450_settle_insert', '_450_settle_update']) as f;
    return;
  end if;

  execute format('create or replace function governance_private.%I() returns trigger language plpgsql security definer set search_path = '''' set datestyle = ''ISO, YMD'' set timezone = ''UTC'' as %L',
    p_entity_type || '_100_normalise', format($body$
#variable_conflict use_column
-- Generated by governance_private.generate_normalise from the fix rules of %1$s with timing write. Definer: as for block.
declare
  -- No row type of the table: a partition may have the columns in another order.
  r record := new;
  v_org text;
  v_changes jsonb := '[]';
  v_changed boolean;
  v_state text;
begin
  if (%3$s) is null then
    return new; -- Somebody else's trigger will name the record: evaluate corrects it.
  end if;
  v_org := %4$s;
  for v_round in 1..3 loop
    v_changed := false;%2$s
    exit when not v_changed;
  end loop;
  if v_changes <> '[]' then
    insert into governance_private.write_fixes (entity_type, record_key, changes, record) values (%1$L, %3$s, v_changes, to_jsonb(r));
  end if;
  return r;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if governance_private.passes_hook(v_state) then
    raise;
  end if;
  perform governance_private.report_failure(%1$L, 'normalise', v_state, sqlerrm);
  return new;
end
$body$, p_entity_type, v_rules, governance_private.key_expression(p_entity_type, 'r'), governance_private.org_expression(p_entity_type, 'r')));

  foreach v_event in array array['insert', 'update'] loop
    execute format('create or replace function governance_private.%I() returns trigger language plpgsql security definer set search_path = '''' set timezone = ''UTC'' set datestyle = ''ISO, YMD'' set enable_nestloop = off as %L',
      p_entity_type || '_450_settle_' || v_event, format($body$
-- Generated: corrections of rows that this statement stored become fixes; those of rows that it did not are forgotten.
-- No nested loop: a plan made for one row would be used for fifty thousand.
begin
  if not exists (select from governance_private.write_fixes w where w.transaction_id = pg_current_xact_id_if_assigned() and w.entity_type = %1$L) then
    return null;
  end if;
  with noted as (
    -- An upsert fires the update's triggers first: they settle what became an update, and the insert's all that is left.
    delete from governance_private.write_fixes w
    where w.transaction_id = pg_current_xact_id_if_assigned() and w.entity_type = %1$L
      and (%2$L = 'insert' or exists (select from new_records r where %4$s = w.record_key))
    returning w.*
  )
  insert into governance.fixes (org_id, entity_type, record_key, rule_id, rule_key, rule_version, patch, inverse, batch_id, cause)
  select %3$s, w.entity_type, w.record_key, d.id, d.rule_key, d.version, p.patch, governance_private.invert_patch(p.patch), v_batch.id, 'auto'
  from noted w join new_records r on %4$s = w.record_key
  -- A field that is not stored as we left it was written by somebody else after us.
  cross join lateral (
    select jsonb_agg(c order by n) as changes from jsonb_array_elements(w.changes) with ordinality as x(c, n)
    where to_jsonb(r.*) -> (c ->> 'field') is not distinct from w.record -> (c ->> 'field')) kept
  cross join lateral governance_private.settle_changes(kept.changes) p
  join governance.data_quality_rules d on d.id = p.rule_id
  cross join (select gen_random_uuid() as id) v_batch
  order by w.id, p.place;
  return null;
exception when others then
  if governance_private.passes_hook(sqlstate) then
    raise;
  end if;
  perform governance_private.report_failure(%1$L, 'settle', sqlstate, sqlerrm);
  return null;
end
$body$, p_entity_type, v_event, governance_private.org_expression(p_entity_type, 'r'), governance_private.key_expression(p_entity_type, 'r')));
    perform governance_private.place_hook(p_entity_type, '_100_normalise_' || v_event, 'before ' || v_event, 'for each row', p_entity_type || '_100_normalise');
    perform governance_private.place_hook(p_entity_type, '_450_settle_' || v_event, 'after ' || v_event,
      governance_private.transition_scope('insert'), p_entity_type || '_450_settle_' || v_event);
  end loop;
end
$$;
comment on function governance_private.generate_normalise(text) is 'Writes the functions that fix rows of an entity in the write, or removes them when no rule asks for it.';
