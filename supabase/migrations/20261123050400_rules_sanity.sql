-- What: whether a rule that can run also makes sense on the records that there are: too harsh, never applying, fixes that chase each other.
-- Why: rules are written by people who cannot see what they will break; what cannot be decided cheaply is said to be unknown.
-- Breaks a running client: no.

create function governance_private.sample_sql(p_rule governance.data_quality_rules) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_size bigint;
begin
  -- SQL text: at most 2,000 of the records that a rule may hold for, of pages drawn at random where there are many.
  select coalesce(sum(pg_relation_size(l)), 0) into v_size from governance_private.sweep_leaves(p_rule.entity_type) l;
  return format('(select %s from %s r%s where true%s limit 2000) r',
    (select string_agg(format('r.%I', c.column_name), ', ') from governance_private.entity_columns(p_rule.entity_type) c), governance_private.entity_table(p_rule.entity_type),
    case when v_size > 4000000 then format(' tablesample system (%s)', round(least(100, 100 * 4000000.0 / v_size), 4)) else '' end,
    governance_private.org_branch(governance_private.org_expression(p_rule.entity_type, 'r'), case when p_rule.org_id is not null then array[p_rule.org_id] end,
      case when p_rule.org_id is null then array(select o.org_id from governance.data_quality_rules o where o.rule_key = p_rule.rule_key and o.org_id is not null) end));
end
$$;

create function governance_private.judge_sample(p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule,
  out records bigint, out applies bigint, out violations bigint, out is_whole boolean)
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_sample text := governance_private.sample_sql(p_rule);
  v_applies text := 'true';
begin
  if p_rule.applies_when is not null then
    v_applies := (governance_private.compile_group(p_rule.entity_type, p_rule.applies_when, '')).sql || ' is true';
  end if;
  execute 'select count(*), count(*) filter (where x.applies), count(*) filter (where x.violates) from (select ' || v_applies || ' as applies, '
    || case when p_rule.kind = 'unique' then 'count(*) over (partition by ' || p_compiled.key_sql || ') > 1 and ' || p_compiled.key_sql || ' is not null' else p_compiled.violates_sql end
    || ' as violates from ' || v_sample || governance_private.path_joins(p_rule.entity_type, p_compiled.paths) || ') x'
  into records, applies, violations;
  is_whole := records < 2000 and position(' tablesample ' in v_sample) = 0;
end
$$;
comment on function governance_private.judge_sample(governance.data_quality_rules, governance_private.compiled_rule) is
  'Of a bounded sample of the records: to how many a rule applies, how many violate it; is_whole: the sample is all of them.';

create function governance_private.warning(p_code text, p_is_certain boolean, p_message text) returns jsonb
language sql immutable security invoker
return jsonb_build_array(jsonb_build_object('code', p_code, 'certainty', case when p_is_certain then 'known' else 'unknown' end, 'message', p_message));

create function governance_private.refuse_harsh_block(p_rule governance.data_quality_rules, p_compiled governance_private.compiled_rule) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_sample record;
begin
  -- Called when a block rule begins to bite, from whatever editor.
  if p_compiled.needs_typescript or (governance_private.rule_change_note()).is_forced then
    return;
  end if;
  v_sample := governance_private.judge_sample(p_rule, p_compiled);
  if v_sample.applies >= 10 and v_sample.violations * 2 > v_sample.applies then
    perform governance_private.raise_error('PT422', 'rule-harsh',
      format('The rule "%s" is not saved: %s of %s records that it applies to violate it%s.', p_rule.rule_key, v_sample.violations, v_sample.applies,
        case when v_sample.is_whole then '' else ' in a sample' end),
      jsonb_build_object('rule_key', p_rule.rule_key, 'records', v_sample.records, 'applies', v_sample.applies, 'violations', v_sample.violations, 'is_whole', v_sample.is_whole),
      'Let it open issues or run in shadow first, or insist: governance.save_rule and governance.promote_rule take a reason.');
  end if;
end
$$;

create function governance_private.fix_fields(p_rule governance.data_quality_rules, out writes text[], out reads text[])
language sql stable security invoker set search_path = ''
as $$
  select array(select distinct s ->> 'field' from jsonb_array_elements(p_rule.fix) as s),
    array(select distinct x from (
      select p #>> '{}' as x from jsonb_path_query(jsonb_build_array(p_rule.condition, p_rule.applies_when), '$.**.field') as p
      union select c #>> '{}' from jsonb_path_query(jsonb_build_array(p_rule.condition, p_rule.applies_when), '$.** ? (@.valueSource == "field").value') as c
      union select s ->> 'from' from jsonb_array_elements(p_rule.fix) as s where s ->> 'step' = 'copy'
      union select s ->> 'field' from jsonb_array_elements(p_rule.fix) as s where s ->> 'step' in ('normalize', 'map', 'nearest')) f where x is not null)
$$;
comment on function governance_private.fix_fields(governance.data_quality_rules) is 'The fields that a fix rule writes, and those that decide what it does.';

