-- What: the small pattern grammar of the rule language, translated to Postgres's regular expressions.
-- Why: a pattern must mean the same in SQL and in TypeScript; what could differ is refused.
-- Breaks a running client: no.

create function governance_private.compile_pattern(p_pattern text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
declare
  v_classes constant jsonb := '{"d": "[0-9]", "D": "[^0-9]", "w": "[A-Za-z0-9_]", "W": "[^A-Za-z0-9_]", "s": "[ \\t\\n\\r\\f\\v]", "S": "[^ \\t\\n\\r\\f\\v]"}';
  v_inner constant jsonb := '{"d": "0-9", "w": "A-Za-z0-9_", "s": " \\t\\n\\r\\f\\v"}';
  v_meta constant text := '\.^$|()[]{}?*+-/';
  v_length integer := length(p_pattern);
  v_at integer := 1;
  v_char text;
  v_out text := '';
  v_sizes numeric[] := array[0];      -- nodes so far, one entry per open group
  v_branch_filled boolean[] := array[false];
  v_last numeric := 0;                -- size of the atom that a quantifier would repeat; 0: none
  v_times numeric;
  v_bound text[];
  v_from integer;
  v_previous text;
begin
  if p_pattern = '' then
    raise exception 'the pattern is empty';
  end if;
  while v_at <= v_length loop
    v_char := substr(p_pattern, v_at, 1);
    case
      when v_char = '\' then
        v_char := substr(p_pattern, v_at + 1, 1);
        v_out := v_out || case
          when v_classes ? v_char then v_classes ->> v_char
          when v_char <> '' and strpos(v_meta, v_char) > 0 then '\' || v_char
          when v_char in ('n', 't', 'r') then '\' || v_char
          else governance_private.refuse_pattern(format('"\%s" is not part of the pattern grammar', v_char)) end;
        v_at := v_at + 2;
        v_last := 1;
      when v_char = '[' then
        v_from := v_at;
        v_at := v_at + 1;
        v_out := v_out || '[';
        if substr(p_pattern, v_at, 1) = '^' then
          v_out := v_out || '^';
          v_at := v_at + 1;
        end if;
        v_previous := null;
        loop
          v_char := substr(p_pattern, v_at, 1);
          if v_char = '' then
            raise exception 'the class "%" is not closed', substr(p_pattern, v_from);
          elsif v_char = ']' then
            if v_previous is null then raise exception 'a class in brackets is empty'; end if;
            exit;
          elsif v_char = '[' then
            raise exception '"[" inside a class must be written "\["';
          elsif v_char = '-' and v_previous is not null and v_previous <> 'class' and substr(p_pattern, v_at + 1, 1) not in (']', '') then
            v_at := v_at + 1;
            v_char := substr(p_pattern, v_at, 1);
            if v_char = '\' then
              v_at := v_at + 1;
              v_char := substr(p_pattern, v_at, 1);
              if v_char = '' or strpos(v_meta, v_char) = 0 then raise exception 'a range ends in "\%"', v_char; end if;
            elsif v_char = '[' then
              raise exception '"[" inside a class must be written "\["';
            end if;
            if ascii(v_char) < ascii(v_previous) then
              raise exception 'the range "%-%" is reversed', v_previous, v_char;
            end if;
            v_out := v_out || '-' || case when strpos(v_meta, v_char) > 0 then '\' else '' end || v_char;
            v_previous := 'class';
          elsif v_char = '\' then
            v_at := v_at + 1;
            v_char := substr(p_pattern, v_at, 1);
            if v_inner ? v_char then
              v_out := v_out || (v_inner ->> v_char);
              v_previous := 'class';
            elsif v_char in ('n', 't', 'r') then
              v_out := v_out || '\' || v_char;
              v_previous := 'class';
            elsif v_char <> '' and strpos(v_meta, v_char) > 0 then
              v_out := v_out || '\' || v_char;
              v_previous := v_char;
            else
              raise exception '"\%" is not part of a class in brackets', v_char;
            end if;
          else
            v_out := v_out || case when v_char in ('-', '^') then '\' else '' end || v_char;
            v_previous := v_char;
          end if;
          v_at := v_at + 1;
        end loop;
        v_out := v_out || ']';
        v_at := v_at + 1;
        v_last := 1;
      when v_char = '(' then
        if substr(p_pattern, v_at + 1, 1) = '?' then raise exception '"(?" is not part of the pattern grammar'; end if;
        v_out := v_out || '(?:';
        v_sizes := v_sizes || 0;
        v_branch_filled := v_branch_filled || false;
        v_at := v_at + 1;
        v_last := 0;
        continue;
      when v_char = ')' then
        if cardinality(v_sizes) = 1 then raise exception '")" closes nothing'; end if;
        if not v_branch_filled[cardinality(v_branch_filled)] then raise exception 'an alternative is empty'; end if;
        v_last := v_sizes[cardinality(v_sizes)] + 1;
        v_sizes := v_sizes[:cardinality(v_sizes) - 1];
        v_branch_filled := v_branch_filled[:cardinality(v_branch_filled) - 1];
        v_out := v_out || ')';
        v_at := v_at + 1;
      when v_char = '|' then
        if not v_branch_filled[cardinality(v_branch_filled)] then raise exception 'an alternative is empty'; end if;
        v_branch_filled[cardinality(v_branch_filled)] := false;
        v_out := v_out || '|';
        v_at := v_at + 1;
        v_last := 0;
        continue;
      when v_char in ('^', '$') then
        v_out := v_out || v_char;
        v_branch_filled[cardinality(v_branch_filled)] := true;
        v_at := v_at + 1;
        v_last := 0;
        continue;
      when v_char in ('?', '*', '+', '{') then
        if v_last = 0 then raise exception '"%" repeats nothing', v_char; end if;
        if v_char = '{' then
          v_bound := regexp_match(substr(p_pattern, v_at), '^\{(\d{1,3})(,(\d{0,3}))?\}');
          if v_bound is null then raise exception '"{" must be a repetition like {2} or {1,3}; a literal one is written "\{"'; end if;
          if v_bound[1]::integer > 255 or coalesce(nullif(v_bound[3], ''), '0')::integer > 255 then
            raise exception 'a repetition may not pass 255';
          end if;
          if nullif(v_bound[3], '')::integer < v_bound[1]::integer then raise exception 'a repetition is reversed'; end if;
          v_char := '{' || v_bound[1] || coalesce(v_bound[2], '') || '}';
          v_times := greatest(v_bound[1]::integer, coalesce(nullif(v_bound[3], ''), '1')::integer, 1);
        else
          v_times := 1;
        end if;
        v_out := v_out || v_char;
        v_at := v_at + length(v_char);
        -- The atom itself has been counted once already.
        v_sizes[cardinality(v_sizes)] := v_sizes[cardinality(v_sizes)] + v_last * (v_times - 1);
        v_last := 0;
        if substr(p_pattern, v_at, 1) in ('?', '*', '+', '{') then raise exception 'one quantifier per atom; lazy ones are not part of the grammar'; end if;
        if v_sizes[cardinality(v_sizes)] > 1000 then raise exception 'the pattern is too large: more than 1,000 nodes expanded'; end if;
        continue;
      when v_char in (']', '}') then
        raise exception '"%" alone must be written "\%"', v_char, v_char;
      else
        v_out := v_out || v_char;
        v_at := v_at + 1;
        v_last := 1;
    end case;
    v_sizes[cardinality(v_sizes)] := v_sizes[cardinality(v_sizes)] + v_last;
    v_branch_filled[cardinality(v_branch_filled)] := true;
  end loop;
  if cardinality(v_sizes) > 1 then raise exception '"(" is not closed'; end if;
  if not v_branch_filled[1] then raise exception 'an alternative is empty'; end if;
  if v_sizes[1] > 1000 then raise exception 'the pattern is too large: more than 1,000 nodes expanded'; end if;
  -- The director keeps a pattern that begins with *** from being read as one.
  return '***:' || v_out;
end
$$;
comment on function governance_private.compile_pattern(text) is
  'A pattern of the rule language as a Postgres regular expression. Raises with what is wrong when it is outside the grammar.';

create function governance_private.refuse_pattern(p_reason text) returns text
language plpgsql immutable security invoker set search_path = ''
as $$
begin
  raise exception '%', p_reason;
end
$$;
