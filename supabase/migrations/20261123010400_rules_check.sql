-- What: a whole rule checked and compiled: conditions, message template, fix steps, legal pairs.
-- Why: saving refuses with every fault at once, and compiling an entity uses the very same function.
-- Breaks a running client: no.

create type governance_private.compiled_rule as (
  violates_sql text,         -- true where the record violates the rule; never null
  message_sql text,
  sentence text,
  paths text[],
  condition_paths text[],
  lookups jsonb,
  faults jsonb,
  moments jsonb,             -- moving moments: [[class, text], …]
  matches jsonb,             -- what compile_match says of to-many relations
  needs_typescript boolean,  -- violates_sql finds nothing: only evaluate can judge the rule
  key_sql text,              -- of a unique rule: the key of a record, null where it is not judged
  observed_paths text[],
  dangling_sql text          -- true where a reference that the rule follows cannot be read: could not evaluate
);

create function governance_private.normalizer_names() returns text[]
language sql immutable security invoker
return array['trim', 'collapse_whitespace', 'lower', 'upper', 'title_case_name', 'email', 'phone_e164', 'us_state_code',
  'country_code', 'postal_code', 'company_name', 'url', 'blank_to_null'];
comment on function governance_private.normalizer_names() is 'The normalizers of shared/normalize, by name.';

create function governance_private.message_paths(p_message text) returns text[]
language sql immutable security invoker
return coalesce((select array_agg(distinct m[1]) from regexp_matches(p_message, '\{([^{}]*)\}', 'g') as m), '{}');

create function governance_private.writer_may_see(p_entity_type text, p_path text) returns boolean
language sql stable security invoker set search_path = ''
as $$
  -- A guard runs as the owner and cannot ask row level security for the writer: of other records it shows a writer nothing.
  select governance_private.is_instance_admin() and not exists (
      select from governance_private.write_sources w where w.transaction_id = pg_current_xact_id_if_assigned())
    or position('.' in p_path) = 0 and coalesce((
      select has_column_privilege(governance_private.writer_role(), a.attrelid, a.attnum, 'select')
      from pg_catalog.pg_attribute a where a.attrelid = governance_private.entity_table(p_entity_type)::regclass and a.attname = p_path), false)
      and p_path <> all (governance_private.hidden_columns(p_entity_type))
$$;
comment on function governance_private.writer_may_see(text, text) is 'Whether the error of a refused write may show its writer the value of a field.';

create function governance_private.compile_message(p_entity_type text, p_message text, p_for_writer boolean default false) returns text
language plpgsql stable security invoker set search_path = ''
as $$
begin
  -- Pieces are concatenated, so that a value can never be read as a placeholder.
  return (
    select coalesce(string_agg(
      case when piece.n % 2 = 1 then quote_literal(piece.text)
        else format('case when %s%s then ''(blank)'' else %s end',
          case when p_for_writer then format('not governance_private.writer_may_see(%L, %L) then ''…'' when ', p_entity_type, piece.text) else '' end,
          governance_private.blank_sql(format('(%s)::text', f.projected_sql)), format('(%s)::text', f.projected_sql)) end,
      ' || ' order by piece.n), '''''')
    from unnest(regexp_split_to_array(regexp_replace(p_message, '\{([^{}]*)\}', E'\x01\\1\x01', 'g'), E'\x01')) with ordinality as piece(text, n)
    left join lateral governance_private.resolve_field(p_entity_type, case when piece.n % 2 = 0 then piece.text end) f on true);
end
$$;
comment on function governance_private.compile_message(text, text, boolean) is
  'SQL text: a rule''s message with the record''s values; p_for_writer: as the error of a write, with … for what its writer may not see.';

create function governance_private.check_set_value(p_literal text, p_class text, p_type_sql text) returns void
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' set datestyle = 'ISO, YMD'
as $$
declare
  v_is_kept boolean;
