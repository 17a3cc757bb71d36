-- What: the block functions of an entity, written anew from its rules: a part a rule, the judging, the body around it, the trigger.
-- Why: texts of rules are only ever concatenated, in one place that can be read at a glance.
-- Breaks a running client: no.

create type governance_private.block_parts as (
  tests text[],      -- does a record violate the rule?
  rows text[],       -- the same with what a violation says
  prior_rows text[], -- did it violate the rule before?
  joins text,
  has_shadow boolean
);

create function governance_private.block_parts(p_entity_type text) returns governance_private.block_parts
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.block_parts := row('{}', '{}', '{}', null, false);
  v_key text := governance_private.key_expression(p_entity_type, 'r');
  v_org text := governance_private.org_expression(p_entity_type, 'r');
  v_paths text[] := '{}';
  v_rule record;
  v_compiled governance_private.compiled_rule;
  v_violates text;
begin
  for v_rule in
    select * from governance_private.running_rules(p_entity_type) x where (x.rule).enforcement = 'block'
  loop
    v_out.has_shadow := v_out.has_shadow or (v_rule.rule).status = 'shadow';
    v_compiled := governance_private.compile_rule(v_rule.rule);
    if (v_rule.rule).kind = 'unique' then
      -- The keys of a shadow rule are kept, too, but nobody is kept from sharing one.
      v_violates := format('(v_refused ? (%L || %s))', (v_rule.rule).id, v_key);
      v_compiled.message_sql := governance_private.group_message(p_entity_type, v_rule.rule, v_compiled.key_sql);
    else
      v_compiled.message_sql := governance_private.compile_message(p_entity_type, (v_rule.rule).message, true);
      v_violates := format('(%s%s)', v_compiled.violates_sql, governance_private.org_branch(v_org, v_rule.org_ids, v_rule.except_org_ids));
    end if;
    v_out.tests := v_out.tests || v_violates;
    -- Whoever held a key before holds it still: a unique rule has nothing to forgive.
    v_out.prior_rows := v_out.prior_rows || format('(%s, %L)', case when (v_rule.rule).kind = 'unique' then 'false' else v_violates end, (v_rule.rule).rule_key);
    v_out.rows := v_out.rows || format('(%s, %L::uuid, %L::boolean, %L, %s, %L, %L::jsonb, %s)', v_violates, (v_rule.rule).id, (v_rule.rule).status = 'shadow', (v_rule.rule).rule_key,
      (v_rule.rule).version, (v_rule.rule).severity, to_jsonb(v_compiled.condition_paths), v_compiled.message_sql);
    v_paths := v_paths || v_compiled.paths;
  end loop;
  v_out.joins := governance_private.path_joins(p_entity_type, v_paths);
  return v_out;
end
$$;
comment on function governance_private.block_parts(text) is 'SQL texts over r: what of each block rule goes into the block functions of an entity.';

create function governance_private.block_judge_sql(p_entity_type text, p_event text, p_parts governance_private.block_parts) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_key text := governance_private.key_expression(p_entity_type, 'r');
  v_scan text;
  v_prior text := '';
begin
  if p_event = 'delete' or p_parts.rows = '{}' then
    return '';
  end if;
  -- Around the table, and never formatted again: messages and patterns hold whatever an admin wrote.
  v_scan := format('select %s as record_key, %s as org_id, x.rule_id, x.is_shadow, x.rule_key, x.rule_version, x.severity, x.fields, x.message from ',
      v_key, governance_private.org_expression(p_entity_type, 'r'))
    || 'new_records' || format($sql$ r%s cross join lateral (values
      %s) as x(violates, rule_id, is_shadow, rule_key, rule_version, severity, fields, message)
    where x.violates$sql$, p_parts.joins, array_to_string(p_parts.rows, E',\n      '));
  if p_event = 'update' then
    -- A record that violated the rule before this write stays editable.
    v_prior := format(E',\n  prior as (\n    select %s as record_key, x.rule_key from old_records r%s cross join lateral (values\n      %s) as x(violates, rule_key)\n    where x.violates\n  )',
      v_key, p_parts.joins, array_to_string(p_parts.prior_rows, E',\n      '));
  end if;
  return format($body$
  -- One test of everything: an aggregate a rule would cost a single row a third more.
  if not exists (select from new_records r%4$s where %3$s) then
    return null;
  end if;
  v_source := governance_private.writer_source(null);
  v_sources := governance_private.writer_sources();
  v_actor := auth.uid();
  with violations as (
    %5$s
  )%6$s, %7$s
  if v_records > 0 then
    perform governance_private.refuse_write(%2$L, v_violations, v_records, v_rules);
  end if;%8$s$body$,
      p_entity_type || '_300_block_' || p_event, p_entity_type, array_to_string(p_parts.tests, E'\n    or '), p_parts.joins,
      v_scan, v_prior, governance_private.fresh_violations_sql(p_event, p_parts.has_shadow),
      case when p_parts.has_shadow then format(E'\n  if v_shadow is not null then\n    perform governance_private.note_shadow_writes(%L, v_shadow);\n  end if;', p_entity_type) else '' end);
