-- What: comparisons with the format operators, checked and compiled.
-- Why: which pattern and whose country is decided when the rule is saved.
-- Breaks a running client: no.

create function governance_private.compile_format(p_entity_type text, p_rule jsonb, p_at text, p_operand text) returns governance_private.compiled
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled := governance_private.nothing_compiled();
  v_operator text := p_rule ->> 'operator';
  v_value text := nullif(p_rule ->> 'value', '');
  v_region text := 'null::text';
  v_other record;
  v_org text := governance_private.org_expression(p_entity_type, 'r');
begin
  if v_operator in ('isEmail', 'isUrl') then
    if v_value is not null then
      v_out.faults := governance_private.fault(p_at || '/value', format('"%s" takes no value', v_operator));
    end if;
    v_out.sql := case v_operator
      when 'isEmail' then format('(%1$s ~ %2$L and length(%1$s) <= 254 and strpos(%1$s, ''@'') <= 65)', p_operand,
        governance_private.compile_pattern(governance_private.email_pattern()))
      else format('(%s ~ %L)', p_operand, governance_private.compile_pattern(governance_private.url_pattern())) end;
    v_out.predicate := case v_operator when 'isEmail' then 'is an e-mail address' else 'is a web address' end;
    return v_out;
  end if;
  v_out.predicate := case v_operator when 'isPhone' then 'is a valid phone number' else 'is a postal code' end;

  -- The region: a country's code, a field that names the country, or the organization's.
  if p_rule ->> 'valueSource' = 'field' then
    select * into v_other from governance_private.resolve_field(p_entity_type, v_value);
    if not found then
      v_out.faults := governance_private.fault(p_at || '/value', governance_private.no_field(p_entity_type, v_value));
    elsif v_other.class <> 'text' then
      v_out.faults := governance_private.fault(p_at || '/value', format('%s is of class %s: the field with the country is text', v_value, v_other.class));
    else
      v_region := governance_private.operand_sql(v_other.column_sql, v_other.class, v_other.base_type);
      v_out.paths := array[v_value];
      v_out.predicate := format('%s of its %s', v_out.predicate, governance_private.field_label(v_value));
    end if;
  elsif v_value is not null and (v_value !~ '^[A-Z]{2}$' or jsonb_typeof(p_rule -> 'value') <> 'string') then
    v_out.faults := governance_private.fault(p_at || '/value', format('"%s" is not the code of a country, such as US', v_value));
  elsif v_value is not null and not exists (
    select from governance_private.normalizer_names n where n.normalizer = 'country_code' and n.code = v_value) then
    v_out.faults := governance_private.fault(p_at || '/value', format('there is no country with the code %s', v_value));
  elsif v_value is not null and v_operator = 'isPostalCode' and not governance_private.postal_patterns() ? v_value then
    v_out.faults := governance_private.fault(p_at || '/value', format('what a postal code of %s looks like is not known', v_value));
  elsif v_value is not null then
    v_region := quote_literal(v_value);
    v_out.predicate := format('%s of the country %s', v_out.predicate, v_value);
  end if;
  if v_operator = 'isPhone' then
    -- Judged by TypeScript alone; here it says nothing.
    v_out.sql := 'null::boolean';
    v_out.needs_typescript := true;
  elsif v_region ~ '^''[A-Z]{2}''$' then
    v_out.sql := format('(%s ~ %L)', p_operand, governance_private.compile_pattern(governance_private.postal_patterns() ->> v_value));
  else
    -- Unknown where the form of the country's codes is not known.
    v_out.sql := format('(%s ~ (''***:'' || (governance_private.postal_patterns() ->> governance_private.postal_region(%s, (select o.default_country from governance.organizations o where o.org_id = %s)))))',
      p_operand, v_region, v_org);
  end if;
  return v_out;
end
$$;
comment on function governance_private.compile_format(text, jsonb, text, text) is 'A comparison with isEmail, isUrl, isPostalCode or isPhone: SQL, words, what it reads, or every fault.';