create function governance_private.fix_circle(p_rule governance.data_quality_rules) returns governance.data_quality_rules[]
language sql stable security invoker set search_path = ''
as $$
  -- The fix rules through which what this one writes may come back to it; itself first. Empty: they cannot chase each other.
  with recursive rules as (
    select r, f.writes, f.reads
    from (
      select p_rule as r
      union all
      select x.rule from governance_private.running_rules(p_rule.entity_type) x
      where (x.rule).id <> p_rule.id and (x.rule).enforcement = 'fix' and (x.rule).rule_key <> p_rule.rule_key
        and (p_rule.org_id is null or (x.rule).org_id = p_rule.org_id or ((x.rule).org_id is null and p_rule.org_id <> all (x.except_org_ids)))) s
    cross join lateral governance_private.fix_fields(s.r) f
  ), edges as (
    -- Two that write one field may undo each other, whatever they read.
    select (a.r).id as from_id, (b.r).id as to_id from rules a join rules b on (a.r).id <> (b.r).id and (a.writes && b.reads or a.writes && b.writes)
  ), ahead as (
    select e.to_id as id from edges e where e.from_id = p_rule.id union select e.to_id from ahead join edges e on e.from_id = ahead.id
  ), behind as (
    select e.from_id as id from edges e where e.to_id = p_rule.id union select e.from_id from behind join edges e on e.to_id = behind.id
  )
  select coalesce(array_agg(u.r order by (u.r).id <> p_rule.id, (u.r).rule_key), '{}') from rules u
  where (u.r).id in (select id from ahead intersect select id from behind)
$$;

