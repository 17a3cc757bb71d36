-- What: the rules on members, coverages and plans that ship.
-- Why: who is covered, by what and until when has to be true every day, not only when the bill is made.
-- Breaks a running client: no.

insert into governance.data_quality_rules
  (rule_key, entity_type, kind, dimension, severity, enforcement, timing, status, due_in, message, description, applies_when, condition, fix)
values

('member-identifies-someone', 'member', 'condition', 'completeness', 'critical', 'block', 'write', 'active', null,
 'A member needs at least a name, a member number, an e-mail address or a phone number.',
 'A member without any of these is nobody.',
 null, '{"combinator": "or", "rules": [
   {"field": "first_name", "operator": "isFilled"}, {"field": "last_name", "operator": "isFilled"}, {"field": "member_number", "operator": "isFilled"},
   {"field": "email", "operator": "isFilled"}, {"field": "phone", "operator": "isFilled"}]}', null),

('member-has-number', 'member', 'condition', 'completeness', 'medium', 'issue', 'async', 'active', '7 days',
 'This member has no member number.',
 'Eligibility files and bills name members by their number: without one nothing finds this member.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "!=", "value": "pending"}]}',
 '{"combinator": "and", "rules": [{"field": "member_number", "operator": "isFilled"}]}', null),

('active-member-has-coverage', 'member', 'condition', 'consistency', 'high', 'issue', 'async', 'active', '3 days',
 'This member is active and not covered by any plan.',
 'Who is active is covered today, or will be. Otherwise somebody is billed for nothing, or believes to be covered and is not.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "active"}]}',
 '{"combinator": "and", "rules": [{"field": "coverages", "operator": "=", "match": {"mode": "some"}, "value": {"combinator": "and", "rules": [
   {"field": "status", "operator": "in", "value": ["active", "pending"]},
   {"combinator": "or", "rules": [{"field": "ends_on", "operator": "null"}, {"field": "ends_on", "operator": ">=", "value": "today"}]}]}}]}', null),

('terminated-member-is-not-covered', 'member', 'condition', 'consistency', 'high', 'issue', 'async', 'active', '3 days',
 'This member''s membership is terminated, and a coverage still runs.',
 'End the coverage, or take the termination back.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "terminated"}]}',
 '{"combinator": "and", "rules": [{"field": "coverages", "operator": "=", "match": {"mode": "none"}, "value": {"combinator": "and", "rules": [
   {"field": "status", "operator": "=", "value": "active"},
   {"combinator": "or", "rules": [{"field": "ends_on", "operator": "null"}, {"field": "ends_on", "operator": ">", "value": "today"}]}]}}]}', null),

('terminated-member-says-when', 'member', 'condition', 'completeness', 'medium', 'issue', 'async', 'active', '7 days',
 'This member''s membership is terminated, but nobody knows since when.',
 'Without the day nobody can say what is still owed or to be paid back.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "terminated"}]}',
 '{"combinator": "and", "rules": [{"field": "terminated_on", "operator": "notNull"}]}', null),

('member-dates-in-order', 'member', 'condition', 'consistency', 'medium', 'issue', 'async', 'active', '14 days',
 'This membership ended on {terminated_on}, before it began on {joined_on}.',
 'One of the two days is wrong.',
 null, '{"combinator": "and", "rules": [{"field": "joined_on", "operator": "<=", "valueSource": "field", "value": "terminated_on"}]}', null),

('member-birth-date-plausible', 'member', 'condition', 'accuracy', 'high', 'issue', 'async', 'active', '7 days',
 'Nobody among the members was born on {birth_date}.',
 'Births before 1900 and births in the future are slips; a premium or a benefit that depends on age is wrong with them.',
 null, '{"combinator": "and", "rules": [{"field": "birth_date", "operator": "between", "value": ["1900-01-01", "today"]}]}', null),

('dependant-has-subscriber', 'member', 'condition', 'integrity', 'high', 'issue', 'async', 'active', '7 days',
 'This {relationship} depends on nobody.',
 'A dependant is covered through a subscriber: without one nobody can say whether they still are.',
 '{"combinator": "and", "rules": [{"field": "relationship", "operator": "!=", "value": "subscriber"}]}',
 '{"combinator": "and", "rules": [{"field": "subscriber_id", "operator": "notNull"}]}', null),

('dependants-subscriber-is-one', 'member', 'reference', 'integrity', 'medium', 'issue', 'async', 'active', '14 days',
 'The one through whom this {relationship} is covered is no subscriber.',
 'Coverage comes from a subscriber, not from another dependant.',
 null, '{"relation": "subscriber", "condition": {"combinator": "and", "rules": [{"field": "relationship", "operator": "=", "value": "subscriber"}]}}', null),

('subscriber-email-not-shared', 'member', 'unique', 'uniqueness', 'medium', 'issue', 'async', 'active', '14 days',
 '{group_size} subscribers have the e-mail address {email}.',
 'Bills and notices of several subscribers go to one address. Dependants may share their subscriber''s.',
 '{"combinator": "and", "rules": [{"field": "relationship", "operator": "=", "value": "subscriber"}]}',
 '{"fields": [{"field": "email", "normalizer": "email"}]}', null),

('member-not-twice', 'member', 'unique', 'uniqueness', 'high', 'issue', 'async', 'active', '14 days',
 '{group_size} members are called {first_name} {last_name} and were born on {birth_date}.',
 'The same name and the same birthday are the same person, who then is covered and billed twice.',
 null, '{"fields": [{"field": "first_name", "normalizer": "lower"}, {"field": "last_name", "normalizer": "lower"}, {"field": "birth_date"}]}', null),