begin
  -- A column that rounds or cuts off what a fix sets would be set again for ever. Raises with what is wrong.
  begin
    execute format(case when p_class = 'number' then 'select (%1$s::text::%2$s)::text::numeric = %1$s' when p_class in ('text', 'enum') then 'select (%1$s::%2$s)::text = %1$s'
      else 'select %1$s::%2$s is not null' end, p_literal, p_type_sql) into v_is_kept;
  exception when others then
    raise exception '% does not take this value: %', p_type_sql, sqlerrm;
  end;
  if not v_is_kept then
    raise exception '% does not keep this value as it is', p_type_sql;
  end if;
end
$$;
comment on function governance_private.check_set_value(text, text, text) is 'Raises when a column of a type would not hold exactly what a fix sets.';

create function governance_private.base_type_sql(p_type_sql text) returns text
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_base text := p_type_sql;
  v_next text;
begin
  loop
    select format_type(t.typbasetype, t.typtypmod) into v_next from pg_catalog.pg_type t where t.oid = to_regtype(v_base) and t.typtype = 'd';
    if v_next is null then
      return v_base;
    end if;
    v_base := v_next;
  end loop;
end
$$;
comment on function governance_private.base_type_sql(text) is 'The type under a domain, with its length or precision.';

create function governance_private.keeps_values(p_from_sql text, p_to_sql text) returns boolean
language sql stable security invoker set search_path = ''
as $$
  -- Whether a column of the second type holds what one of the first has as it is, or refuses it; not rounded, not cut.
  with types as (
    select f.type as from_type, t.type as to_type,
      regexp_replace(f.type, '\(.*?\)', '') as from_base, regexp_replace(t.type, '\(.*?\)', '') as to_base,
      -- The last number in parentheses: scale, length or precision.
      (regexp_match(f.type, '(\d+)\)'))[1]::integer as from_size, (regexp_match(t.type, '(\d+)\)'))[1]::integer as to_size
    from (select governance_private.base_type_sql(p_from_sql) as type) f, (select governance_private.base_type_sql(p_to_sql) as type) t
  )
  select x.from_type = x.to_type or case x.to_base
    when 'numeric' then x.to_size is null or x.from_base in ('smallint', 'integer', 'bigint') or (x.from_base = 'numeric' and x.from_size <= x.to_size) is true
    when 'real' then x.from_base = 'smallint'
    when 'double precision' then x.from_base in ('smallint', 'integer', 'real')
    when 'character' then (x.from_base = 'character' and x.from_size <= x.to_size) is true
    when 'timestamp with time zone' then x.to_size is null or (x.from_size <= x.to_size) is true
    when 'timestamp without time zone' then x.to_size is null or (x.from_size <= x.to_size) is true
    else true end
  from types x
$$;
comment on function governance_private.keeps_values(text, text) is 'Whether a column of the second type would hold values of the first exactly, or refuse them.';

create function governance_private.check_fix_steps(p_entity_type text, p_fix jsonb, out paths text[], out lookups jsonb, out faults jsonb)
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_step jsonb;
  v_at text;
  v_field record;
  v_from record;
  v_keys text[];
