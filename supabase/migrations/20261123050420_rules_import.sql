-- What: rules as files: all rules written out, and a set of them taken in at once or not at all.
-- Why: rules that are reviewed in git must come into the database as they were reviewed, with everything that they would change shown first.
-- Breaks a running client: no.

create type governance_private.planned_rule as (
  n integer,                    -- its place among the files, from 0; null: no file has it
  rule_key text,
  org_id text,
  outcome text,                 -- new, changed, unchanged, missing or refused
  saved governance.data_quality_rules,
  wanted governance.data_quality_rules,
  sentence text,
  faults jsonb
);

create function governance_private.export_row(p_rule governance.data_quality_rules) returns jsonb
language sql stable security invoker set search_path = '' set intervalstyle = 'postgres'
as $$
  -- What a file says: what people decide, and which version they decided on; nothing that the product derives.
  select jsonb_strip_nulls(to_jsonb(p_rule) - array['id', 'sentence', 'reads', 'suspended_reason', 'created_by', 'created_at', 'updated_at', 'applies_when', 'condition', 'fix'])
    || (select coalesce(jsonb_object_agg(x.k, x.v), '{}') from (values ('applies_when', p_rule.applies_when), ('condition', p_rule.condition), ('fix', p_rule.fix)) x(k, v) where x.v is not null)
$$;

create function governance.export_rules(p_org_id text default null) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select coalesce(jsonb_agg(governance_private.export_row(r) order by r.entity_type, r.rule_key, r.org_id nulls first), '[]')
  from governance.data_quality_rules r
  where p_org_id is null or coalesce(r.org_id, '') = p_org_id
$$;
comment on function governance.export_rules(text) is
  'Every rule that you can see as its file says it: what people decide, and its version. p_org_id: only those of one organization; empty text: only those of all organizations.';

create function governance_private.is_interval(p_text text) returns boolean
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  return p_text::interval > interval '0';
exception when data_exception then
  return false;
end
$$;

create function governance_private.rule_shape_faults(p_rule jsonb) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- What is wrong with a file's fields one by one, before it could be compiled: as of any definition, and what else the table would refuse.
  with fields as (
    select e.k, e.v #>> '{}' as t, jsonb_typeof(e.v) as type from jsonb_each(p_rule) as e(k, v) where jsonb_typeof(e.v) <> 'null'
  ), faults as (
    select f.k, format('"%s" is what the product itself writes: it does not stand in a file', f.k) as message from fields f
    where f.k = any (array['id', 'sentence', 'reads', 'suspended_reason', 'created_by', 'created_at', 'updated_at'])
    union all
    select f.k, x.message from fields f join (values
      ('rule_key', '^(?!system-)[a-z][a-z0-9]*(-[a-z0-9]+)*$', 80, 'a rule_key is lower-case words with hyphens between, of at most 80 characters, that do not begin with "system-"'),
      ('message', '.', 500, 'a message has 1 to 500 characters'),
      ('default_owner', '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', 36, 'default_owner is the id of a user, a uuid')) as x(k, form, longest, message) using (k)
    where f.type = 'string' and (f.t <> '' or f.k = 'default_owner') and (f.t !~ x.form or length(f.t) > x.longest)
    union all
    select f.k, format('"%s" is no length of time, like "7 days"', f.t) from fields f where f.k = 'due_in' and f.type = 'string' and not governance_private.is_interval(f.t)
    union all
    select f.k, 'version is a whole number from 1' from fields f where f.k = 'version' and (f.type <> 'number' or f.t !~ '^[1-9][0-9]{0,8}$')
    union all
    select f.k, format('there is no organization "%s"', f.t) from fields f
    -- Which organizations there are is nobody else's to know.
    where f.k = 'org_id' and f.type = 'string' and governance_private.is_instance_admin() and not exists (select from governance.organizations o where o.org_id = f.t)
  )
  select governance_private.definition_faults(p_rule, null, true)
    || coalesce(jsonb_agg(jsonb_build_object('at', '/' || x.k, 'message', x.message) order by x.k), '[]') from faults x
