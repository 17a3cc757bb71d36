-- What: from a row of a file to a record: which column is which field, and how its text is read.
-- Why: a decimal comma or a day before a month is said by whoever imports and never guessed; what cannot be read is named cell by cell.
-- Breaks a running client: no.

create function governance_private.plain_name(p_name text) returns text
language sql immutable security invoker
-- "E-Mail Address" and "email_address" are one name.
return regexp_replace(lower(p_name), '[^[:alnum:]]', '', 'g');

create function governance_private.header_hash(p_columns text[]) returns text
language sql immutable security invoker set search_path = ''
as $$
  select encode(sha256(convert_to(jsonb_agg(lower(btrim(c)) order by n)::text, 'UTF8')), 'hex') from unnest(p_columns) with ordinality as x(c, n)
$$;
comment on function governance_private.header_hash(text[]) is 'Tells headers apart, by the names in them and their order.';

create function governance_private.suggest_mapping(p_entity_type text, p_columns text[]) returns jsonb
language sql stable security invoker set search_path = ''
as $$
  -- A column of the file takes the field of its own name, or of its name without the entity's: "Account Name" is the name of an account.
  with fields as (
    select c.column_name, governance_private.plain_name(c.column_name) as plain
    from governance_private.entity_columns(p_entity_type) c, governance.entities e
    where e.entity_type = p_entity_type and not c.is_generated and c.column_name is distinct from e.org_column
  ), candidates as (
    select x.n, x.name, f.column_name, case when f.plain = governance_private.plain_name(x.name) then 1 else 2 end as rank
    from unnest(p_columns) with ordinality as x(name, n)
    join fields f on f.plain = governance_private.plain_name(x.name)
      or governance_private.plain_name(p_entity_type) || f.plain = governance_private.plain_name(x.name)
  ), chosen as (
    select distinct on (column_name) n, name, column_name from (
      select distinct on (n) * from candidates order by n, rank, column_name) c
    order by column_name, rank, n
  )
  select jsonb_build_object('columns', coalesce(jsonb_agg(jsonb_build_object('column', name, 'field', column_name) order by n), '[]'), 'constants', '{}'::jsonb) from chosen
$$;
comment on function governance_private.suggest_mapping(text, text[]) is 'The mapping that the names of a file''s columns suggest; it says nothing about formats.';

create function governance_private.mapping_faults(p_entity_type text, p_columns text[], p_mapping jsonb) returns text[]
language sql stable security invoker set search_path = ''
as $$
  with fields as (
    select c.column_name, c.class, e.org_column from governance_private.entity_columns(p_entity_type) c, governance.entities e
    where e.entity_type = p_entity_type and (not c.is_generated or c.column_name = any (e.key_columns))
  ), mapped as (
    select m ->> 'column' as name, m ->> 'field' as field, m ->> 'decimal' as decimal, m ->> 'date' as date, n
    from jsonb_array_elements(case jsonb_typeof(p_mapping -> 'columns') when 'array' then p_mapping -> 'columns' else '[]' end) with ordinality as x(m, n)
    where jsonb_typeof(m) = 'object'
  ), constants as (
    select k as field from jsonb_object_keys(case jsonb_typeof(p_mapping -> 'constants') when 'object' then p_mapping -> 'constants' else '{}' end) as k
  )
  select array_agg(f) from (
    select 'the mapping has a list "columns" of objects, and may have an object "constants"' as f
    where jsonb_typeof(p_mapping -> 'columns') is distinct from 'array' or jsonb_typeof(coalesce(p_mapping -> 'constants', '{}')) <> 'object'
       or exists (select from jsonb_array_elements(case jsonb_typeof(p_mapping -> 'columns') when 'array' then p_mapping -> 'columns' else '[]' end) as m where jsonb_typeof(m) <> 'object')
    union all
    select format('the file has no column "%s"', m.name) from mapped m where p_columns is not null and not coalesce(m.name = any (p_columns), false)
    union all
    select format('"%s" is not a field of %s that can be written', m.field, p_entity_type) from (select field from mapped union all select field from constants) m
    where not exists (select from fields f where f.column_name = m.field)
    union all
    select format('"%s" is the organization of the import: nothing else can be written there', m.field) from (select field from mapped union all select field from constants) m
    where exists (select from fields f where f.org_column = m.field)
    union all
    select format('the field "%s" is mapped twice', field) from (select field from mapped union all select field from constants) m group by field having count(*) > 1
    union all
    select format('the decimal sign of "%s" is "." or ","', m.name) from mapped m where m.decimal not in ('.', ',')
    union all
    select format('"%s" is no number, so that it has no decimal sign', m.field) from mapped m join fields f on f.column_name = m.field where m.decimal is not null and f.class <> 'number'
    union all
    select format('the order of dates in "%s" is "ymd", "dmy" or "mdy"', m.name) from mapped m where m.date not in ('ymd', 'dmy', 'mdy')
    union all
    select format('"%s" is no date', m.field) from mapped m join fields f on f.column_name = m.field where m.date is not null and f.class not in ('date', 'instant')
    union all
    select 'no column of the file is mapped to a field' where not exists (select from mapped) and jsonb_typeof(p_mapping -> 'columns') = 'array') x