('member-email-looks-valid', 'member', 'condition', 'validity', 'medium', 'issue', 'async', 'active', '14 days',
 '"{email}" cannot be an e-mail address.',
 'An address needs one @, something before it and a domain with a dot behind it, without blanks.',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "isEmail"}]}', null),

('member-country-known', 'member', 'condition', 'validity', 'low', 'issue', 'async', 'active', '30 days',
 'The country "{country}" is not known.',
 'A country that nobody can read gets no letter. Names, usual short forms and ISO codes are all known; the nearest is suggested.',
 '{"combinator": "and", "rules": [{"field": "country", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "country", "operator": "inReference", "value": "countries"}]}',
 '[{"step": "nearest", "field": "country", "in": "countries"}]'),

('member-text-is-tidy', 'member', 'condition', 'validity', 'low', 'fix', 'async', 'active', null,
 'Blanks around and inside the texts of this member are tidied.',
 'Leading, trailing and doubled blanks go, in the member number too; a text of nothing but blanks becomes empty.',
 null, null, '[
   {"step": "normalize", "field": "member_number", "using": "trim"}, {"step": "normalize", "field": "member_number", "using": "blank_to_null"},
   {"step": "normalize", "field": "first_name", "using": "collapse_whitespace"}, {"step": "normalize", "field": "first_name", "using": "blank_to_null"},
   {"step": "normalize", "field": "last_name", "using": "collapse_whitespace"}, {"step": "normalize", "field": "last_name", "using": "blank_to_null"},
   {"step": "normalize", "field": "country", "using": "collapse_whitespace"}, {"step": "normalize", "field": "country", "using": "blank_to_null"}]'),

('member-name-has-capitals', 'member', 'condition', 'consistency', 'low', 'fix', 'async', 'active', null,
 'The name of this member is written with capitals where they belong.',
 'A name all in small or all in capital letters is written as people write it; a name with mixed letters was meant so and stays.',
 null, null, '[
   {"step": "normalize", "field": "first_name", "using": "title_case_name"}, {"step": "normalize", "field": "last_name", "using": "title_case_name"}]'),

('member-email-is-normalised', 'member', 'condition', 'validity', 'low', 'fix', 'async', 'active', null,
 'The e-mail address "{email}" is written in its usual form.',
 'No blanks around it, all in small letters: two spellings of one address become one. What is no address stays as it is.',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "notNull"}]}', null,
 '[{"step": "normalize", "field": "email", "using": "email"}, {"step": "normalize", "field": "email", "using": "blank_to_null"}]'),

('member-phone-is-e164', 'member', 'condition', 'validity', 'low', 'fix', 'async', 'active', null,
 'The phone number "{phone}" is written in international form.',
 'A valid number becomes +country and digits, read in the organization''s country; what is not surely a number stays as it is.',
 '{"combinator": "and", "rules": [{"field": "phone", "operator": "notNull"}]}', null,
 '[{"step": "normalize", "field": "phone", "using": "phone_e164"}, {"step": "normalize", "field": "phone", "using": "blank_to_null"}]'),

-- Coverages and plans.

('coverage-starts-within-its-plan', 'coverage', 'condition', 'consistency', 'medium', 'issue', 'async', 'active', '14 days',
 'This coverage starts on {starts_on}; the plan {plan.name} is offered from {plan.starts_on} to {plan.ends_on}.',
 'Nobody can be newly covered by a plan that does not exist yet, or no longer.',
 null, '{"combinator": "and", "rules": [
   {"field": "starts_on", "operator": ">=", "valueSource": "field", "value": "plan.starts_on"},
   {"field": "starts_on", "operator": "<=", "valueSource": "field", "value": "plan.ends_on"}]}', null),

('active-coverage-has-not-ended', 'coverage', 'condition', 'timeliness', 'medium', 'issue', 'async', 'active', '7 days',
 'This coverage ended on {ends_on} and still counts as active.',
 'A coverage whose last day has passed is terminated; whoever counts the active ones counts it along.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "active"}]}',
 '{"combinator": "or", "rules": [{"field": "ends_on", "operator": "null"}, {"field": "ends_on", "operator": ">=", "value": "today"}]}',
 '[{"step": "set", "field": "status", "value": "terminated"}]'),

('coverage-dates-plausible', 'coverage', 'condition', 'accuracy', 'medium', 'issue', 'async', 'active', '14 days',
 'This coverage starts on {starts_on}, which can hardly be meant.',
 'Before 1900, or more than two years ahead: a slip of the hand.',
 null, '{"combinator": "and", "rules": [{"field": "starts_on", "operator": "between", "value": ["1900-01-01", "today+P2Y"]}]}', null),

('active-plan-has-not-ended', 'plan', 'condition', 'timeliness', 'low', 'issue', 'async', 'active', '14 days',
 'The plan {name} ended on {ends_on} and is still offered.',
 'Whoever is enrolled now is enrolled in nothing.',
 '{"combinator": "and", "rules": [{"field": "is_active", "operator": "=", "value": true}]}',
 '{"combinator": "or", "rules": [{"field": "ends_on", "operator": "null"}, {"field": "ends_on", "operator": ">=", "value": "today"}]}',
 '[{"step": "set", "field": "is_active", "value": false}]'),

('plan-currency-known', 'plan', 'condition', 'validity', 'high', 'issue', 'async', 'active', '7 days',
 '"{currency}" is no currency.',
 'A price in a currency that does not exist is no price.',
 '{"combinator": "and", "rules": [{"field": "currency", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "currency", "operator": "inReference", "value": "currencies"}]}',
 '[{"step": "nearest", "field": "currency", "in": "currencies"}]');
