-- What: the SQL forms of normalizers, for fixes in the write and for unique keys.
-- Why: what can be corrected before a row is stored need not be corrected after.
-- Breaks a running client: no.

-- Each gives what its twin in shared/normalize gives, or its input where SQL is not sure: then the asynchronous run decides.
-- They are called per row: SQL-standard bodies, so that they inline.

create table governance_private.normalizer_names (
  normalizer text not null,
  folded_name text not null,
  code text not null,
  primary key (normalizer, folded_name)
);
comment on table governance_private.normalizer_names is 'Folded names and their codes, for the SQL forms of us_state_code and country_code.';
alter table governance_private.normalizer_names enable row level security;

create function governance_private.blank_characters() returns text
language sql immutable parallel safe security invoker
-- The 25 characters that String.prototype.trim removes.
return U&'\0009\000A\000B\000C\000D\0020\00A0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200A\2028\2029\202F\205F\3000\FEFF';

create function governance_private.is_ascii(p_value text) returns boolean
language sql immutable parallel safe security invoker
return octet_length(p_value) = length(p_value);

create function governance_private.normalize_trim(p_value text, p_country text default null) returns text
language sql immutable parallel safe security invoker
return btrim(p_value, governance_private.blank_characters());

create function governance_private.normalize_collapse_whitespace(p_value text, p_country text default null) returns text
language sql immutable parallel safe security invoker
return btrim(regexp_replace(p_value collate "C", '[' || governance_private.blank_characters() || ']+', ' ', 'g'), ' ');

create function governance_private.normalize_blank_to_null(p_value text, p_country text default null) returns text
language sql immutable parallel safe security invoker
return case when btrim(p_value, governance_private.blank_characters()) <> '' then p_value end;

create function governance_private.normalize_lower(p_value text, p_country text default null) returns text
language sql immutable parallel safe security invoker
return case when governance_private.is_ascii(p_value) then lower(p_value collate "C") else p_value end;

create function governance_private.normalize_upper(p_value text, p_country text default null) returns text
language sql immutable parallel safe security invoker
return case when governance_private.is_ascii(p_value) then upper(p_value collate "C") else p_value end;

create function governance_private.normalize_email(p_value text, p_country text default null) returns text
language sql immutable parallel safe security invoker
return case
  when length(btrim(p_value, governance_private.blank_characters())) <= 254
    and strpos(btrim(p_value, governance_private.blank_characters()), '@') <= 65
    and btrim(p_value, governance_private.blank_characters()) collate "C" ~ (
      '^[A-Za-z0-9!#$%&''*+/=?\^_`{|}~\-]+(\.[A-Za-z0-9!#$%&''*+/=?\^_`{|}~\-]+)*'
      || '@[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?)*$')
    then lower(btrim(p_value, governance_private.blank_characters()) collate "C")
  else p_value end;

create function governance_private.fold_name(p_value text) returns text
language sql immutable parallel safe security invoker
-- For ASCII; a name with other characters waits for TypeScript.
return regexp_replace(regexp_replace(btrim(regexp_replace(
  replace(translate(lower(p_value collate "C"), '.''', ''), '&', ' and '), '[^a-z0-9]+', ' ', 'g'), ' '), '^the ', ''), '\yst\y', 'saint', 'g');

create function governance_private.normalize_us_state_code(p_value text, p_country text default null) returns text
language sql stable parallel safe security invoker
begin atomic
  select case when governance_private.is_ascii(p_value) then coalesce((
    select n.code from governance_private.normalizer_names n
    where n.normalizer = 'us_state_code' and n.folded_name = governance_private.fold_name(p_value)), p_value) else p_value end;
end;

create function governance_private.normalize_country_code(p_value text, p_country text default null) returns text
language sql stable parallel safe security invoker
begin atomic
  select case when governance_private.is_ascii(p_value) then coalesce((
    select n.code from governance_private.normalizer_names n
    where n.normalizer = 'country_code' and n.folded_name = governance_private.fold_name(p_value)), p_value) else p_value end;
end;

create function governance_private.normalize_postal_code(p_value text, p_country text default null) returns text
language sql immutable parallel safe security invoker
begin atomic
  with bare as (
    select upper(regexp_replace(p_value collate "C", '[' || governance_private.blank_characters() || '\-]', '', 'g') collate "C") as code
  ), written as (
    select case
      when upper(p_country) = 'US' and code ~ '^[0-9]{9}$' then left(code, 5) || '-' || right(code, 4)
      when upper(p_country) = 'NL' and code ~ '^[1-9][0-9]{3}[A-Z]{2}$' then left(code, 4) || ' ' || right(code, 2)
      when upper(p_country) = 'JP' and code ~ '^[0-9]{7}$' then left(code, 3) || '-' || right(code, 4)
      when upper(p_country) = 'BR' and code ~ '^[0-9]{8}$' then left(code, 5) || '-' || right(code, 3)
      when upper(p_country) = 'PT' and code ~ '^[0-9]{7}$' then left(code, 4) || '-' || right(code, 3)
      when upper(p_country) = 'PL' and code ~ '^[0-9]{5}$' then left(code, 2) || '-' || right(code, 3)
      when upper(p_country) = 'SE' and code ~ '^[0-9]{5}$' then left(code, 3) || ' ' || right(code, 2)
      -- Canada and the United Kingdom: their codes cannot be taken for another country's.
      when code ~ '^[ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z][0-9][ABCEGHJ-NPRSTV-Z][0-9]$' then left(code, 3) || ' ' || right(code, 3)
      when code ~ '^[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][ABD-HJLNP-UW-Z]{2}$' then left(code, -3) || ' ' || right(code, 3)
      else btrim(p_value, governance_private.blank_characters()) end as code
    from bare
  )
  select case when bare.code ~ '^[A-Z0-9]{1,12}$' then written.code else p_value end from bare, written;
end;

comment on function governance_private.normalize_trim(text, text) is 'SQL form of the normalizer trim.';
comment on function governance_private.normalize_email(text, text) is 'SQL form of the normalizer email.';
comment on function governance_private.normalize_postal_code(text, text) is 'SQL form of the normalizer postal_code; p_country is ISO 3166-1 alpha-2.';