$$;
comment on function governance_private.mapping_faults(text, text[], jsonb) is 'All that is wrong with a mapping.';

create function governance_private.read_cell_sql(p_text_sql text, p_class text, p_decimal text, p_date text) returns text
language sql immutable security invoker
-- SQL text: a cell's text as the column takes it; null where it is written otherwise than the mapping says.
return case
  when p_class = 'number' and p_decimal = ',' then format(
    'case when %1$s ~ ''^\s*[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?\s*$'' then replace(replace(btrim(%1$s), ''.'', ''''), '','', ''.'') end', p_text_sql)
  when p_class = 'number' and p_decimal = '.' then format(
    'case when %1$s ~ ''^\s*[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\s*$'' then replace(btrim(%1$s), '','', '''') end', p_text_sql)
  when p_class in ('date', 'instant') and p_date = 'dmy' then format(
    'case when %1$s ~ ''^\s*(0?[1-9]|[12]\d|3[01])[./-](0?[1-9]|1[0-2])[./-]\d{4}(\s.*)?$'' then regexp_replace(btrim(%1$s), ''^(\d{1,2})[./-](\d{1,2})[./-](\d{4})'', ''\3-\2-\1'') end', p_text_sql)
  when p_class in ('date', 'instant') and p_date = 'mdy' then format(
    'case when %1$s ~ ''^\s*(0?[1-9]|1[0-2])[./-](0?[1-9]|[12]\d|3[01])[./-]\d{4}(\s.*)?$'' then regexp_replace(btrim(%1$s), ''^(\d{1,2})[./-](\d{1,2})[./-](\d{4})'', ''\3-\1-\2'') end', p_text_sql)
  when p_class in ('date', 'instant') and p_date = 'ymd' then format(
    'case when %1$s ~ ''^\s*\d{4}[./-]\d{1,2}[./-]\d{1,2}(\s.*)?$'' then regexp_replace(btrim(%1$s), ''^(\d{4})[./-](\d{1,2})[./-](\d{1,2})'', ''\1-\2-\3'') end', p_text_sql)
  -- Without a format a date is an ISO date: 03/04/2026 is two dates.
  when p_class in ('date', 'instant') then format('case when %1$s ~ ''^\s*\d{4}-\d{1,2}-\d{1,2}([T ].*)?\s*$'' then %1$s end', p_text_sql)
  else p_text_sql end;

create function governance_private.cell_fault(p_field text, p_class text, p_decimal text, p_date text) returns text
language sql immutable security invoker
return format(E'%s\t"%s" is not written as %s.', p_field, p_field, case
  when p_class = 'number' then format('a number with the decimal sign "%s"', p_decimal)
  when p_date is null then 'an ISO date (year-month-day); the mapping can say another order'
  else format('a date in the order %s', p_date) end);

create function governance_private.mapped_cells(p_import governance.imports)
returns table (place bigint, field text, value_sql text, fault_sql text)
language sql stable security invoker set search_path = ''
as $$
  -- SQL texts over w.raw. Of NDJSON values keep their own type, unless a format reads them as text.
  select m.n, m.field,
    case when p_import.format = 'ndjson' and not (c.class = 'number' and m.decimal is not null or c.class in ('date', 'instant')) then x.raw_sql
      when p_import.format = 'ndjson' then format('case when jsonb_typeof(%s) = ''string'' then to_jsonb(%s) else %s end', x.raw_sql, r.read_sql, x.raw_sql)
      else r.read_sql end,
    case when c.class = 'number' and m.decimal is not null or c.class in ('date', 'instant') then format('case when %s is not null%s and %s is null then %L end', x.text_sql,
      case when p_import.format = 'ndjson' then format(' and jsonb_typeof(%s) = ''string''', x.raw_sql) else '' end, r.read_sql,
      governance_private.cell_fault(m.field, c.class, m.decimal, m.date)) end
  from (select e ->> 'column' as name, e ->> 'field' as field, e ->> 'decimal' as decimal, e ->> 'date' as date, n
        from jsonb_array_elements(p_import.mapping -> 'columns') with ordinality as j(e, n)) m
  join governance_private.entity_columns(p_import.entity_type) c on c.column_name = m.field
  cross join lateral (select case when p_import.format = 'csv' then format('nullif(w.raw ->> %s, '''')', array_position(p_import.columns, m.name) - 1)
                             else format('nullif(w.raw ->> %L, '''')', m.name) end as text_sql,
                             format('(w.raw -> %L)', m.name) as raw_sql) x
  cross join lateral (select governance_private.read_cell_sql(x.text_sql, c.class, m.decimal, m.date) as read_sql) r