end
$$;
comment on function governance_private.block_judge_sql(text, text, governance_private.block_parts) is 'PL/pgSQL text: judges the records of a statement and refuses it; empty where there is nothing to judge.';

create function governance_private.block_body(p_entity_type text, p_event text, p_parts governance_private.block_parts) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_keep_keys text := governance_private.keep_keys_body(p_entity_type, p_event);
  v_unique uuid[] := array(select u.rule_id from governance_private.unique_rules u where u.entity_type = p_entity_type order by 1);
begin
  -- Texts of rules are only ever concatenated.
  return format($body$
-- Generated by governance_private.generate_block from the block and unique rules of %1$s. Definer: a verdict must not depend on what RLS hides.
declare
  v_records bigint;
  v_violations jsonb;
  v_rules uuid[];
  v_shadow jsonb;
  v_source text;
  v_sources jsonb;
  v_actor uuid;
  v_state text;%2$s
begin$body$, p_entity_type, case when v_unique <> '{}' then format(E'\n  v_refused jsonb := \'{}\';\n  v_unique constant uuid[] := %L;', v_unique) else '' end)
      || case when v_keep_keys || p_parts.joins = '' then '' else governance_private.plan_anew_sql(p_event) end || v_keep_keys || governance_private.block_judge_sql(p_entity_type, p_event, p_parts) || format($body$
  return null;
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if governance_private.passes_hook(v_state) then
    raise;
  end if;
  perform governance_private.report_failure(%1$L, 'block', v_state, sqlerrm);
  return null;
end
$body$, p_entity_type);
end
$$;
comment on function governance_private.block_body(text, text, governance_private.block_parts) is 'PL/pgSQL text: the whole of a block function.';

create function governance_private.generate_block(p_entity_type text) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_parts governance_private.block_parts := governance_private.block_parts(p_entity_type);
  v_event text;
  v_name text;
begin
  perform governance_private.make_refusal_counter((x.rule).rule_key, (x.rule).org_id)
  from governance_private.running_rules(p_entity_type) x where (x.rule).enforcement = 'block' and (x.rule).status <> 'shadow';
  foreach v_event in array array['insert', 'update', 'delete'] loop
    v_name := p_entity_type || '_300_block_' || v_event;
    if governance_private.keep_keys_body(p_entity_type, v_event) = '' and (v_event = 'delete' or v_parts.rows = '{}') then
      perform governance_private.rest_hook(v_name);
      continue;
    end if;
    -- The body as a literal: no dollar quote is safe around text that an admin wrote.
    execute format($sql$create or replace function governance_private.%I() returns trigger
      language plpgsql security definer set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'%s as %L$sql$,
      v_name, case when governance_private.keep_keys_body(p_entity_type, v_event) || v_parts.joins = '' then '' else ' set plan_cache_mode = force_generic_plan' end,
      governance_private.block_body(p_entity_type, v_event, v_parts));
    perform governance_private.place_hook(p_entity_type, '_300_block_' || v_event, 'after ' || v_event, governance_private.transition_scope(v_event), v_name);
  end loop;
end
$$;
comment on function governance_private.generate_block(text) is 'Writes the block functions of an entity anew from its active block rules, or removes them when there are none.';
