-- What: the format operators: e-mail address, web address, postal code of a country.
-- Why: they are patterns of the rule language's own grammar, so they hold in a write as well. A phone number takes a parser, in TypeScript.
-- Breaks a running client: no.

create function governance_private.email_pattern() returns text
language sql immutable parallel safe security invoker
return '^[A-Za-z0-9!#$%&''*+/=?\^_`{|}~\-]+(\.[A-Za-z0-9!#$%&''*+/=?\^_`{|}~\-]+)*@[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?)*$';
comment on function governance_private.email_pattern() is 'shared/normalize''s EMAIL_PATTERN.';

create function governance_private.url_pattern() returns text
language sql immutable parallel safe security invoker
return '^([Hh][Tt][Tt][Pp][Ss]?://)?([A-Za-zÀ-ÖØ-öø-ῼⰀ-ⷿ぀-퟿0-9]([A-Za-zÀ-ÖØ-öø-ῼⰀ-ⷿ぀-퟿0-9\-]{0,61}[A-Za-zÀ-ÖØ-öø-ῼⰀ-ⷿ぀-퟿0-9])?\.)+([A-Za-zÀ-ÖØ-öø-ῼⰀ-ⷿ぀-퟿]{2,63}|[Xx][Nn]--[A-Za-z0-9\-]{1,59})(:[0-9]{1,5})?([/?#]\S*)?$';
comment on function governance_private.url_pattern() is 'shared/rules/formats'' URL_PATTERN.';

create function governance_private.postal_patterns() returns jsonb
language sql immutable parallel safe security invoker
-- From npm validator 13.15.35 (MIT, Chris O'Hara), as shared/rules/formats has them. Postgres reads them as they are.
return '{
  "AD": "^AD[0-9]{3}$",
  "AT": "^[0-9]{4}$",
  "AU": "^[0-9]{4}$",
  "AZ": "^AZ ?[0-9]{4}$",
  "BA": "^[7-8][0-9]{4}$",
  "BD": "^[1-9][0-9]{3}$",
  "BE": "^[0-9]{4}$",
  "BG": "^[0-9]{4}$",
  "BR": "^[0-9]{5}-?[0-9]{3}$",
  "BY": "^2[1-4][0-9]{4}$",
  "CA": "^[ABCEGHJ-NPRSTVXYabceghj-nprstvxy][0-9][ABCEGHJ-NPRSTV-Zabceghj-nprstv-z][ \\-]?[0-9][ABCEGHJ-NPRSTV-Zabceghj-nprstv-z][0-9]$",
  "CH": "^[0-9]{4}$",
  "CN": "^[0-9]{6}$",
  "CO": "^[0-9]{6}$",
  "CZ": "^[0-9]{3} ?[0-9]{2}$",
  "DE": "^[0-9]{5}$",
  "DK": "^[0-9]{4}$",
  "DO": "^[0-9]{5}$",
  "DZ": "^[0-9]{5}$",
  "EE": "^[0-9]{5}$",
  "ES": "^(5[0-2]|[0-4][0-9])[0-9]{3}$",
  "FI": "^[0-9]{5}$",
  "FR": "^(0[1-9]|[1-8][0-9]|9[0-8])[0-9]{3}$",
  "GB": "^([A-Za-z]{1,2}[0-9][0-9A-Za-z]? ?[0-9][A-Za-z]{2}|[Gg][Ii][Rr] ?0[Aa]{2})$",
  "GR": "^[0-9]{3} ?[0-9]{2}$",
  "HR": "^[1-5][0-9]{4}$",
  "HT": "^(HT)?[0-9]{4}$",
  "HU": "^[0-9]{4}$",
  "ID": "^[0-9]{5}$",
  "IE": "^[A-Za-z][0-9][0-9Ww] ?[0-9A-Za-z]{4}$",
  "IL": "^([0-9]{5}|[0-9]{7})$",
  "IN": "^[1-9][0-9]{2} ?[0-9]{3}$",
  "IR": "^[0-9]{5}-?[0-9]{5}$",
  "IS": "^[0-9]{3}$",
  "IT": "^[0-9]{5}$",
  "JP": "^[0-9]{3}-?[0-9]{4}$",
  "KE": "^[0-9]{5}$",
  "KR": "^([0-9]{5}|[0-9]{3}-?[0-9]{3})$",
  "LI": "^94(8[5-9]|9[0-8])$",
  "LK": "^[0-9]{5}$",
  "LT": "^(LT-)?[0-9]{5}$",
  "LU": "^(L-)?[0-9]{4}$",
  "LV": "^(LV-)?[0-9]{4}$",
  "MC": "^980[0-9]{2}$",
  "MG": "^[0-9]{3}$",
  "MT": "^[A-Za-z]{3} ?[0-9]{4}$",
  "MX": "^[0-9]{5}$",
  "MY": "^[0-9]{5}$",
  "NL": "^[1-9][0-9]{3} ?[A-Za-z]{2}$",
  "NO": "^[0-9]{4}$",
  "NP": "^[0-9]{5}$",
  "NZ": "^[0-9]{4}$",
  "PK": "^[0-9]{5}$",
  "PL": "^[0-9]{2}-?[0-9]{3}$",
  "PR": "^00[679][0-9]{2}(-?[0-9]{4})?$",
  "PT": "^[0-9]{4}-?[0-9]{3}$",
  "RO": "^[0-9]{6}$",
  "RU": "^[0-9]{6}$",
  "SA": "^[0-9]{5}(-?[0-9]{4})?$",
  "SE": "^[1-9][0-9]{2} ?[0-9]{2}$",
  "SG": "^[0-9]{6}$",
  "SI": "^[0-9]{4}$",
  "SK": "^[0-9]{3} ?[0-9]{2}$",
  "TH": "^[0-9]{5}$",
  "TN": "^[0-9]{4}$",
  "TW": "^[0-9]{3}([0-9]{2,3})?$",
  "UA": "^[0-9]{5}$",
  "US": "^[0-9]{5}(-?[0-9]{4})?$",
  "ZA": "^[0-9]{4}$",
  "ZM": "^[0-9]{5}$"
}'::jsonb;
comment on function governance_private.postal_patterns() is 'What a postal code looks like, by ISO 3166-1 alpha-2 code.';

create function governance_private.postal_region(p_country text, p_default_country text) returns text
language sql stable security invoker
begin atomic
  -- Country names outside ASCII are not in the SQL form of the normalizer: TypeScript leaves them alone here too.
  select case when btrim(p_country, governance_private.blank_characters()) <> ''
    then governance_private.normalize_country_code(p_country) else upper(p_default_country) end;
end;
comment on function governance_private.postal_region(text, text) is 'The country whose postal codes a record has: its own, or its organization''s when it names none.';