$$;
comment on function governance_private.mapped_cells(governance.imports) is 'How each mapped cell of an import becomes a value, and how one tells that it cannot.';

create function governance_private.match_columns(p_entity_type text, p_match_on text[])
returns table (name text, class text, type_sql text, base_type text, may_be_blank boolean)
language sql stable security invoker set search_path = ''
as $$
  -- An external id is one of its source: both count, and no source is a source too.
  select c.column_name, c.class, c.type_sql, c.base_type, c.column_name = 'source' and 'external_id' = any (p_match_on)
  from governance_private.entity_columns(p_entity_type) c
  where c.column_name = any (p_match_on) or (c.column_name = 'source' and 'external_id' = any (p_match_on))
$$;

create function governance_private.match_key_sql(p_entity_type text, p_match_on text[]) returns text
language sql stable security invoker set search_path = ''
as $$
  -- SQL text over k.values: one text for each record that a row can mean; null where it does not say.
  select format('case when %s then jsonb_build_array(%s)::text end', string_agg(case when c.may_be_blank then 'true' else format('%s is not null', x.sql) end, ' and ' order by c.name),
    string_agg(x.sql, ', ' order by c.name))
  from governance_private.match_columns(p_entity_type, p_match_on) c
  cross join lateral (select case when c.class = 'uuid' then format('lower(btrim(k.values ->> %L))', c.name)
    else format('nullif(btrim(k.values ->> %L), '''')', c.name) end as sql) x
$$;

create function governance_private.match_records(p_entity_type text, p_org_id text, p_match_on text[], p_rows jsonb) returns table (n bigint, record_keys text[])
language plpgsql stable security invoker set search_path = '' set datestyle = 'ISO, YMD' set timezone = 'UTC'
as $$
declare
  v_entity governance.entities;
  v_condition text;
begin
  -- Invoker: what the caller cannot see it does not match.
  select * into strict v_entity from governance.entities e where e.entity_type = p_entity_type;
  select string_agg(case
      when c.may_be_blank then format('coalesce(btrim(r.%1$I), '''') = coalesce(btrim(i.values ->> %1$L), '''')', c.name)
      -- The form of the unique index.
      when c.name = 'external_id' then format('nullif(btrim(r.%1$I), '''') = nullif(btrim(i.values ->> %1$L), '''')', c.name)
      when c.class = 'text' and c.base_type in ('text', 'varchar') then format('r.%1$I = i.values ->> %1$L', c.name)
      when c.class = 'text' then format('r.%1$I::text = i.values ->> %1$L', c.name)
      else format('r.%1$I = case when %2$s then (i.values ->> %1$L)::%3$s end', c.name,
        governance_private.readable_sql(governance_private.canonical_sql(format('(i.values ->> %L)', c.name), c.class), c.class), c.type_sql) end, ' and ')
  into v_condition from governance_private.match_columns(p_entity_type, p_match_on) c;
  return query execute format(
    'select i.n, array_agg(%s) from jsonb_to_recordset($1) as i(n bigint, values jsonb) join %s r on %s and %s group by i.n',
    governance_private.key_expression(p_entity_type, 'r'), governance_private.entity_table(p_entity_type), v_condition,
    case when v_entity.org_column is null then format('%L = $2', v_entity.fixed_org_id)
      else format('r.%I = $2::%s', v_entity.org_column, (select c.type_sql from governance_private.entity_columns(p_entity_type, v_entity.org_column) c)) end)
  using p_rows, p_org_id;
end
$$;
comment on function governance_private.match_records(text, text, text[], jsonb) is 'Which records that are there already rows mean, as far as the caller may see them.';

grant execute on function governance_private.plain_name(text), governance_private.suggest_mapping(text, text[]), governance_private.match_columns(text, text[]),
  governance_private.match_records(text, text, text[], jsonb) to authenticated, service_role;
grant execute on function governance_private.canonical_sql(text, text), governance_private.readable_sql(text, text), governance_private.is_calendar_date(text),
  governance_private.canonical_instant(text) to authenticated, service_role;
