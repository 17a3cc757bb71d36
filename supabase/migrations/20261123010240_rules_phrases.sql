-- What: the words of rules: fields, values, operators, moments and fix steps in plain English.
-- Why: whoever answers for the data reads what a rule does, and reads no JSON.
-- Breaks a running client: no.

create function governance_private.join_words(p_words text[], p_last text) returns text
language sql immutable security invoker
return case when cardinality(p_words) < 2 then p_words[1]
  else array_to_string(p_words[:cardinality(p_words) - 1], ', ') || ' ' || p_last || ' ' || p_words[cardinality(p_words)] end;
comment on function governance_private.join_words(text[], text) is 'a, b or c';

create function governance_private.set_label(p_set_key text) returns text
language sql immutable security invoker
return 'the list of ' || replace(regexp_replace(regexp_replace(p_set_key, '(^|_)us_', '\1US_', 'g'), '(^|_)zip_', '\1ZIP_', 'g'), '_', ' ');

create function governance_private.entity_label(p_entity_type text) returns text
language sql immutable security invoker
return replace(p_entity_type, '_', ' ');

create function governance_private.entity_plural(p_entity_type text) returns text
language sql immutable security invoker
return case when p_entity_type ~ '[^aeiou]y$' then regexp_replace(replace(p_entity_type, '_', ' '), 'y$', 'ies')
  when p_entity_type ~ '(s|x|ch|sh)$' then replace(p_entity_type, '_', ' ') || 'es' else replace(p_entity_type, '_', ' ') || 's' end;

create function governance_private.with_article(p_noun text) returns text
language sql immutable security invoker
return case when p_noun ~* '^[aeiou]' then 'an ' else 'a ' end || p_noun;

create function governance_private.value_label(p_value jsonb, p_class text) returns text
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_text text := p_value #>> '{}';
begin
  return case
    when p_class = 'number' and v_text ~ '^-?\d{5,}(\.\d+)?$' then
      -- Years stay as they are; from five digits on thousands are set apart.
      reverse(regexp_replace(reverse(split_part(v_text, '.', 1)), '(\d{3})(?=\d)', '\1,', 'g')) || coalesce('.' || nullif(split_part(v_text, '.', 2), ''), '')
    when p_class in ('number', 'boolean') then v_text
    when p_class = 'date' then to_char(v_text::date, 'FMDD FMMonth YYYY')
    when p_class = 'instant' then to_char(v_text::timestamptz at time zone 'UTC', 'FMDD FMMonth YYYY, HH24:MI "UTC"')
    when v_text ~ '^[[:alpha:]][[:alnum:] _-]{0,39}$' and v_text !~* '\m(and|or|is|not|empty)\M' then replace(v_text, '_', ' ')
    else '"' || v_text || '"' end;
end
$$;
comment on function governance_private.value_label(jsonb, text) is 'A value of a rule as people write it.';

create function governance_private.span_label(p_moment governance_private.moment) returns text
language sql immutable security invoker set search_path = ''
as $$
  select governance_private.join_words(array_agg(format('%s %s%s', abs(x.amount), x.unit, case when abs(x.amount) = 1 then '' else 's' end) order by x.n), 'and')
  from (values
    (1, extract(year from p_moment.calendar), 'year'), (2, extract(month from p_moment.calendar), 'month'), (3, extract(day from p_moment.calendar), 'day'),
    (4, trunc(extract(epoch from p_moment.clock) / 3600), 'hour'), (5, extract(minute from p_moment.clock), 'minute'),
    (6, trunc(extract(second from p_moment.clock)), 'second')) as x(n, amount, unit)
  where x.amount <> 0
$$;
comment on function governance_private.span_label(governance_private.moment) is '1 year and 2 months; null for no time at all.';

create function governance_private.moment_label(p_moment governance_private.moment) returns text
language sql immutable security invoker set search_path = ''
as $$
  select case
    when governance_private.span_label(p_moment) is null then p_moment.base
    when p_moment.calendar < interval '0' or p_moment.clock < interval '0' then governance_private.span_label(p_moment) || ' ago'
    else governance_private.span_label(p_moment) || ' from ' || p_moment.base end
$$;

