-- What: what is wrong with the definition of a rule before anything of it is compiled: its fields, its values, its identity.
-- Why: a misspelt field that is ignored is a rule that does something else than its author believes.
-- Breaks a running client: no.

create function governance_private.reads_as(p_text text, p_type text) returns boolean
language plpgsql stable security invoker set search_path = ''
as $$
begin
  execute format('select %L::%s', p_text, p_type);
  return true;
exception when data_exception then
  return false;
end
$$;
comment on function governance_private.reads_as(text, text) is 'Whether Postgres reads a text as a value of a type; the type is ours, never a caller''s.';

create function governance_private.definition_faults(p_rule jsonb, p_saved governance.data_quality_rules, p_is_whole boolean) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- [{"at", "message"}, …]. p_saved: the rule that is to be changed, or null. p_is_whole: it is to be saved, so that nothing may be missing; else it is
  -- tried, perhaps under another key. What the product itself writes (version, sentence, …) may stand there: a rule that was read can be given back.
  with texts(name, choices) as (values
    ('rule_key', null), ('org_id', null), ('entity_type', null), ('message', null), ('description', null), ('due_in', null), ('default_owner', null),
    ('kind', array['condition', 'unique', 'reference']),
    ('dimension', array['completeness', 'validity', 'consistency', 'uniqueness', 'timeliness', 'accuracy', 'integrity']),
    ('severity', array['critical', 'high', 'medium', 'low']), ('enforcement', array['block', 'issue', 'fix']),
    ('timing', array['write', 'async', 'schedule']), ('status', array['draft', 'shadow', 'active', 'deprecated'])
  ), found(place, name, message) as (
    select 1, k, format('"%s" is no field of a rule.', k) from jsonb_object_keys(p_rule) as k
    where not to_jsonb(jsonb_populate_record(null::governance.data_quality_rules, '{}')) ? k
    union all
    select 2, k, format('The %s of the rule "%s" cannot change: it is "%s". Make a new rule and retire this one.', replace(k, '_', ' '), p_saved.rule_key,
      coalesce(to_jsonb(p_saved) ->> k, 'null'))
    from unnest(array['rule_key', 'org_id', 'entity_type', 'kind']) as k
    where p_saved.id is not null and (p_is_whole or k in ('entity_type', 'kind')) and p_rule ? k and p_rule ->> k is distinct from to_jsonb(p_saved) ->> k
    union all
    select 3, k, format('The %s is missing.', replace(k, '_', ' ')) from unnest(array['rule_key', 'entity_type', 'dimension', 'message']) as k
    where p_is_whole and p_saved.id is null and coalesce(p_rule ->> k, '') = ''
    union all
    select 4, t.name, format('%s is a text.', t.name) from texts t where jsonb_typeof(p_rule -> t.name) not in ('string', 'null')
    union all
    select 5, t.name, format('"%s" is not one of %s.', p_rule ->> t.name, array_to_string(t.choices, ', '))
    from texts t where jsonb_typeof(p_rule -> t.name) = 'string' and p_rule ->> t.name <> all (t.choices)
  )
  select coalesce(jsonb_agg(jsonb_build_object('at', '/' || f.name, 'message', f.message) order by f.place, f.name), '[]') from found f
$$;
comment on function governance_private.definition_faults(jsonb, governance.data_quality_rules, boolean) is
  'What is wrong with a definition of a rule as such: unknown fields, values that cannot be, what is missing, a changed identity. The compiler says the rest.';

create function governance_private.unreadable_faults(p_rule jsonb) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('at', '/' || x.k, 'message', format('"%s" is no %s.', p_rule ->> x.k, x.t))), '[]')
  from (values ('due_in', 'interval'), ('default_owner', 'uuid')) as x(k, t)
  where jsonb_typeof(p_rule -> x.k) = 'string' and not governance_private.reads_as(p_rule ->> x.k, x.t)
$$;

create function governance_private.compiler_faults(p_rule governance.data_quality_rules, p_faults jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- What cannot even be told apart is not compiled.
  if p_rule.entity_type is null or p_faults @? '$[*] ? (@.at == "/entity_type" || @.at == "/kind")' then
    return '[]';
  end if;
  return (governance_private.compile_rule(p_rule)).faults;
end
$$;

create function governance_private.read_definition(p_rule jsonb, p_saved governance.data_quality_rules, p_is_whole boolean) returns governance.data_quality_rules
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules;
  v_faults jsonb;
  v_key text := coalesce(p_saved.rule_key, p_rule ->> 'rule_key', 'draft');
begin
  -- Definer: the compiler reads the catalog; nothing of any record is read.
  v_faults := governance_private.definition_faults(p_rule, p_saved, p_is_whole) || governance_private.unreadable_faults(p_rule);
  -- A value that cannot be read keeps none of the others from being looked at.
  v_rule := jsonb_populate_record(p_saved, p_rule - array['id', 'version', 'sentence', 'suspended_reason', 'reads', 'created_by', 'created_at', 'updated_at']
    - array(select ltrim(f ->> 'at', '/') from jsonb_array_elements(v_faults) as f));
  v_rule.timing := case when p_rule ? 'enforcement' and not p_rule ? 'timing' and v_rule.enforcement = 'block' then 'write'
    else coalesce(v_rule.timing, case when v_rule.enforcement = 'block' then 'write' else 'async' end) end;
  v_rule.kind := coalesce(v_rule.kind, 'condition');
  v_rule.enforcement := coalesce(v_rule.enforcement, 'issue');
  v_rule.severity := coalesce(v_rule.severity, 'medium');
  if v_faults <> '[]' then
    v_faults := v_faults || governance_private.compiler_faults(v_rule, v_faults);
    perform governance_private.raise_error('PT422', 'rule-invalid',
      format('The rule "%s" cannot be saved: %s', v_key, (select string_agg(rtrim(f ->> 'message', '.'), '; ') from jsonb_array_elements(v_faults) as f)),
      jsonb_build_object('rule_key', v_key, 'faults', v_faults), 'Correct every fault named and try again.');
  end if;
  return v_rule;
end
$$;
comment on function governance_private.read_definition(jsonb, governance.data_quality_rules, boolean) is
  'The rule that a definition describes: a new one, or a saved one with changes. Refuses a faulty one, with every fault, also those of the compiler.';
grant execute on function governance_private.read_definition(jsonb, governance.data_quality_rules, boolean) to authenticated, service_role;
