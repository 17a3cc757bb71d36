-- What: values and columns of rules as SQL text.
-- Why: one place where what an admin wrote becomes SQL; Postgres and JavaScript must read it alike.
-- Breaks a running client: no.

create function governance_private.compile_literal(p_value jsonb, p_class text, p_type_sql text) returns text
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_text text := p_value #>> '{}';
begin
  -- The one place where a value of a rule becomes SQL.
  if jsonb_typeof(p_value) = 'null' then
    raise exception 'a value is missing';
  elsif p_class = 'number' then
    if jsonb_typeof(p_value) not in ('number', 'string') or v_text !~ '^-?[0-9]{1,200}(\.[0-9]{1,200})?$' then
      raise exception '"%" is not a number in plain digits', v_text;
    end if;
    if jsonb_typeof(p_value) = 'number' and length(regexp_replace(ltrim(translate(v_text, '-.', ''), '0'), '^0+', '')) > 15 then
      raise exception 'the number % has more than 15 digits: write it as a string', v_text;
    end if;
    return quote_literal(v_text) || '::numeric';
  elsif p_class = 'boolean' then
    if jsonb_typeof(p_value) <> 'boolean' then raise exception '"%" is not true or false', v_text; end if;
    return v_text;
  elsif jsonb_typeof(p_value) <> 'string' then
    raise exception '% is not a text in quotes', p_value;
  elsif p_class = 'text' then
    return quote_literal(v_text) || '::text collate "C"';
  elsif p_class = 'uuid' then
    begin
      return quote_literal(v_text::uuid) || '::uuid';
    exception when invalid_text_representation then raise exception '"%" is not a uuid', v_text;
    end;
  elsif p_class = 'enum' then
    begin
      execute format('select %L::%s', v_text, p_type_sql);
    exception when others then raise exception '"%" is not a value of %', v_text, p_type_sql;
    end;
    return quote_literal(v_text) || '::text collate "C"';
  elsif p_class = 'date' then
    if v_text !~ '^\d{4}-\d{2}-\d{2}$' then raise exception '"%" is not a date like 2026-11-23', v_text; end if;
    begin
      return quote_literal(v_text::date) || '::date';
    exception when others then raise exception '"%" is not a date of the calendar', v_text;
    end;
  elsif p_class = 'instant' then
    -- Postgres would also take 24:00:00 and second 60, and make them the next day and minute.
    if v_text !~ '^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-5]):[0-5]\d)$' then
      raise exception '"%" is not a moment like 2026-11-23T10:00:00Z', v_text;
    end if;
    begin
      if v_text::timestamptz < '0001-01-01' then raise exception 'before year 1'; end if;
      return quote_literal(v_text::timestamptz) || '::timestamptz';
    exception when others then raise exception '"%" is not a moment of the calendar', v_text;
    end;
  end if;
  raise exception 'a column of this type can only be tested for being there';
end
$$;
comment on function governance_private.compile_literal(jsonb, text, text) is 'SQL text of a value of a class. Raises with what is wrong with it.';

create function governance_private.operand_sql(p_column_sql text, p_class text, p_base_type text) returns text
language sql immutable security invoker
return case
  when p_class in ('text', 'enum') then format('(%s::text collate "C")', p_column_sql)
  when p_class = 'number' and p_base_type in ('float4', 'float8') then format('(%s::text::numeric)', p_column_sql)
  when p_class = 'number' then format('(%s::numeric)', p_column_sql)
  when p_class = 'instant' and p_base_type = 'timestamp' then format('(%s at time zone ''UTC'')', p_column_sql)
  when p_class = 'other' and p_base_type in ('json', 'jsonb') then format('(nullif(%s_typeof(%s), ''null''))', p_base_type, p_column_sql)
  else p_column_sql end;

create function governance_private.blank_sql(p_operand text) returns text
language sql immutable security invoker
-- The 25 characters that String.prototype.trim removes. Trimming takes twenty times as long as seeing that the first one is printable ASCII.
return format($f$(%1$s is null or (ascii(%1$s) not between 33 and 126 and btrim(%1$s, U&'\0009\000A\000B\000C\000D\0020\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF') = ''))$f$, p_operand);

create function governance_private.compile_operand(
  p_entity_type text, p_rule jsonb, p_item jsonb, p_at text, p_class text, p_type_sql text,
  out sql text, out shown text, out path text, out moment jsonb, out fault jsonb
)
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_other record;
  v_source text := coalesce(p_rule ->> 'valueSource', 'value');
begin
  -- One right side: a value, another field, or a moving moment.
  if v_source = 'field' then
    select * into v_other from governance_private.resolve_field(p_entity_type, p_item #>> '{}');
    if not found then
      fault := governance_private.fault(p_at || '/value', governance_private.no_field(p_entity_type, p_item #>> '{}'));
    elsif v_other.class <> p_class or (p_class = 'enum' and v_other.type_sql <> p_type_sql) then
      fault := governance_private.fault(p_at || '/value',
        format('%s is of class %s and %s of class %s: they cannot be compared', p_rule ->> 'field', p_class, p_item #>> '{}', v_other.class));
    else
      sql := governance_private.operand_sql(v_other.column_sql, v_other.class, v_other.base_type);
      shown := 'the ' || governance_private.field_label(p_item #>> '{}');
      path := p_item #>> '{}';
    end if;
  elsif v_source <> 'value' then
    fault := governance_private.fault(p_at || '/valueSource', format('"%s" is not a source of values', v_source));
  elsif p_rule ->> 'operator' ~ '^(contains|beginsWith|endsWith|doesNot)' and p_item = '""' then
    fault := governance_private.fault(p_at || '/value', 'the text to look for is empty');
  else
    begin
      if governance_private.is_moment(p_item, p_class) then
        sql := governance_private.organization_moment_sql(p_item #>> '{}', p_class, governance_private.org_expression(p_entity_type, 'r'));
        shown := governance_private.moment_label(governance_private.parse_moment(p_item #>> '{}', p_class));
        moment := jsonb_build_array(jsonb_build_array(p_class, p_item #>> '{}'));
      else
        sql := governance_private.compile_literal(p_item, p_class, p_type_sql);
        shown := governance_private.value_label(p_item, p_class);
      end if;
    exception when others then
      fault := governance_private.fault(p_at || '/value', sqlerrm);
    end;
  end if;
end
$$;

create function governance_private.reversed_bounds_fault(p_items jsonb, p_values text[], p_shown text[], p_class text, p_at text) returns jsonb
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_moments integer := (select count(*) from jsonb_array_elements(p_items) i where governance_private.is_moment(i, p_class));
  v_reversed boolean := false;
begin
  if v_moments = 0 then
    execute format('select %s > %s', p_values[1], p_values[2]) into v_reversed;
  elsif v_moments = 2 then
    v_reversed := governance_private.are_moments_reversed(p_items ->> 0, p_items ->> 1, p_class);
  end if;
  return case when v_reversed then governance_private.fault(p_at || '/value', format('the bounds are reversed: %s is after %s', p_shown[1], p_shown[2]))
    else '[]' end;
end
$$;