create function governance_private.moment_predicate(p_operator text, p_moment governance_private.moment) returns text
language sql immutable security invoker set search_path = ''
as $$
  select case
    when p_operator not in ('<', '<=', '>', '>=') then null
    when governance_private.span_label(p_moment) is null then ('{"<": "is before %s", "<=": "is %s or earlier", ">": "is after %s", ">=": "is %s or later"}'::jsonb ->> p_operator)
    when p_moment.calendar < interval '0' or p_moment.clock < interval '0'
      then ('{"<": "is more than %s", "<=": "is at least %s", ">": "is less than %s", ">=": "is at most %s"}'::jsonb ->> p_operator)
    else ('{"<": "is less than %s", "<=": "is at most %s", ">": "is more than %s", ">=": "is at least %s"}'::jsonb ->> p_operator) end
$$;
comment on function governance_private.moment_predicate(text, governance_private.moment) is 'An order against a moving moment in words, with %s for the moment: is more than 30 days ago.';

create function governance_private.operator_phrase(p_operator text, p_class text default 'text') returns text
language sql immutable security invoker
return coalesce(
  case p_class
    when 'date' then '{"<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"}'::jsonb ->> p_operator
    when 'instant' then '{"<": "is before", "<=": "is at or before", ">": "is after", ">=": "is at or after"}'::jsonb ->> p_operator end,
  '{"=": "is", "!=": "is not", "<": "is less than", "<=": "is at most", ">": "is more than", ">=": "is at least",
    "between": "is between", "notBetween": "is not between", "in": "is", "notIn": "is neither", "null": "is empty", "notNull": "is filled in",
    "isFilled": "is filled in", "isBlank": "is empty", "contains": "contains", "doesNotContain": "does not contain",
    "beginsWith": "begins with", "doesNotBeginWith": "does not begin with", "endsWith": "ends with", "doesNotEndWith": "does not end with",
    "matches": "looks like", "doesNotMatch": "does not look like", "inReference": "is in the list", "agreesWith": "agrees with",
    "isEmail": "is an e-mail address", "isUrl": "is a web address", "isPostalCode": "is a postal code", "isPhone": "is a phone number"}'::jsonb ->> p_operator);
comment on function governance_private.operator_phrase(text, text) is 'An operator in words; null for one that does not exist.';

create function governance_private.comparison_predicate(p_operator text, p_class text, p_shown text[]) returns text
language sql immutable security invoker
return case
  when p_operator in ('in', 'notIn') and p_shown = '{}' then case when p_operator = 'in' then 'is one of nothing' else 'is anything' end
  when p_operator = 'notIn' and cardinality(p_shown) = 1 then 'is not ' || p_shown[1]
  when p_operator = 'notIn' then 'is neither ' || governance_private.join_words(p_shown, 'nor')
  when p_operator = 'in' then 'is ' || governance_private.join_words(p_shown, 'or')
  else governance_private.operator_phrase(p_operator, p_class) || ' ' || governance_private.join_words(p_shown, 'and') end;

