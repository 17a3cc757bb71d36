-- What: patterns of rules with typed parameters, and drafting an ordinary rule from one.
-- Why: whoever writes a rule fills in a form; the language itself stays where it is.
-- Breaks a running client: no.

create table governance.rule_patterns (
  pattern text primary key check (pattern ~ '^[a-z][a-z_]{0,39}$'),
  position integer not null unique,
  title text not null,
  description text not null,
  dimension text not null check (dimension in ('completeness', 'validity', 'consistency', 'uniqueness', 'timeliness', 'accuracy', 'integrity')),
  kind text not null default 'condition' check (kind in ('condition', 'unique', 'reference')),
  parameters jsonb not null check (jsonb_typeof(parameters) = 'array'),
  condition jsonb not null,
  applies_when jsonb,
  message text not null,
  example jsonb not null
);
comment on table governance.rule_patterns is 'Rules as forms: each pattern takes typed parameters and becomes an ordinary rule, by governance.draft_rule.';
comment on column governance.rule_patterns.parameters is
  'List of {"name", "type", "label", "required", "classes", "least"}. Types: field, fields, value, values, whole, text, choice (of "choices"), set, relation, group.';
comment on column governance.rule_patterns.condition is
  'A template: {"$": name} is a parameter, {"$each": name, "do": …} a list over one, {"$pairs": …} over each two, {"$if": name, "then": …} stands only where it was given; %name% in texts.';
comment on column governance.rule_patterns.example is 'What draft_rule can be called with: {"entity_type", "parameters"}.';
alter table governance.rule_patterns enable row level security;
create policy "Everybody signed in sees the patterns" on governance.rule_patterns for select to authenticated using (true);
grant select on governance.rule_patterns to authenticated, service_role;

create function governance_private.fill_text(p_text text, p_parameters jsonb) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_text text;
begin
  -- Taken apart by the names of the template alone, so that no value can be read as another placeholder.
  select string_agg(case when n % 2 = 1 then part
      when part like 'label:%' then coalesce((select string_agg(governance_private.field_label(f), ', ' order by o) from jsonb_array_elements_text(
        case when jsonb_typeof(p_parameters -> substr(part, 7)) = 'array' then p_parameters -> substr(part, 7) else jsonb_build_array(p_parameters -> substr(part, 7)) end) with ordinality as x(f, o)), '')
      else coalesce(case when jsonb_typeof(p_parameters -> part) = 'array'
        then (select string_agg(f, ', ' order by o) from jsonb_array_elements_text(p_parameters -> part) with ordinality as x(f, o))
        else p_parameters ->> part end, '') end, '' order by n)
  into v_text
  from regexp_split_to_table(p_text, '%') with ordinality as x(part, n);
  return v_text;
end
$$;
comment on function governance_private.fill_text(text, jsonb) is 'A text of a pattern with its parameters: %name% the value, %label:name% a field in words.';