$$;
comment on function governance_private.rule_shape_faults(jsonb) is 'What is wrong with the fields of a rule''s file by themselves: unknown, missing, of the wrong type or none of the values allowed.';

create function governance_private.rule_of_file(p_rule jsonb, p_saved governance.data_quality_rules) returns governance.data_quality_rules
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_rule governance.data_quality_rules;
begin
  -- A file is the whole rule: what it leaves out has its default, whatever the database has.
  v_rule := jsonb_populate_record(null::governance.data_quality_rules, p_rule);
  v_rule.id := coalesce(p_saved.id, gen_random_uuid());
  v_rule.version := coalesce(p_saved.version, 1);
  v_rule.kind := coalesce(v_rule.kind, 'condition');
  v_rule.severity := coalesce(v_rule.severity, 'medium');
  v_rule.enforcement := coalesce(v_rule.enforcement, 'issue');
  v_rule.timing := coalesce(v_rule.timing, case when v_rule.enforcement = 'block' then 'write' else 'async' end);
  v_rule.status := coalesce(v_rule.status, 'draft');
  v_rule.applies_when := nullif(v_rule.applies_when, 'null');
  v_rule.condition := nullif(v_rule.condition, 'null');
  v_rule.fix := nullif(v_rule.fix, 'null');
  return v_rule;
end
$$;

create function governance_private.save_fault(p_check text, p_old governance.data_quality_rules, p_new governance.data_quality_rules, p_compiled governance_private.compiled_rule) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_detail text;
begin
  -- What the trigger of a save would refuse, as a fault beside the others.
  case p_check
    when 'demotion' then perform governance_private.refuse_demotion(p_old, p_new);
    when 'promotion' then perform governance_private.check_promotion(p_old, p_new);
    when 'harsh' then perform governance_private.refuse_harsh_block(p_new, p_compiled);
  end case;
  return '[]';
exception when others then
  -- What raise_error says is a refusal; anything else is no answer.
  if sqlstate !~ '^PT' then
    raise;
  end if;
  get stacked diagnostics v_detail = pg_exception_detail;
  return jsonb_build_array(jsonb_build_object('message', sqlerrm, 'code', v_detail::jsonb ->> 'code', 'at', case
    when p_check = 'harsh' then '/condition' when p_old.status is distinct from p_new.status then '/status' when p_old.enforcement <> p_new.enforcement then '/enforcement' else '/severity' end));
end
$$;