begin
  paths := '{}';
  lookups := '[]';
  faults := '[]';
  if jsonb_typeof(p_fix) <> 'array' or p_fix = '[]' then
    faults := governance_private.fault('/fix', 'fix is a list of at least one step');
    return;
  end if;
  select e.key_columns into v_keys from governance.entities e where e.entity_type = p_entity_type;
  for v_step, v_at in select s, format('/fix/%s', n - 1) from jsonb_array_elements(p_fix) with ordinality as x(s, n) loop
    if not (coalesce(v_step ->> 'step', '') in ('normalize', 'map', 'set', 'copy', 'nearest')) then
      faults := faults || governance_private.fault(v_at || '/step', format('"%s" is not a fix step', v_step ->> 'step'));
      continue;
    end if;
    select * into v_field from governance_private.resolve_field(p_entity_type, v_step ->> 'field');
    if not found or not v_field.is_own then
      faults := faults || governance_private.fault(v_at || '/field', format('"%s" is not a column of %s', v_step ->> 'field', p_entity_type));
      continue;
    elsif v_field.is_generated or v_step ->> 'field' = any (v_keys) then
      faults := faults || governance_private.fault(v_at || '/field', format('%s is generated or a key: a fix cannot write it', v_step ->> 'field'));
      continue;
    end if;
    paths := paths || (v_step ->> 'field');
    if v_step ->> 'step' in ('normalize', 'map', 'nearest') and v_field.class <> 'text' then
      faults := faults || governance_private.fault(v_at || '/field', format('"%s" works on text, and %s is of class %s', v_step ->> 'step', v_step ->> 'field', v_field.class));
    end if;
    case v_step ->> 'step'
      when 'normalize' then
        if coalesce(v_step ->> 'using', '') <> all (governance_private.normalizer_names()) then
          faults := faults || governance_private.fault(v_at || '/using', format('"%s" is not a normalizer', v_step ->> 'using'));
        end if;
      when 'map' then
        if governance_private.reference_fault(v_step ->> 'using') is null then
          lookups := lookups || jsonb_build_array(jsonb_build_array(v_step ->> 'field', v_step ->> 'using'));
        elsif coalesce(v_step ->> 'using', '') not in ('us_state_code', 'country_code') then
          faults := faults || governance_private.fault(v_at || '/using', format('"%s" is not a mapping', v_step ->> 'using'));
        end if;
      when 'nearest' then
        if governance_private.reference_fault(v_step ->> 'in') is null then
          lookups := lookups || jsonb_build_array(jsonb_build_array(v_step ->> 'field', v_step ->> 'in'));
        else
          faults := faults || governance_private.fault(v_at || '/in', governance_private.reference_fault(v_step ->> 'in'));
        end if;
      when 'copy' then
        select * into v_from from governance_private.resolve_field(p_entity_type, v_step ->> 'from');
        if not found then
          faults := faults || governance_private.fault(v_at || '/from', governance_private.no_field(p_entity_type, v_step ->> 'from'));
        elsif v_from.class <> v_field.class or v_field.class = 'other' then
          faults := faults || governance_private.fault(v_at || '/from', format('%s is of class %s and %s of class %s', v_step ->> 'from', v_from.class, v_step ->> 'field', v_field.class));
        elsif not governance_private.keeps_values(v_from.type_sql, v_field.type_sql) then
          faults := faults || governance_private.fault(v_at || '/from', format('%s (%s) would not keep every value of %s (%s) as it is: it rounds or cuts',
            v_step ->> 'field', governance_private.base_type_sql(v_field.type_sql), v_step ->> 'from', governance_private.base_type_sql(v_from.type_sql)));
        else
          paths := paths || (v_step ->> 'from');
        end if;
      when 'set' then
        if v_step -> 'value' is distinct from 'null' then
          begin
            perform governance_private.check_set_value(governance_private.compile_literal(v_step -> 'value', v_field.class, v_field.type_sql), v_field.class, v_field.type_sql);
          exception when others then
            faults := faults || governance_private.fault(v_at || '/value', sqlerrm);
          end;
        end if;
    end case;
  end loop;
end
$$;
comment on function governance_private.check_fix_steps(text, jsonb) is 'The fields and reference sets that fix steps read, and everything that is wrong with them.';

create function governance_private.write_faults(p_timing text, p_compiled governance_private.compiled) returns jsonb
language sql immutable security invoker set search_path = ''
as $$
  -- What cannot be judged in the transaction of a write.
  select case when p_timing <> 'write' then '[]' else coalesce(jsonb_agg(f.fault), '[]') end
  from (
    select jsonb_build_object('at', m ->> 'at', 'message', format(
      'a rule of the write cannot count %s: a record is written before those that point at it', m ->> 'relation')) as fault
    from jsonb_array_elements(p_compiled.matches) as m
    union all
    select jsonb_build_object('at', '/condition', 'message', '"isPhone" takes a parser that a write does not have: the rule is to be async')
    where p_compiled.needs_typescript
  ) f
$$;
comment on function governance_private.write_faults(text, governance_private.compiled) is 'Why a condition cannot be judged in the write.';