create function governance_private.combine_sentences(p_subjects text[], p_predicates text[], p_sentences text[], p_combinator text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_out text[] := '{}';
  v_subjects text[] := '{}';
  v_said text;  -- whom the last clause speaks of, when of one alone
  v_count integer := cardinality(p_sentences);
begin
  -- Neighbours that say the same of several fields are one clause: first name, last name or phone is filled in.
  for i in 1..v_count loop
    if p_predicates[i] is not null and i < v_count and p_predicates[i + 1] is not distinct from p_predicates[i]
      and (p_combinator = 'or' or p_predicates[i] ~ '^is ') then
      v_subjects := v_subjects || case when v_subjects = '{}' then p_subjects[i] else regexp_replace(p_subjects[i], '^the ', '') end;
    elsif v_subjects <> '{}' then
      v_out := v_out || (governance_private.join_words(v_subjects || regexp_replace(p_subjects[i], '^the ', ''), p_combinator) || ' '
        || case p_combinator when 'or' then p_predicates[i] else regexp_replace(p_predicates[i], '^is ', 'are ') end);
      v_subjects := '{}';
      v_said := null;
    elsif p_subjects[i] = v_said and p_predicates[i] is not null then
      v_out := v_out || p_predicates[i];
    else
      v_out := v_out || p_sentences[i];
      v_said := case when p_predicates[i] is not null then p_subjects[i] end;
    end if;
  end loop;
  return array_to_string(v_out, format(' %s ', p_combinator));
end
$$;
comment on function governance_private.combine_sentences(text[], text[], text[], text) is 'The clauses of a group as one, without saying twice what neighbours share.';

create function governance_private.step_phrase(p_step jsonb, p_many boolean) returns text
language sql immutable security invoker
-- What a fix step does to %s, one field or several.
return case p_step ->> 'step'
  when 'normalize' then replace(replace(replace(replace('{"trim": "blanks around %s are removed", "collapse_whitespace": "needless blanks in %s are removed",
      "lower": "%s [is] written in small letters", "upper": "%s [is] written in capital letters",
      "title_case_name": "%s [gets] capitals where a name has them", "email": "%s [is] written as e-mail addresses usually are",
      "phone_e164": "%s [is] written in international form", "us_state_code": "%s [becomes] the state''s two letters",
      "country_code": "%s [becomes] the country''s two letters", "postal_code": "%s [is] written as the country''s post writes it",
      "company_name": "%s [is] written as company names usually are", "url": "%s [is] written as a full web address",
      "blank_to_null": "%s [is] emptied when nothing but blanks is in it"}'::jsonb ->> (p_step ->> 'using'),
    '[is]', case when p_many then 'are' else 'is' end), '[gets]', case when p_many then 'get' else 'gets' end),
    '[becomes]', case when p_many then 'become' else 'becomes' end), ' in it', case when p_many then ' in them' else ' in it' end)
  when 'map' then format('%%s %s the usual value in %s', case when p_many then 'become' else 'becomes' end, replace(governance_private.set_label(p_step ->> 'using'), '%', '%%'))
  when 'set' then case when coalesce(p_step ->> 'value', '') = '' then format('%%s %s emptied', case when p_many then 'are' else 'is' end)
    else format('%%s %s set to "%s"', case when p_many then 'are' else 'is' end, replace(p_step ->> 'value', '%', '%%')) end
  when 'copy' then format('%%s %s copied from the %s', case when p_many then 'are' else 'is' end, replace(governance_private.field_label(p_step ->> 'from'), '%', '%%'))
  else format('%%s %s the nearest value in %s', case when p_many then 'become' else 'becomes' end, replace(governance_private.set_label(p_step ->> 'in'), '%', '%%')) end;

create function governance_private.steps_phrase(p_steps jsonb) returns text
language sql immutable security invoker set search_path = ''
as $$
  -- Steps that do the same to several fields are one clause.
  with steps as (
    select s - 'field' as what, array_agg(governance_private.field_label(s ->> 'field') order by n) as fields, min(n) as place
    from jsonb_array_elements(p_steps) with ordinality as x(s, n) group by 1
  )
  select string_agg(case
    when jsonb_typeof(what -> 'value') = 'boolean' and fields[1] ~ '^is ' and cardinality(fields) = 1
      then format('it is marked as %s%s', case what ->> 'value' when 'false' then 'not ' else '' end, regexp_replace(fields[1], '^is ', ''))
    else format(governance_private.step_phrase(what, cardinality(fields) > 1), 'the ' || governance_private.join_words(fields, 'and')) end, '; ' order by place)
  from steps
$$;
comment on function governance_private.steps_phrase(jsonb) is 'Fix steps in words; null for none.';

create function governance_private.rule_sentence(p_rule governance.data_quality_rules, p_applies text, p_condition text) returns text
language sql stable security invoker set search_path = ''
as $$
  select upper(left(s.text, 1)) || substr(s.text, 2) || '.'
  from (select governance_private.with_article(governance_private.entity_label(p_rule.entity_type)) as subject,
               coalesce('when ' || p_applies || ', ', '') as applies, case when p_rule.fix is not null then governance_private.steps_phrase(p_rule.fix) end as steps) w
  cross join lateral (select case
    when p_rule.kind = 'unique' then format('%sno two %s have the same %s; %s', w.applies, governance_private.entity_plural(p_rule.entity_type), p_condition,
      case p_rule.enforcement when 'block' then 'a second one cannot be saved' else 'an issue is opened for each of them' end)
    when p_rule.enforcement = 'block' then format('%s%s cannot be saved unless %s', w.applies, w.subject, p_condition)
    when p_rule.enforcement = 'issue' then format('%san issue is opened for %s unless %s%s', w.applies, w.subject, p_condition, coalesce('; suggested: ' || w.steps, ''))
    else format('%s%s is corrected%s: %s', w.applies, w.subject, coalesce(' unless ' || p_condition, ''), w.steps) end as text) s
$$;
comment on function governance_private.rule_sentence(governance.data_quality_rules, text, text) is 'A rule in plain English.';