create function governance_private.save_faults(p_old governance.data_quality_rules, p_new governance.data_quality_rules, p_compiled governance_private.compiled_rule, p_shared jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_stood_for governance.data_quality_rules := p_old;
  v_faults jsonb;
begin
  if p_old.id is null and p_new.org_id is not null then
    -- p_shared: the rule of all organizations that comes with it.
    select * into v_stood_for from governance.data_quality_rules r where r.rule_key = p_new.rule_key and r.org_id is null;
    if not found and p_shared is not null and governance_private.rule_shape_faults(p_shared) = '[]' then
      v_stood_for := governance_private.rule_of_file(p_shared, null);
    end if;
  end if;
  v_stood_for.org_id := p_new.org_id;
  v_faults := case when v_stood_for.id is null then '[]' else governance_private.save_fault('demotion', v_stood_for, p_new, p_compiled) end;
  if p_new.status = 'deprecated' then
    return v_faults;
  end if;
  if v_stood_for.id is not null then
    v_faults := v_faults || governance_private.save_fault('promotion', v_stood_for, p_new, p_compiled);
  end if;
  if governance_private.begins_to_bite(p_old, p_new) then
    v_faults := v_faults || governance_private.save_fault('harsh', p_old, p_new, p_compiled);
  end if;
  return v_faults;
end
$$;
comment on function governance_private.save_faults(governance.data_quality_rules, governance.data_quality_rules, governance_private.compiled_rule, jsonb) is
  'Everything for which saving a rule that compiles would be refused, without saving it.';

create function governance_private.may_change_rules(p_org_id text) returns boolean
language sql stable security invoker set search_path = ''
as $$
  select governance_private.is_instance_admin() or coalesce(p_org_id in (select governance_private.my_org_ids('admin')), false)
$$;
comment on function governance_private.may_change_rules(text) is 'Whether the caller may change the rules of an organization; null: those of all organizations.';

create function governance_private.place_faults(p_rule jsonb, p_saved governance.data_quality_rules, p_org_id text, p_is_forced boolean) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
begin
  -- Why a file may not stand for the rule that the database has in its place.
  if p_org_id is not null and coalesce(p_rule ->> 'org_id', '') <> p_org_id then
    return governance_private.fault('/org_id', 'the import is of other rules than this one: of ' || case p_org_id when '' then 'all organizations' else format('the organization "%s"', p_org_id) end);
  elsif not governance_private.may_change_rules(p_rule ->> 'org_id') then
    return jsonb_build_array(jsonb_build_object('at', '/org_id', 'code', 'not-allowed', 'message', case when p_rule ->> 'org_id' is null
      then 'only an instance administrator can change a rule of all organizations' else format('you are no admin of the organization "%s"', p_rule ->> 'org_id') end));
  elsif p_saved.id is null then
    return '[]';
  elsif p_saved.entity_type <> p_rule ->> 'entity_type' then
    return governance_private.fault('/entity_type', format('the rule is one on %s: make a new one and retire it', p_saved.entity_type));
  elsif p_saved.kind <> coalesce(p_rule ->> 'kind', 'condition') then
    return governance_private.fault('/kind', format('the rule is of kind %s: make a new one and retire it', p_saved.kind));
  elsif p_is_forced or p_rule ->> 'version' is null then
    return '[]';
  end if;
  -- Versions that imports made came from the files; what somebody has changed after the version of this one, it has not seen.
  return case when not exists (select from governance.data_quality_rule_versions v
    where v.rule_id = p_saved.id and v.version > (p_rule ->> 'version')::integer and not v.is_imported) then '[]' else jsonb_build_array(jsonb_build_object('at', '/version', 'code', 'stale', 'message',
    format('the rule was changed in the database meanwhile and is at version %s: export it again, or insist', p_saved.version))) end;
end
$$;

create function governance_private.plan_rule(p_n integer, p_rule jsonb, p_saved governance.data_quality_rules, p_shared jsonb, p_is_double boolean, p_org_id text, p_is_forced boolean) returns governance_private.planned_rule
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_plan governance_private.planned_rule;
  v_compiled governance_private.compiled_rule;
  v_bad text[];
begin
  v_plan.n := p_n;
  v_plan.outcome := 'refused';
  if jsonb_typeof(p_rule) <> 'object' then
    v_plan.faults := governance_private.fault('', 'a rule is an object');
    return v_plan;
  end if;
  v_plan.rule_key := p_rule ->> 'rule_key';
  v_plan.org_id := p_rule ->> 'org_id';
  v_plan.faults := governance_private.rule_shape_faults(p_rule) || case when p_is_double then governance_private.fault('/rule_key', 'another file has the same rule, or one of the same key on another entity') else '[]' end;
  v_bad := array(select substr(f ->> 'at', 2) from jsonb_array_elements(v_plan.faults) as f);
  -- What is wrong with one field does not keep the others from being looked at.
  if v_bad && array['rule_key', 'org_id', 'entity_type', 'kind', 'enforcement', 'timing'] then
    return v_plan;
  end if;
  v_plan.saved := p_saved;
  v_plan.wanted := governance_private.rule_of_file(p_rule - v_bad, p_saved);
  if v_bad = '{}' and p_saved.id is not null and governance_private.rule_definition(v_plan.wanted) = governance_private.rule_definition(p_saved) then
    v_plan.outcome := 'unchanged';
    return v_plan;
  end if;
  v_plan.faults := v_plan.faults || governance_private.place_faults(p_rule - v_bad, p_saved, p_org_id, p_is_forced);
  if (v_plan.wanted).status is distinct from 'deprecated' then
    v_compiled := governance_private.compile_rule(v_plan.wanted);
    v_plan.sentence := v_compiled.sentence;
    v_plan.faults := v_plan.faults || coalesce((select jsonb_agg(f) from jsonb_array_elements(v_compiled.faults) as f where split_part(f ->> 'at', '/', 2) <> all (v_bad)), '[]');
  end if;
  if v_plan.faults = '[]' then
    v_plan.faults := governance_private.save_faults(p_saved, v_plan.wanted, v_compiled, p_shared);
  end if;
  v_plan.outcome := case when v_plan.faults <> '[]' then 'refused' when p_saved.id is null then 'new' else 'changed' end;
  return v_plan;
end
$$;

create function governance_private.plan_import(p_rules jsonb, p_retire_missing boolean, p_org_id text, p_is_forced boolean) returns governance_private.planned_rule[]
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_plan governance_private.planned_rule[];
  v_missing governance_private.planned_rule[];
begin
  select array_agg(governance_private.plan_rule(f.n::integer - 1, f.rule, s, f.shared, f.doubles > 1 or f.first_entity <> f.last_entity, p_org_id, p_is_forced) order by f.n) into v_plan
  from (
    select x.rule, x.n, count(*) over (partition by x.rule ->> 'rule_key', x.rule ->> 'org_id') as doubles,
      min(x.rule ->> 'entity_type') over w as first_entity, max(x.rule ->> 'entity_type') over w as last_entity,
      (array_agg(x.rule) filter (where x.rule ->> 'org_id' is null) over w)[1] as shared
    from jsonb_array_elements(p_rules) with ordinality as x(rule, n) window w as (partition by x.rule ->> 'rule_key')) f
  left join governance.data_quality_rules s on s.rule_key = f.rule ->> 'rule_key' and s.org_id is not distinct from f.rule ->> 'org_id'
    -- Of another organization's rules nothing is told.
    and (governance_private.is_instance_admin() or s.org_id is null or s.org_id in (select governance_private.my_org_ids()));
  select array_agg((null, r.rule_key, r.org_id, 'missing', r, jsonb_populate_record(r, '{"status": "deprecated"}'), r.sentence,
      case when p_retire_missing then governance_private.save_faults(r, jsonb_populate_record(r, '{"status": "deprecated"}'), null, null) else '[]' end)::governance_private.planned_rule
    order by r.entity_type, r.rule_key, r.org_id nulls first) into v_missing
  from governance.data_quality_rules r
  where r.status <> 'deprecated' and governance_private.may_change_rules(r.org_id) and (p_org_id is null or coalesce(r.org_id, '') = p_org_id)
    and not exists (select from jsonb_array_elements(p_rules) as f where f ->> 'rule_key' = r.rule_key and f ->> 'org_id' is not distinct from r.org_id);
  return coalesce(v_plan, '{}') || coalesce(v_missing, '{}');
end
$$;
comment on function governance_private.plan_import(jsonb, boolean, text, boolean) is 'What taking in a set of rules would do to each rule, and everything that speaks against it.';

create function governance_private.write_import(p_plan governance_private.planned_rule[], p_retire_missing boolean) returns void
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_expected bigint := (select count(*) from unnest(p_plan) as p where p.outcome in ('new', 'changed') or (p.outcome = 'missing' and p_retire_missing));
  v_inserted bigint;
  v_updated bigint;
begin
  -- Two statements, so that each entity is compiled once for each, not once a rule.
  insert into governance.data_quality_rules (rule_key, org_id, entity_type, kind, dimension, severity, enforcement, timing, status, applies_when, condition, message, description, fix, due_in, default_owner)
  select w.rule_key, w.org_id, w.entity_type, w.kind, w.dimension, w.severity, w.enforcement, w.timing, w.status, w.applies_when, w.condition, w.message, w.description, w.fix, w.due_in, w.default_owner
  from unnest(p_plan) as p cross join lateral (select (p.wanted).*) w where p.outcome = 'new'
  on conflict do nothing;
  get diagnostics v_inserted = row_count;
  update governance.data_quality_rules r
  set dimension = w.dimension, severity = w.severity, enforcement = w.enforcement, timing = w.timing, status = w.status, applies_when = w.applies_when, condition = w.condition,
      message = w.message, description = w.description, fix = w.fix, due_in = w.due_in, default_owner = w.default_owner
  from unnest(p_plan) as p cross join lateral (select (p.wanted).*) w
  where (p.outcome = 'changed' or (p.outcome = 'missing' and p_retire_missing)) and r.id = w.id and r.version = w.version;
  get diagnostics v_updated = row_count;
  if v_inserted + v_updated <> v_expected then
    perform governance_private.raise_error('PT409', 'stale', 'A rule was changed by somebody else in this moment; nothing was imported.', p_hint => 'Import again.');
  end if;
end
$$;

create function governance_private.tell_plan(p_plan governance_private.planned_rule[], p_with_warnings boolean) returns jsonb
language plpgsql volatile security invoker set search_path = ''
as $$
declare
  v_until timestamptz := clock_timestamp() + interval '3 seconds';
begin
  -- A look at the records costs time; a call through the API has eight seconds.
  return coalesce((
    select jsonb_agg(jsonb_build_object('index', p.n, 'rule_key', p.rule_key, 'org_id', p.org_id, 'entity_type', coalesce((p.wanted).entity_type, (p.saved).entity_type), 'outcome', p.outcome,
      'version', (p.saved).version, 'sentence', p.sentence,
      'changes', case when p.outcome = 'changed' then to_jsonb(governance_private.describe_rule_changes(governance_private.rule_definition(p.saved), governance_private.rule_definition(p.wanted), (p.saved).sentence, coalesce(p.sentence, (p.saved).sentence))) else '[]' end,
      'patch', case when p.outcome = 'changed' then governance_private.diff_values(jsonb_strip_nulls(governance_private.export_row(p.saved)), jsonb_strip_nulls(governance_private.export_row(p.wanted)), '') else '[]' end,
      'warnings', case when not p_with_warnings or p.outcome not in ('new', 'changed') or (p.wanted).status = 'deprecated' then '[]'
        when clock_timestamp() > v_until then governance_private.warning('not-looked-at', false, 'There was no time left to try it on records.') else governance_private.rule_warnings(p.wanted) end)
      order by p.n, p.rule_key, p.org_id nulls first)
    from unnest(p_plan) as p), '[]');
end
$$;

create function governance_private.diff_values(p_before jsonb, p_after jsonb, p_at text) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  -- RFC 6902. Lists of another length are replaced as a whole: what moved in them nobody can tell.
  if p_before = p_after then
    return '[]';
  elsif jsonb_typeof(p_before) = 'object' and jsonb_typeof(p_after) = 'object' then
    return coalesce((
      select jsonb_agg(o order by k, i) from (
        select k, p_at || '/' || replace(replace(k, '~', '~0'), '/', '~1') as at from jsonb_object_keys(p_before || p_after) as k) x
      cross join lateral jsonb_array_elements(case when not p_before ? k then jsonb_build_array(jsonb_build_object('op', 'add', 'path', at, 'value', p_after -> k))
        when not p_after ? k then jsonb_build_array(jsonb_build_object('op', 'remove', 'path', at)) else governance_private.diff_values(p_before -> k, p_after -> k, at) end) with ordinality as y(o, i)), '[]');
  elsif jsonb_typeof(p_before) = 'array' and jsonb_typeof(p_after) = 'array' and jsonb_array_length(p_before) = jsonb_array_length(p_after) then
    return coalesce((
      select jsonb_agg(o order by n, i) from generate_series(0, jsonb_array_length(p_before) - 1) as n
      cross join lateral jsonb_array_elements(governance_private.diff_values(p_before -> n, p_after -> n, p_at || '/' || n)) with ordinality as y(o, i)), '[]');
  end if;
  return jsonb_build_array(jsonb_build_object('op', 'replace', 'path', p_at, 'value', p_after));
end
$$;
comment on function governance_private.diff_values(jsonb, jsonb, text) is 'The RFC 6902 patch that makes one value the other.';

create function governance_private.import_rules(p_rules jsonb, p_dry_run boolean, p_reason text, p_retire_missing boolean, p_org_id text, p_force boolean) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_plan governance_private.planned_rule[];
  v_faults jsonb;
  v_told jsonb;
begin
  -- Definer: compiles rules that are not saved yet; what the caller may change is checked rule by rule.
  perform governance_private.require_some_admin('import rules');
  if jsonb_typeof(p_rules) is distinct from 'array' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_rules is a list of rules.');
  end if;
  perform governance_private.begin_rule_change(coalesce(nullif(btrim(p_reason), ''), 'Imported from files.'), coalesce(btrim(p_reason), '') <> '');
  update governance_private.rule_change_notes n set is_import = true where n.transaction_id = pg_current_xact_id();
  v_plan := governance_private.plan_import(p_rules, coalesce(p_retire_missing, false), p_org_id, coalesce(p_force, false));
  select coalesce(jsonb_agg(jsonb_build_object('index', p.n, 'rule_key', p.rule_key, 'org_id', p.org_id, 'code', 'rule-invalid') || f order by p.n, p.rule_key), '[]') into v_faults
  from unnest(v_plan) as p cross join lateral jsonb_array_elements(p.faults) as f;
  if v_faults = '[]' and not p_dry_run then
    perform governance_private.write_import(v_plan, coalesce(p_retire_missing, false));
    if p_force then
      -- Who insists has seen what it was changed to.
      update governance.data_quality_rule_versions v set is_imported = true from unnest(v_plan) as p where p.outcome = 'changed' and v.rule_id = (p.saved).id and not v.is_imported;
    end if;
  elsif not p_dry_run then
    perform governance_private.raise_error('PT422', 'rule-invalid', format('Nothing was imported: %s of the rules have faults.', (select count(*) from unnest(v_plan) as p where p.faults <> '[]')),
      jsonb_build_object('faults', v_faults), 'Correct every fault that the details list and import again.');
  end if;
  v_told := governance_private.tell_plan(v_plan, p_dry_run and v_faults = '[]');
  perform governance_private.end_rule_change();
  return jsonb_build_object('is_saved', not p_dry_run, 'rules', v_told, 'faults', v_faults);
end
$$;

create function governance.import_rules(p_rules jsonb, p_dry_run boolean default true, p_reason text default null, p_retire_missing boolean default false, p_org_id text default null, p_force boolean default false)
returns jsonb
language sql volatile security invoker set search_path = ''
as $$
  select governance_private.import_rules(p_rules, coalesce(p_dry_run, true), p_reason, p_retire_missing, p_org_id, p_force)
$$;
comment on function governance.import_rules(jsonb, boolean, text, boolean, text, boolean) is
  'Takes in a set of rules as export_rules gives them, all or none, and says for each whether it is new, changed (in words and as a patch), unchanged or missing from the set, and every fault with its place. p_dry_run: only says so. p_reason: insists, as in save_rule. p_retire_missing: deprecates what the set does not have. p_org_id: only rules of one organization (empty text: of all). p_force: also over rules that were changed meanwhile. For admins.';
grant execute on function governance.export_rules(text), governance_private.export_row(governance.data_quality_rules), governance.import_rules(jsonb, boolean, text, boolean, text, boolean),
  governance_private.import_rules(jsonb, boolean, text, boolean, text, boolean) to authenticated, service_role;
