-- What: the rules on states, postal codes and phone numbers of accounts, contacts, leads and members.
-- Why: an address that contradicts itself reaches nobody; the same five rules hold wherever an address stands.
-- Breaks a running client: no.

-- A state is judged where the country is the United States, or none is written and the organization's own is.

with entities as (
  select * from (values ('account'), ('contact'), ('lead'), ('member')) as e(entity)
), rules as (
  select * from (values
  ('state-is-code', 'consistency', 'low', 'fix', null,
   'The state "{state}" is written as its two letters.',
   'FLA, Fla. and Florida are FL. What is no state stays as it is.',
   '{"field": "state", "operator": "isFilled"}', null,
   '[{"step": "normalize", "field": "state", "using": "us_state_code"}]'),
  ('state-known', 'validity', 'low', 'issue', '30 days',
   '"{state}" is no state of the United States.',
   'A state that nobody can read goes to no territory. Codes, names and usual abbreviations are all known; the nearest is suggested.',
   '{"field": "state", "operator": "isFilled"}', '{"field": "state", "operator": "inReference", "value": "us_states"}',
   '[{"step": "nearest", "field": "state", "in": "us_states"}]'),
  ('zip-agrees-with-state', 'consistency', 'medium', 'issue', '14 days',
   'The ZIP code {postal_code} does not lie in {state}.',
   'One of the two is wrong, and mail goes where the ZIP code says.',
   '{"field": "state", "operator": "inReference", "value": "us_states"}',
   '{"field": "postal_code", "operator": "agreesWith", "value": {"field": "state", "mapping": "us_zip_states"}}', null)
  ) as r(suffix, dimension, severity, enforcement, due_in, message, description, applies, holds, fix)
)
insert into governance.data_quality_rules
  (rule_key, entity_type, kind, dimension, severity, enforcement, timing, status, due_in, message, description, applies_when, condition, fix)
select e.entity || '-' || r.suffix, e.entity, 'condition', r.dimension, r.severity, r.enforcement, 'async', 'active', r.due_in::interval, r.message, r.description,
  jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array('{"combinator": "or", "rules": [
    {"field": "country", "operator": "matches", "label": "the United States", "value": "^\\s*([Uu]\\.?[Ss]\\.?([Aa]\\.?)?|[Uu]nited [Ss]tates( [Oo]f [Aa]merica)?)\\s*$"},
    {"combinator": "and", "rules": [{"field": "country", "operator": "isBlank"}, {"field": "org.default_country", "operator": "=", "value": "US"}]}]}'::jsonb, r.applies::jsonb)),
  case when r.holds is not null then jsonb_build_object('combinator', 'and', 'rules', jsonb_build_array(r.holds::jsonb)) end, r.fix::jsonb
from entities e cross join rules r
union all
select e.entity || '-postal-code-looks-valid', e.entity, 'condition', 'validity', 'low', 'issue', 'async', 'active', '30 days',
  '"{postal_code}" is no postal code of its country.',
  'Read as the country that the record names, else the organization''s own. Countries whose postal codes we do not know are left alone.',
  '{"combinator": "and", "rules": [{"field": "postal_code", "operator": "isFilled"}]}',
  '{"combinator": "and", "rules": [{"field": "postal_code", "operator": "isPostalCode", "valueSource": "field", "value": "country"}]}', null
from entities e
union all
select e.entity || '-phone-looks-valid', e.entity, 'condition', 'validity', 'medium', 'issue', 'async', 'active', '14 days',
  '"{phone}" is no phone number.',
  'No numbering plan has such a number, read in the country that the record names, else the organization''s own.',
  '{"combinator": "and", "rules": [{"field": "phone", "operator": "isFilled"}]}',
  '{"combinator": "and", "rules": [{"field": "phone", "operator": "isPhone", "valueSource": "field", "value": "country"}]}', null
from entities e;
