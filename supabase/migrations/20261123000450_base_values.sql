-- What: how the reference CRM folds text for searching and comparing, and the type of its amounts.
-- Why: an address, a phone number and a name are found however somebody wrote them; an amount is exact and is never rounded on its way in.
-- Breaks a running client: no.

-- unaccent(text) is only stable, because the dictionary is found through the search path: a generated column takes this one, which names it.
create function public.search_text(p_text text) returns text
language sql immutable strict parallel safe security invoker
return nullif(btrim(regexp_replace(lower(extensions.unaccent('extensions.unaccent'::regdictionary, p_text)), '[[:space:]]+', ' ', 'g')), '');
comment on function public.search_text(text) is 'Text as it is searched: small letters, no accents, single blanks; nothing where it is blank.';

create function public.email_key(p_email text) returns text
language sql immutable strict parallel safe security invoker
return nullif(lower(btrim(p_email)), '');
comment on function public.email_key(text) is 'An e-mail address as it is compared: small letters, no blanks around it; nothing where it is blank.';

create function public.phone_digits(p_phone text) returns text
language sql immutable strict parallel safe security invoker
return nullif(regexp_replace(p_phone, '[^0-9]', '', 'g'), '');
comment on function public.phone_digits(text) is 'The digits of a phone number; nothing where it has none.';

grant execute on function public.search_text(text), public.email_key(text), public.phone_digits(text) to authenticated, service_role;

-- A numeric without a fixed scale keeps what was written, and the check refuses what a fixed scale would silently round.
-- Four decimals fit every currency of ISO 4217 and prices per unit. NaN and infinity sort above every number.
create domain public.currency_amount as numeric
  constraint an_amount_has_at_most_four_decimals check (scale(value) <= 4)
  constraint an_amount_is_a_number_below_a_hundred_trillion check (abs(value) < 100000000000000);
comment on domain public.currency_amount is 'An exact amount of money in the currency that stands beside it.';