create function governance_private.check_timing(p_rule governance.data_quality_rules) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  select case
    when p_rule.timing = any (case p_rule.enforcement when 'block' then '{write}' else '{write,async,schedule}' end::text[])
      then '[]'
    else governance_private.fault('/timing', format(
      'a rule that is to %s cannot have the timing "%s": block goes with write, issue and fix with write, async and schedule',
      p_rule.enforcement, p_rule.timing)) end
$$;

create function governance_private.check_kind(p_rule governance.data_quality_rules, p_applies governance_private.compiled) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- What goes with the kind, beyond its parameters.
  select coalesce(jsonb_agg(x.fault), '[]') from (
    select governance_private.fault('/enforcement', format('a %s rule cannot fix: it blocks or opens issues', p_rule.kind)) -> 0 as fault
    where p_rule.kind <> 'condition' and p_rule.enforcement = 'fix'
    union all
    select governance_private.fault('/timing', 'a unique rule that opens issues does so after the write: use async or schedule') -> 0
    where p_rule.kind = 'unique' and p_rule.enforcement = 'issue' and p_rule.timing = 'write'
    union all
    select governance_private.fault('/fix', 'a unique rule suggests no fix') -> 0 where p_rule.kind = 'unique' and p_rule.fix is not null
    union all
    -- Keys are kept when the record itself is written, in SQL: neither time nor another record may change them.
    select governance_private.fault('/applies_when', 'a unique rule chooses its records by their own columns, without reference sets, moving moments, matches or "isPhone"') -> 0
    where p_rule.kind = 'unique' and (p_applies.lookups <> '[]' or p_applies.moments <> '[]' or p_applies.matches <> '[]' or p_applies.needs_typescript
      or exists (select from unnest(p_applies.paths) as p where position('.' in p) > 0))
  ) x
$$;

create function governance_private.foreign_sets(p_org_id text, p_lookups jsonb) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- Another organization's values would show in suggestions.
  select coalesce(jsonb_agg(distinct jsonb_build_object('at', '/condition', 'message', format('the reference set "%s" belongs to another organization', s.set_key))), '[]')
  from jsonb_array_elements(p_lookups) as l join governance.reference_sets s on s.set_key = l ->> 1
  where s.org_id is not null and s.org_id is distinct from p_org_id
$$;

create function governance_private.compile_rule(p_rule governance.data_quality_rules) returns governance_private.compiled_rule
language plpgsql stable security invoker set search_path = ''
as $$
declare
  v_out governance_private.compiled_rule;
  v_applies governance_private.compiled;
  v_condition governance_private.compiled;
  v_both governance_private.compiled;
  v_fix record;
  v_path text;
  v_dangling text;
  v_messages text[];