create function governance_private.fill_template(p_template jsonb, p_parameters jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_items jsonb;
begin
  if p_template is null then
    return null;
  elsif jsonb_typeof(p_template) = 'string' then
    return to_jsonb(governance_private.fill_text(p_template #>> '{}', p_parameters));
  elsif jsonb_typeof(p_template) = 'array' then
    select coalesce(jsonb_agg(i.item order by e.n, i.m) filter (where i.item is not null), '[]') into v_items
    from jsonb_array_elements(p_template) with ordinality as e(node, n)
    cross join lateral (
      -- A list within a list is spread: the nodes of an $each stand beside the others.
      select x.item, x.m from (select governance_private.fill_template(e.node, p_parameters) as filled) f
      cross join lateral (
        select l.item, l.m from jsonb_array_elements(case when e.node ?| array['$each', '$pairs'] then f.filled else '[]' end) with ordinality as l(item, m)
        union all select f.filled, 1 where not e.node ?| array['$each', '$pairs']) x) i;
    return v_items;
  elsif jsonb_typeof(p_template) <> 'object' then
    return p_template;
  elsif p_template ? '$' then
    return p_parameters -> (p_template ->> '$');
  elsif p_template ? '$if' then
    return case when p_parameters ? (p_template ->> '$if') then governance_private.fill_template(p_template -> 'then', p_parameters) end;
  elsif p_template ? '$each' then
    return (select coalesce(jsonb_agg(governance_private.fill_template(p_template -> 'do', p_parameters || jsonb_build_object('it', v)) order by n), '[]')
            from jsonb_array_elements(p_parameters -> (p_template ->> '$each')) with ordinality as x(v, n));
  elsif p_template ? '$pairs' then
    return (select coalesce(jsonb_agg(governance_private.fill_template(p_template -> 'do', p_parameters || jsonb_build_object('it', a.v, 'other', b.v)) order by a.n, b.n), '[]')
            from jsonb_array_elements(p_parameters -> (p_template ->> '$pairs')) with ordinality as a(v, n)
            join jsonb_array_elements(p_parameters -> (p_template ->> '$pairs')) with ordinality as b(v, n) on b.n > a.n);
  end if;
  return (select coalesce(jsonb_object_agg(k, f.filled) filter (where f.filled is not null), '{}')
          from jsonb_each(p_template) as e(k, v) cross join lateral (select governance_private.fill_template(e.v, p_parameters) as filled) f);
end
$$;
comment on function governance_private.fill_template(jsonb, jsonb) is 'A condition of a pattern with its parameters put in.';

create function governance_private.parameter_fault(p_entity_type text, p_parameter jsonb, p_value jsonb) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_type text := p_parameter ->> 'type';
  v_list jsonb := case when jsonb_typeof(p_value) = 'array' then p_value else jsonb_build_array(p_value) end;
  v_bad text;
begin
  -- What is wrong with the value of one parameter; null when nothing is.
  if v_type in ('fields', 'values') and (jsonb_typeof(p_value) <> 'array' or jsonb_array_length(p_value) < coalesce((p_parameter ->> 'least')::integer, 1)) then
    return format('takes a list of at least %s', coalesce(p_parameter ->> 'least', '1'));
  elsif v_type in ('field', 'fields') then
    select string_agg(case when f.class is null then format('%s is not a field of %s', x, p_entity_type)
                           else format('%s is a %s', x, f.class) end, '; ') into v_bad
    from jsonb_array_elements(v_list) as x
    left join lateral governance_private.resolve_field(p_entity_type, x #>> '{}') f on jsonb_typeof(x) = 'string'
    where f.class is null or not coalesce(p_parameter -> 'classes' ? f.class, true);
    return v_bad || case when v_bad like '% is a %' and v_bad not like '%is not a field%'
      then format(', and this takes %s', (select string_agg(c, ' or ') from jsonb_array_elements_text(p_parameter -> 'classes') c)) else '' end;
  elsif v_type = 'whole' and (jsonb_typeof(p_value) <> 'number' or p_value::text !~ '^\d{1,6}$') then
    return 'takes a whole number of at least 0';
  elsif v_type = 'text' and (jsonb_typeof(p_value) <> 'string' or p_value #>> '{}' = '') then
    return 'takes a text';
  elsif v_type = 'choice' and not coalesce(p_parameter -> 'choices' @> p_value, false) then
    return format('is one of %s', (select string_agg(c, ', ') from jsonb_array_elements_text(p_parameter -> 'choices') c));
  elsif v_type = 'set' and not exists (select from governance.reference_sets s where to_jsonb(s.set_key) = p_value) then
    return format('%s is not a reference set', p_value);
  elsif v_type = 'relation' and not exists (
    select from governance.relations r where r.entity_type = p_entity_type and r.kind = 'to_one' and to_jsonb(r.relation) = p_value) then
    return format('%s is not a to-one relation of %s', p_value, p_entity_type);
  elsif v_type = 'group' and coalesce(jsonb_typeof(p_value -> 'rules'), '') <> 'array' then
    return 'takes a query builder group';
  end if;
  return null;
end
$$;

create function governance.draft_rule(p_pattern text, p_entity_type text, p_parameters jsonb) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
begin
  return governance_private.draft_rule(p_pattern, p_entity_type, p_parameters);
end
$$;
comment on function governance.draft_rule(text, text, jsonb) is
  'An ordinary rule from a pattern, with its sentence: a draft to look at, change, backtest and save. Saves nothing. Names every parameter that does not fit.';

create function governance_private.draft_rule(p_pattern text, p_entity_type text, p_parameters jsonb) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_pattern governance.rule_patterns;
  v_given jsonb := jsonb_strip_nulls(coalesce(p_parameters, '{}'));
  v_faults jsonb;
  v_draft jsonb;
  v_compiled governance_private.compiled_rule;
begin
  -- Definer: the compiler reads the catalog; nothing of any record is read.
  select * into v_pattern from governance.rule_patterns p where p.pattern = p_pattern;
  if not found then
    perform governance_private.raise_error('PT404', 'not-found', format('There is no pattern "%s".', p_pattern));
  elsif not exists (select from governance.entities e where e.entity_type = p_entity_type) then
    perform governance_private.raise_error('PT404', 'not-found', format('"%s" is not a registered entity.', p_entity_type));
  elsif jsonb_typeof(v_given) <> 'object' then
    perform governance_private.raise_error('PT422', 'invalid-value', 'p_parameters is an object of parameters by name.');
  end if;
  select coalesce(jsonb_agg(jsonb_build_object('at', '/' || x.name, 'message', x.fault) order by x.name), '[]') into v_faults from (
    select p ->> 'name' as name, 'is needed' as fault from jsonb_array_elements(v_pattern.parameters) as p
    where coalesce((p ->> 'required')::boolean, true) and not v_given ? (p ->> 'name')
    union all
    select p ->> 'name', governance_private.parameter_fault(p_entity_type, p, v_given -> (p ->> 'name'))
    from jsonb_array_elements(v_pattern.parameters) as p where v_given ? (p ->> 'name')
    union all
    select k, format('is no parameter of "%s"', p_pattern) from jsonb_object_keys(v_given) as k
    where k not in (select p ->> 'name' from jsonb_array_elements(v_pattern.parameters) as p)) x
  where x.fault is not null;
  if v_faults = '[]' then
    v_given := v_given || governance_private.derived_parameters(p_entity_type, v_given);
    v_draft := jsonb_build_object('rule_key', left(regexp_replace(lower(concat_ws('-', p_entity_type, coalesce(v_given ->> 'field', v_given ->> 'relation', v_given #>> '{fields,0}'),
        p_pattern)), '[^a-z0-9]+', '-', 'g'), 80),
      'entity_type', p_entity_type, 'kind', v_pattern.kind, 'dimension', v_pattern.dimension, 'severity', 'medium', 'enforcement', 'issue', 'timing', 'async', 'status', 'draft',
      'applies_when', coalesce(governance_private.fill_template(v_pattern.applies_when, v_given), 'null'),
      'condition', governance_private.fill_template(v_pattern.condition, v_given), 'message', governance_private.fill_text(v_pattern.message, v_given), 'version', 1);
    v_compiled := governance_private.compile_rule(jsonb_populate_record(null::governance.data_quality_rules, jsonb_strip_nulls(v_draft)));
    v_faults := v_compiled.faults;
  end if;
  if v_faults <> '[]' then
    perform governance_private.raise_error('PT422', 'rule-invalid', format('The pattern "%s" cannot be filled in so: %s.', p_pattern,
      (select string_agg(concat_ws(' ', nullif(ltrim(f ->> 'at', '/'), ''), f ->> 'message'), '; ') from jsonb_array_elements(v_faults) as f)),
      jsonb_build_object('pattern', p_pattern, 'faults', v_faults), 'Correct every parameter named.');
  end if;
  return v_draft - 'version' || jsonb_build_object('sentence', v_compiled.sentence);
end
$$;

create function governance_private.derived_parameters(p_entity_type text, p_parameters jsonb) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- A date is not in the future until today, an instant until now; clocks may differ by a minute.
  select jsonb_build_object('latest', case when (select f.class from governance_private.resolve_field(p_entity_type, p_parameters ->> 'field') f) = 'date' then 'today' else 'now+PT1M' end)
$$;

grant execute on function governance.draft_rule(text, text, jsonb), governance_private.draft_rule(text, text, jsonb) to authenticated, service_role;

insert into governance.rule_patterns (position, pattern, title, description, dimension, kind, parameters, applies_when, condition, message, example) values
(1, 'required', 'Required', 'A field must be filled.', 'completeness', 'condition',
 '[{"name": "field", "type": "field", "label": "Field"}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": "isFilled"}]}',
 'The %label:field% is missing.', '{"entity_type": "account", "parameters": {"field": "name"}}'),
(2, 'required_when', 'Required when', 'A field must be filled on the records that a condition picks.', 'completeness', 'condition',
 '[{"name": "field", "type": "field", "label": "Field"}, {"name": "when", "type": "group", "label": "When"}]', '{"$": "when"}',
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": "isFilled"}]}',
 'The %label:field% is missing.',
 '{"entity_type": "deal", "parameters": {"field": "amount", "when": {"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "won"}]}}}'),
(3, 'one_of_several', 'One of several', 'At least one of several fields must be filled.', 'completeness', 'condition',
 '[{"name": "fields", "type": "fields", "label": "Fields", "least": 2}]', null,
 '{"combinator": "or", "rules": [{"$each": "fields", "do": {"field": {"$": "it"}, "operator": "isFilled"}}]}',
 'One of these is needed: %label:fields%.', '{"entity_type": "lead", "parameters": {"fields": ["email", "phone"]}}'),
(4, 'format', 'Format', 'A text looks like an e-mail address, a web address, a postal code or a phone number.', 'validity', 'condition',
 '[{"name": "field", "type": "field", "label": "Field", "classes": ["text"]}, {"name": "format", "type": "choice", "label": "Format", "choices": ["isEmail", "isUrl", "isPostalCode", "isPhone"]}]', null,
 '{"combinator": "or", "rules": [{"field": {"$": "field"}, "operator": "isBlank"}, {"field": {"$": "field"}, "operator": {"$": "format"}}]}',
 'The %label:field% "{%field%}" does not look right.', '{"entity_type": "contact", "parameters": {"field": "email", "format": "isEmail"}}'),
(5, 'allowed_values', 'Allowed values', 'A field has one of a list of values.', 'validity', 'condition',
 '[{"name": "field", "type": "field", "label": "Field"}, {"name": "values", "type": "values", "label": "Values"}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": "in", "value": {"$": "values"}}]}',
 'The %label:field% "{%field%}" is not one of: %values%.', '{"entity_type": "lead", "parameters": {"field": "status", "values": ["new", "working", "qualified", "lost"]}}'),
(6, 'range', 'Range', 'A number or a date lies within bounds; one of the two may be left out.', 'validity', 'condition',
 '[{"name": "field", "type": "field", "label": "Field", "classes": ["number", "date", "instant"]}, {"name": "least", "type": "value", "label": "At least", "required": false}, {"name": "most", "type": "value", "label": "At most", "required": false}]', null,
 '{"combinator": "and", "rules": [{"$if": "least", "then": {"field": {"$": "field"}, "operator": ">=", "value": {"$": "least"}}}, {"$if": "most", "then": {"field": {"$": "field"}, "operator": "<=", "value": {"$": "most"}}}]}',
 'The %label:field% {%field%} is out of range.', '{"entity_type": "deal", "parameters": {"field": "amount", "least": "0", "most": "1000000"}}'),
(7, 'length', 'Length', 'A text has so many characters.', 'validity', 'condition',
 '[{"name": "field", "type": "field", "label": "Field", "classes": ["text"]}, {"name": "least", "type": "whole", "label": "At least"}, {"name": "most", "type": "whole", "label": "At most"}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": "matches", "value": "^.{%least%,%most%}$", "label": "a text of %least% to %most% characters"}]}',
 'The %label:field% should have %least% to %most% characters.', '{"entity_type": "product", "parameters": {"field": "sku", "least": 4, "most": 20}}'),
(8, 'compare_fields', 'Compare two fields', 'Two fields stand in a relation to each other.', 'consistency', 'condition',
 '[{"name": "field", "type": "field", "label": "Field"}, {"name": "operator", "type": "choice", "label": "Is", "choices": ["=", "!=", "<", "<=", ">", ">="]}, {"name": "other", "type": "field", "label": "Other field"}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": {"$": "operator"}, "value": {"$": "other"}, "valueSource": "field"}]}',
 'The %label:field% {%field%} and the %label:other% {%other%} do not fit.', '{"entity_type": "eligibility_file", "parameters": {"field": "received_count", "operator": "<=", "other": "expected_count"}}'),
(9, 'date_order', 'Date order', 'One date does not lie before another.', 'consistency', 'condition',
 '[{"name": "first", "type": "field", "label": "First", "classes": ["date", "instant"]}, {"name": "field", "type": "field", "label": "Then", "classes": ["date", "instant"]}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": ">=", "value": {"$": "first"}, "valueSource": "field"}]}',
 'The %label:field% {%field%} lies before the %label:first% {%first%}.', '{"entity_type": "deal", "parameters": {"first": "opened_on", "field": "closed_on"}}'),
(10, 'no_future', 'Not in the future', 'A date or a moment does not lie in the future.', 'accuracy', 'condition',
 '[{"name": "field", "type": "field", "label": "Field", "classes": ["date", "instant"]}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": "<=", "value": {"$": "latest"}}]}',
 'The %label:field% {%field%} lies in the future.', '{"entity_type": "member", "parameters": {"field": "birth_date"}}'),
(11, 'unique', 'Unique', 'No two records have the same value.', 'uniqueness', 'unique',
 '[{"name": "field", "type": "field", "label": "Field"}, {"name": "normalizer", "type": "choice", "label": "Compared as", "choices": ["trim", "collapse_whitespace", "lower", "upper", "email", "postal_code", "us_state_code", "country_code"], "required": false}]', null,
 '{"fields": [{"field": {"$": "field"}, "normalizer": {"$": "normalizer"}}]}',
 '{group_size} records have the %label:field% {%field%}.', '{"entity_type": "lead", "parameters": {"field": "email", "normalizer": "email"}}'),
(12, 'unique_together', 'Unique together', 'No two records have the same values in several fields.', 'uniqueness', 'unique',
 '[{"name": "fields", "type": "fields", "label": "Fields", "least": 2}]', null,
 '{"fields": [{"$each": "fields", "do": {"field": {"$": "it"}}}]}',
 '{group_size} records have the same %label:fields%.', '{"entity_type": "contact", "parameters": {"fields": ["first_name", "last_name", "account_name"]}}'),
(13, 'exists_in_related', 'Exists in related', 'The record pointed to exists, and perhaps satisfies a condition.', 'integrity', 'reference',
 '[{"name": "relation", "type": "relation", "label": "Relation"}, {"name": "condition", "type": "group", "label": "And", "required": false}]', null,
 '{"relation": {"$": "relation"}, "condition": {"$": "condition"}}',
 'The %relation% of this record is not what it should be.', '{"entity_type": "deal", "parameters": {"relation": "account", "condition": {"combinator": "and", "rules": [{"field": "name", "operator": "isFilled"}]}}}'),
(14, 'matches_lookup', 'Matches a lookup', 'A value stands in a reference set.', 'validity', 'condition',
 '[{"name": "field", "type": "field", "label": "Field", "classes": ["text"]}, {"name": "set", "type": "set", "label": "Reference set"}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": "inReference", "value": {"$": "set"}}]}',
 'The %label:field% "{%field%}" is not known.', '{"entity_type": "account", "parameters": {"field": "industry", "set": "industries"}}'),
(15, 'stale_since', 'Stale since', 'A date or a moment is not older than so many days.', 'timeliness', 'condition',
 '[{"name": "field", "type": "field", "label": "Field", "classes": ["date", "instant"]}, {"name": "days", "type": "whole", "label": "Days"}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": ">=", "value": "today-P%days%D"}]}',
 'Nothing has happened since {%field%}.', '{"entity_type": "deal", "parameters": {"field": "updated_at", "days": 60}}'),
(16, 'mutually_exclusive', 'Mutually exclusive', 'At most one of several fields is filled.', 'consistency', 'condition',
 '[{"name": "fields", "type": "fields", "label": "Fields", "least": 2}]', null,
 '{"combinator": "and", "rules": [{"$pairs": "fields", "do": {"combinator": "or", "rules": [{"field": {"$": "it"}, "operator": "isBlank"}, {"field": {"$": "other"}, "operator": "isBlank"}]}}]}',
 'Only one of these may be filled: %label:fields%.', '{"entity_type": "invoice", "parameters": {"fields": ["member_id", "account_id"]}}'),
(17, 'at_least_related', 'Has related records', 'At least so many related records satisfy a condition.', 'completeness', 'condition',
 '[{"name": "relation", "type": "text", "label": "To-many relation"}, {"name": "least", "type": "whole", "label": "At least"}, {"name": "condition", "type": "group", "label": "That"}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "relation"}, "operator": "=", "match": {"mode": "atLeast", "threshold": {"$": "least"}}, "value": {"$": "condition"}}]}',
 'Fewer than %least% of the %relation% are as they should be.', '{"entity_type": "deal", "parameters": {"relation": "tasks", "least": 1, "condition": {"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "open"}]}}}'),
(18, 'agrees_with', 'Agrees with', 'Two fields agree with each other as a mapping says.', 'consistency', 'condition',
 '[{"name": "field", "type": "field", "label": "Field", "classes": ["text"]}, {"name": "other", "type": "field", "label": "Other field", "classes": ["text"]}, {"name": "set", "type": "set", "label": "Mapping"}]', null,
 '{"combinator": "and", "rules": [{"field": {"$": "field"}, "operator": "agreesWith", "value": {"field": {"$": "other"}, "mapping": {"$": "set"}}}]}',
 'The %label:field% "{%field%}" and the %label:other% "{%other%}" disagree.', '{"entity_type": "lead", "parameters": {"field": "postal_code", "other": "state", "set": "us_zip_states"}}');
