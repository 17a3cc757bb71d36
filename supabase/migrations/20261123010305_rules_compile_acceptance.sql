-- What: for patterns of simple shapes, a test that is true only where the pattern matches and costs a third of it.
-- Why: nearly every value matches, and a regular expression is the dearest thing that a rule asks of one.
-- Breaks a running client: no.

create function governance_private.ascii_matching(p_pattern text, p_matches boolean) returns text[]
language sql immutable security invoker
-- The ASCII characters that a pattern of one character matches, or does not.
return array(select chr(i) from generate_series(1, 127) as i where (chr(i) ~ (select governance_private.compile_pattern('^' || p_pattern || '$'))) = p_matches);

create function governance_private.class_acceptance(p_operand text, p_pattern text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_parts text[] := regexp_match(p_pattern, '^\^(\[(?!\^)(?:[^]\\]|\\[^DWS])+\]|\\[dw])(?:(\+)|\{(\d+)(,)?(\d+)?\})[$]$');
begin
  -- ^[0-9]{5}$: characters of one class and nothing else, none of them longer than a byte.
  if v_parts is null then
    return null;
  end if;
  return format('(octet_length(%1$s) %2$s and ltrim(%1$s, %3$L) = '''')', p_operand,
    case
      when v_parts[2] is not null then '> 0'
      when v_parts[4] is null then '= ' || v_parts[3]
      else format('between %s and %s', v_parts[3], coalesce(v_parts[5], '2147483647')) end,
    array_to_string(governance_private.ascii_matching(v_parts[1], true), ''));
end
$$;

create function governance_private.sequence_acceptance(p_operand text, p_pattern text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_inner text := substr(p_pattern, 2, greatest(length(p_pattern) - 2, 0));
  v_token text[];
  v_read text := '';
  v_like text := '';
  v_literals text := '';
  v_excluded text[] := '{}';
  v_classes integer := 0;
  v_bounds text[];
  v_most integer;
begin
  -- ^[^@ ]+@[^@ ]{1,64}[.][^@ ]+$: literals and runs of all but some characters. A text that is "like" the sequence can be cut at its
  -- literals; where each excluded character stands no more often than the literals need it, none is left for the runs. No run is longer
  -- than the text.
  if p_pattern !~ '^\^.*[^\\][$]$' then
    return null;
  end if;
  for v_token in
    select m from regexp_matches(v_inner, '(?:(\[\^(?:[^]\\]|\\.)+\]|\\S)([+*]|\{\d+(?:,\d*)?\}))|\[([^]\\^[])\]|\\([^A-Za-z0-9])|([^]\\.^$|()[{}?*+])', 'g') as m
  loop
    if v_token[1] is not null then
      v_read := v_read || v_token[1] || v_token[2];
      v_bounds := case v_token[2] when '+' then array['1', ',', null] when '*' then array['0', ',', null] else regexp_match(v_token[2], '(\d+)(,)?(\d+)?') end;
      v_like := v_like || repeat('_', v_bounds[1]::integer) || case when v_bounds[2] is null then '' else '%' end;
      v_most := least(v_most, v_bounds[3]::integer);
      v_excluded := v_excluded || governance_private.ascii_matching(v_token[1], false);
      v_classes := v_classes + 1;
    else
      v_read := v_read || coalesce('[' || v_token[3] || ']', '\' || v_token[4], v_token[5]);
      v_like := v_like || regexp_replace(coalesce(v_token[3], v_token[4], v_token[5]), '([\\%_])', '\\\1');
      v_literals := v_literals || coalesce(v_token[3], v_token[4], v_token[5]);
    end if;
  end loop;
  v_excluded := array(select distinct e from unnest(v_excluded) as e order by e);
  -- What could not be read as one of these, and what would be as dear as the pattern, stays a pattern.
  if v_read <> v_inner or v_classes not between 1 and 3 or cardinality(v_excluded) > 8 or length(v_like) > 100 or v_most < 40 then
    return null;
  end if;
  return format('(%s like %L', p_operand, v_like) || coalesce(' and length(' || p_operand || ') <= ' || v_most, '') || (
    select string_agg(case
        when x.uses = 0 then format(' and strpos(%s, %L) = 0', p_operand, x.e)
        else format(' and %s not like %L', p_operand, repeat('%' || regexp_replace(x.e, '([\\%_])', '\\\1'), x.uses + 1) || '%') end, '' order by x.e)
    from (select e, length(v_literals) - length(replace(v_literals, e, '')) as uses from unnest(v_excluded) as e) x) || ')';
end
$$;

create function governance_private.acceptance_sql(p_operand text, p_pattern text) returns text
language sql immutable security invoker
-- Of ASCII alone: what a class leaves out is known, and every other character is in it.
return case when p_pattern ~ '^[\x01-\x7f]{1,100}$' then
  coalesce(governance_private.class_acceptance(p_operand, p_pattern), governance_private.sequence_acceptance(p_operand, p_pattern)) end;
comment on function governance_private.acceptance_sql(text, text) is
  'SQL text: true only where a pattern of the rule language matches, null where the operand is; itself null for patterns of other shapes.';