begin
  v_out.paths := '{}';
  v_out.condition_paths := '{}';
  v_out.lookups := '[]';
  v_out.faults := '[]';
  if not exists (select from governance.entities e where e.entity_type = p_rule.entity_type) then
    v_out.faults := governance_private.fault('/entity_type', format('"%s" is not a registered entity', p_rule.entity_type));
    return v_out;
  end if;
  if exists (select from governance.data_quality_rules d where d.rule_key = p_rule.rule_key and d.entity_type <> p_rule.entity_type) then
    v_out.faults := v_out.faults || governance_private.fault('/rule_key', format('"%s" is already the key of a rule on another entity', p_rule.rule_key));
  end if;
  v_out.faults := v_out.faults || governance_private.check_timing(p_rule);
  if p_rule.condition is null and p_rule.enforcement <> 'fix' then
    v_out.faults := v_out.faults || governance_private.fault('/condition', 'a rule needs a condition that must hold');
  end if;
  if p_rule.fix is null and p_rule.enforcement = 'fix' then
    v_out.faults := v_out.faults || governance_private.fault('/fix', 'a fix rule needs at least one fix step');
  end if;

  if p_rule.applies_when is not null then
    v_applies := governance_private.compile_group(p_rule.entity_type, p_rule.applies_when, '/applies_when');
  end if;
  if p_rule.condition is not null then
    v_condition := governance_private.compile_condition(p_rule.entity_type, p_rule.kind, p_rule.condition);
  end if;
  v_both := governance_private.join_compiled(v_applies, v_condition);
  v_out.faults := v_out.faults || v_both.faults || governance_private.write_faults(p_rule.timing, v_both);
  if p_rule.fix is not null then
    select * into v_fix from governance_private.check_fix_steps(p_rule.entity_type, p_rule.fix);
    v_out.faults := v_out.faults || v_fix.faults;
    v_out.paths := v_fix.paths;
    v_out.lookups := v_fix.lookups;
  end if;
  v_out.faults := v_out.faults || governance_private.check_kind(p_rule, v_applies)
    || governance_private.foreign_sets(p_rule.org_id, v_out.lookups || v_both.lookups);
  if p_rule.message ~ E'[\\x01-\\x08\\x0b-\\x1f]' then
    v_out.faults := v_out.faults || governance_private.fault('/message', 'a message holds no control characters');
  end if;
  v_messages := array_remove(governance_private.message_paths(p_rule.message), case when p_rule.kind = 'unique' then 'group_size' end);
  foreach v_path in array v_messages loop
    if not exists (select from governance_private.resolve_field(p_rule.entity_type, v_path)) then
      v_out.faults := v_out.faults || governance_private.fault('/message', format('{%s} is not a field of %s', v_path, p_rule.entity_type));
    end if;
  end loop;
  if v_out.faults <> '[]' then
    return v_out;
  end if;

  if p_rule.enforcement = 'fix' and p_rule.timing = 'write' then
    v_out.faults := governance_private.check_write_fix(p_rule, v_out.paths || coalesce(v_applies.paths, '{}') || coalesce(v_condition.paths, '{}'));
    if v_out.faults <> '[]' then
      return v_out;
    end if;
  end if;

  select coalesce(array_agg(distinct p order by p), '{}') into v_out.condition_paths
  from unnest(v_both.paths) as p;
  select coalesce(array_agg(distinct p order by p), '{}') into v_out.paths
  from unnest(v_out.paths || v_out.condition_paths || v_messages) as p;
  v_out.lookups := v_out.lookups || v_both.lookups;
  v_out.moments := v_both.moments;
  v_out.matches := v_both.matches;
  v_out.needs_typescript := v_both.needs_typescript;
  select string_agg(d.sql, ' or ') into v_dangling
  from (
    select governance_private.path_dangling(p_rule.entity_type, x.prefix) as sql from governance_private.path_prefixes(v_out.condition_paths) x
    -- A reference rule judges exactly whether its record can be read.
    where p_rule.kind <> 'reference' or x.prefix <> p_rule.condition ->> 'relation'
    union all
    select m ->> 'unreadable_sql' from jsonb_array_elements(v_both.matches) as m
  ) d;
  v_out.dangling_sql := coalesce('(' || v_dangling || ')', 'false');
  -- A reference whose record cannot be read: could not evaluate, so no violation.
  v_out.violates_sql := format('(%s%s%s)',
    case when v_applies.sql is null then '' else format('%s is true and ', v_applies.sql) end,
    case when p_rule.kind = 'unique' then 'false' else coalesce(v_condition.sql || ' is false', 'false') end,
    coalesce(' and not (' || v_dangling || ')', ''));
  if p_rule.kind = 'unique' then
    v_out.key_sql := format('case when %s is true then %s end', coalesce(v_applies.sql, 'true'), v_condition.sql);
  end if;
  -- Each path once, in the order in which the condition names it, as the evaluator has it.
  select coalesce(array_agg(x.p order by x.n), '{}') into v_out.observed_paths
  from (select p, min(n) as n from unnest(v_condition.paths) with ordinality as y(p, n) group by 1) x;
  v_out.message_sql := governance_private.compile_message(p_rule.entity_type, p_rule.message);
  v_out.sentence := governance_private.rule_sentence(p_rule, v_applies.sentence, v_condition.sentence);
  return v_out;
end
$$;
comment on function governance_private.compile_rule(governance.data_quality_rules) is 'A rule compiled, or all its faults.';