create function governance_private.run_fix_on(p_rule governance.data_quality_rules, p_records jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_table text := governance_private.entity_table(p_rule.entity_type);
  v_org text := governance_private.org_expression(p_rule.entity_type, 'r');
  v_applies governance_private.compiled := governance_private.compile_group(p_rule.entity_type, p_rule.applies_when, '');
  v_condition governance_private.compiled := governance_private.compile_condition(p_rule.entity_type, p_rule.kind, p_rule.condition);
  v_paths text[] := '{}';
  v_from text;
  v_marked jsonb;
  v_step jsonb;
  v_sql text;
begin
  -- What a fix rule makes of records, in SQL; null when a step has no SQL form.
  if p_rule.applies_when is not null then
    v_paths := v_paths || v_applies.paths;
  end if;
  if p_rule.condition is not null then
    v_paths := v_paths || v_condition.paths;
  end if;
  v_paths := v_paths || array(select s ->> 'from' from jsonb_array_elements(p_rule.fix) as s where s ->> 'step' = 'copy');
  v_from := ' from jsonb_array_elements($1) with ordinality as x(j, n) cross join lateral jsonb_populate_record(null::' || v_table || ', x.j -> ''r'') r' || governance_private.path_joins(p_rule.entity_type, v_paths);
  execute 'select jsonb_agg(jsonb_build_object(''r'', x.j -> ''r'', ''w'', ' || case when p_rule.applies_when is null then 'true' else v_applies.sql || ' is true' end
    || case when p_rule.condition is null then '' else ' and ' || v_condition.sql || ' is false' end || ') order by x.n)' || v_from
  into v_marked using (select jsonb_agg(jsonb_build_object('r', j) order by n) from jsonb_array_elements(p_records) with ordinality as y(j, n));
  for v_step in select s from jsonb_array_elements(p_rule.fix) as s loop
    v_sql := governance_private.step_sql(p_rule.entity_type, v_step);
    if v_sql is null then
      return null;
    end if;
    execute 'select jsonb_agg(case when (x.j ->> ''w'')::boolean then jsonb_set(x.j, array[''r'', ' || quote_literal(v_step ->> 'field') || '], coalesce(to_jsonb(('
      || governance_private.with_org(v_sql, v_org) || ')::' || (select f.type_sql from governance_private.resolve_field(p_rule.entity_type, v_step ->> 'field') f) || '), ''null'')) else x.j end order by x.n)' || v_from
    into v_marked using v_marked;
  end loop;
  return (select jsonb_agg(m -> 'r' order by n) from jsonb_array_elements(v_marked) with ordinality as y(m, n));
end
$$;

create function governance_private.chase_on_sample(p_rules governance.data_quality_rules[], out chased bigint, out records bigint)
language plpgsql volatile security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_rule governance.data_quality_rules;
  v_state jsonb;
  v_next jsonb;
  v_changed bigint := 0;
begin
  -- How many of a sample never come to rest; null when a step has no SQL form. The sample as it is, and with what the rules set already there.
  execute 'select jsonb_agg(to_jsonb(r.*)) from (select * from ' || governance_private.sample_sql(p_rules[1]) || ' limit 100) r' into v_state;
  v_state := coalesce(v_state, '[{}]');
  v_state := v_state || coalesce((
    select jsonb_agg(r || jsonb_build_object(s ->> 'field', s -> 'value'))
    from unnest(p_rules) u cross join lateral jsonb_array_elements(u.fix) as s cross join (select r from jsonb_array_elements(v_state) as r limit 20) r
    where s ->> 'step' = 'set'), '[]');
  records := jsonb_array_length(v_state);
  for v_round in 1..4 loop
    v_changed := 0;
    foreach v_rule in array p_rules loop
      v_next := governance_private.run_fix_on(v_rule, v_state);
      if v_next is null then
        return;
      end if;
      v_changed := greatest(v_changed, (select count(*) from jsonb_array_elements(v_state) with ordinality as a(r, n)
        join jsonb_array_elements(v_next) with ordinality as b(r, n) using (n) where a.r <> b.r));
      v_state := v_next;
    end loop;
    exit when v_changed = 0;
  end loop;
  chased := v_changed;
end
$$;
comment on function governance_private.chase_on_sample(governance.data_quality_rules[]) is 'Runs fix rules on a sample, round by round, and says how many records they never leave alone.';

create function governance_private.chase_warnings(p_rule governance.data_quality_rules) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_circle governance.data_quality_rules[];
  v_names text;
  v_run record;
begin
  if p_rule.enforcement <> 'fix' then
    return '[]';
  end if;
  v_circle := governance_private.fix_circle(p_rule);
  if v_circle = '{}' then
    return '[]';
  end if;
  v_names := governance_private.join_words(array(select '"' || u.rule_key || '"' from unnest(v_circle) with ordinality as u where u.ordinality <= 9 order by u.ordinality), 'and');
  if cardinality(v_circle) <= 8 then
    begin
      v_run := governance_private.chase_on_sample(v_circle);
    exception when data_exception or integrity_constraint_violation then
      v_run := null;
    end;
  end if;
  if v_run.chased > 0 then
    return governance_private.warning('fixes-chase', true, format('The fix rules %s chase each other: each would change again what another has set. Nothing of theirs would be applied.', v_names));
  end if;
  return governance_private.warning('fixes-chase', false, format('The fix rules %s write or read the same fields. %s', v_names, case when v_run.chased = 0
    then format('On %s records they come to rest; whether they always do is not known.', v_run.records) else 'Whether they chase each other is not known.' end));
end
$$;

create function governance_private.rule_warnings(p_rule governance.data_quality_rules) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_compiled governance_private.compiled_rule := governance_private.compile_rule(p_rule);
  v_sample record;
  v_out jsonb := governance_private.chase_warnings(p_rule);
begin
  -- [{"code", "certainty": known or unknown, "message"}, …]; empty: nothing speaks against it. The rule compiles.
  if v_compiled.needs_typescript then
    return v_out || governance_private.warning('applies-to-nothing', false, 'To how many records it applies is not known: only evaluate can judge it.');
  end if;
  v_sample := governance_private.judge_sample(p_rule, v_compiled);
  if v_sample.records = 0 then
    return v_out || governance_private.warning('applies-to-nothing', false, 'There are no records to try it on.');
  elsif v_sample.applies = 0 then
    v_out := v_out || governance_private.warning('applies-to-nothing', v_sample.is_whole, case when v_sample.is_whole
      then format('It applies to none of the %s records that there are.', v_sample.records)
      else format('It applies to none of %s records in a sample; whether to any is not known.', v_sample.records) end);
  end if;
  if p_rule.enforcement = 'block' and v_sample.violations * 2 > v_sample.applies then
    v_out := v_out || governance_private.warning('most-records-violate', v_sample.is_whole and v_sample.applies >= 10,
      format('%s of %s records that it applies to violate it%s.', v_sample.violations, v_sample.applies, case when v_sample.is_whole then '' else ' in a sample' end));
  elsif p_rule.enforcement = 'block' and p_rule.kind = 'unique' and not v_sample.is_whole then
    v_out := v_out || governance_private.warning('most-records-violate', false, 'How many records share a key is not known from a sample: a backtest counts them.');
  end if;
  return v_out;
end
$$;
comment on function governance_private.rule_warnings(governance.data_quality_rules) is 'What speaks against a rule that can run, by a bounded look at the records, and what that look cannot tell.';

create function governance_private.check_rule(p_rule jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules;
  v_compiled governance_private.compiled_rule;
begin
  -- Definer: looks at records of the whole organization and says only how many.
  v_rule := governance_private.rule_to_test(p_rule, true);
  if v_rule.org_id is null then
    perform governance_private.require_instance_admin('check a rule of all organizations: name one with org_id');
  else
    perform governance_private.require_role(v_rule.org_id, 'steward', 'check a rule');
  end if;
  v_compiled := governance_private.compile_draft(v_rule);
  return jsonb_build_object('sentence', v_compiled.sentence, 'warnings', governance_private.rule_warnings(v_rule));
end
$$;

create function governance.check_rule(p_rule jsonb) returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.check_rule(p_rule)
$$;
comment on function governance.check_rule(jsonb) is
  'What saving a rule (its definition, or {"id": …} with changes) would say: its sentence, every fault as an error, and warnings; what cannot be decided cheaply is "unknown". Changes nothing. For stewards.';
grant execute on function governance.check_rule(jsonb), governance_private.check_rule(jsonb) to authenticated, service_role;
