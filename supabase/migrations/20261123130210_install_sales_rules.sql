-- What: the rules of sales that ship, further: stages, dates, owners, duplicates, the catalogue, tasks.
-- Why: a pipeline that is believed is one whose deals are where they say, and whose people are there once.
-- Breaks a running client: no.

insert into governance.data_quality_rules
  (rule_key, entity_type, kind, dimension, severity, enforcement, timing, status, due_in, message, description, applies_when, condition, fix)
values

('deal-stage-known', 'deal', 'condition', 'validity', 'medium', 'issue', 'async', 'active', '14 days',
 'The stage "{stage_name}" is none of the pipeline''s.',
 'An import that names a stage which the deal''s pipeline does not have leaves the deal in no stage at all: no board shows it. The nearest name is suggested.',
 '{"combinator": "and", "rules": [{"field": "stage_id", "operator": "null"}, {"field": "stage_name", "operator": "isFilled"}]}',
 '{"combinator": "or", "rules": [
   {"combinator": "and", "rules": [{"field": "pipeline_id", "operator": "notNull"}, {"field": "stage_in_pipeline", "operator": "inReference", "value": "stages_of_the_pipeline"}]},
   {"combinator": "and", "rules": [{"field": "pipeline_id", "operator": "null"}, {"field": "stage_name", "operator": "inReference", "value": "pipeline_stages"}]}]}',
 '[{"step": "nearest", "field": "stage_name", "in": "pipeline_stages"}]'),

('deal-stage-agrees-with-status', 'deal', 'condition', 'consistency', 'high', 'issue', 'async', 'active', '7 days',
 'This deal is {status}, but its stage "{stage.name}" says {stage.outcome}.',
 'A deal that is won stands in a stage that is won: otherwise the board and the figures tell two stories.',
 '{"combinator": "and", "rules": [{"field": "stage_id", "operator": "notNull"}]}',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "valueSource": "field", "value": "stage.outcome"}]}', null),

('deal-probability-agrees-with-status', 'deal', 'condition', 'consistency', 'low', 'issue', 'async', 'active', '30 days',
 'This deal is {status}, with a probability of {probability} percent.',
 'What is won is certain and what is lost is not to be had. Only an open deal is somewhere in between.',
 '{"combinator": "and", "rules": [{"field": "probability", "operator": "notNull"}]}',
 '{"combinator": "or", "rules": [{"field": "status", "operator": "=", "value": "open"},
   {"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "won"}, {"field": "probability", "operator": "=", "value": "100"}]},
   {"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "lost"}, {"field": "probability", "operator": "=", "value": "0"}]}]}', null),

('open-deal-closes-in-future', 'deal', 'condition', 'timeliness', 'medium', 'issue', 'async', 'active', '7 days',
 'This deal was expected to close on {expected_close_on} and is still open.',
 'A forecast with yesterday''s dates forecasts nothing: close the deal or say when it will be. A deal without an expected date is left alone.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "open"}]}',
 '{"combinator": "and", "rules": [{"field": "expected_close_on", "operator": ">=", "value": "today"}]}', null),

('closed-deal-closed-in-past', 'deal', 'condition', 'accuracy', 'medium', 'issue', 'async', 'active', '14 days',
 'This deal is {status} since {closed_on}, a day that is still to come.',
 'Nothing has been won or lost on a day that has not been.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "in", "value": ["won", "lost"]}]}',
 '{"combinator": "and", "rules": [{"field": "closed_on", "operator": "<=", "value": "today+P1D"}]}', null),

('deal-dates-plausible', 'deal', 'condition', 'accuracy', 'medium', 'issue', 'async', 'active', '14 days',
 'A date of this deal cannot be right: opened {opened_on}, expected to close {expected_close_on}, closed {closed_on}.',
 'Days before 1900 or more than fifty years ahead are slips of the hand, or an empty field that a spreadsheet made a date of.',
 null,
 '{"combinator": "and", "rules": [{"field": "opened_on", "operator": "between", "value": ["1900-01-01", "today+P50Y"]},
   {"field": "expected_close_on", "operator": "between", "value": ["1900-01-01", "today+P50Y"]},
   {"field": "closed_on", "operator": "between", "value": ["1900-01-01", "today+P50Y"]}]}', null),

('deal-amount-plausible', 'deal', 'condition', 'accuracy', 'medium', 'issue', 'async', 'active', '14 days',
 'An amount of {amount} is hardly meant.',
 'Beyond a thousand million a decimal point has usually been lost, or a phone number has been pasted. An organization with larger deals sets its own bound.',
 null, '{"combinator": "and", "rules": [{"field": "amount", "operator": "<", "value": "1000000000"}]}', null),

('deal-currency-known', 'deal', 'condition', 'validity', 'high', 'issue', 'async', 'active', '7 days',
 '"{currency}" is no currency.',
 'An amount in a currency that does not exist is in no total.',
 '{"combinator": "and", "rules": [{"field": "currency", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "currency", "operator": "inReference", "value": "currencies"}]}',
 '[{"step": "nearest", "field": "currency", "in": "currencies"}]'),

('deal-owner-known', 'deal', 'condition', 'integrity', 'medium', 'issue', 'async', 'active', '14 days',
 '"{owner_name}" is not in the team.',
 'A deal whose owner nobody knows is looked after by nobody. An organization that keeps no team here is left alone.',
 '{"combinator": "and", "rules": [{"field": "owner_user_id", "operator": "null"}, {"field": "owner_name", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "owner_name", "operator": "inReference", "value": "team_members"}]}',
 '[{"step": "nearest", "field": "owner_name", "in": "team_members"}]'),

('open-deal-has-owner', 'deal', 'condition', 'completeness', 'medium', 'issue', 'async', 'active', '3 days',
 'Nobody owns this open deal.',
 'What belongs to nobody is followed up by nobody.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "open"}]}',
 '{"combinator": "or", "rules": [{"field": "owner_user_id", "operator": "notNull"}, {"field": "owner_name", "operator": "isFilled"}]}', null),

('deal-contact-is-at-its-account', 'deal', 'condition', 'integrity', 'medium', 'issue', 'async', 'active', '14 days',
 'The contact of this deal, {contact.full_name}, belongs to another account.',
 'Contact and account of a deal are meant to be the same customer: one of the two is wrong, or the contact has moved on.',
 null, '{"combinator": "and", "rules": [{"field": "contact.account_id", "operator": "=", "valueSource": "field", "value": "account_id"}]}', null),

('lead-email-not-shared', 'lead', 'unique', 'uniqueness', 'medium', 'issue', 'async', 'active', '14 days',
 '{group_size} leads have the e-mail address {email}.',
 'Two people call the same person twice. Merge them, or correct the address.',
 null, '{"fields": [{"field": "email", "normalizer": "email"}]}', null),

('contact-email-not-shared', 'contact', 'unique', 'uniqueness', 'medium', 'issue', 'async', 'active', '14 days',
 '{group_size} contacts have the e-mail address {email}.',
 'Usually one person who is in twice. Where an address is really shared, ignore the issue: it stays ignored.',
 null, '{"fields": [{"field": "email", "normalizer": "email"}]}', null),

('account-not-twice', 'account', 'unique', 'uniqueness', 'medium', 'issue', 'async', 'active', '30 days',
 '{group_size} accounts are called {name} and lie in {postal_code}.',
 'The same name at the same place is the same company; branches elsewhere have another postal code.',
 null, '{"fields": [{"field": "name", "normalizer": "lower"}, {"field": "postal_code", "normalizer": "postal_code"}]}', null),

('lead-not-forgotten', 'lead', 'condition', 'timeliness', 'low', 'issue', 'async', 'active', '7 days',
 'This lead is new since {created_at} and nobody has worked on it.',
 'After thirty days a lead is cold: work on it or let it go.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "new"}]}',
 '{"combinator": "and", "rules": [{"field": "created_at", "operator": ">=", "value": "now-P30D"}]}', null),

('account-website-looks-valid', 'account', 'condition', 'validity', 'low', 'issue', 'async', 'active', '30 days',
 '"{website}" cannot be a web address.',
 'A web address needs a domain with a dot, and no blanks.',
 '{"combinator": "and", "rules": [{"field": "website", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "website", "operator": "isUrl"}]}', null),

('account-email-looks-valid', 'account', 'condition', 'validity', 'medium', 'issue', 'async', 'active', '14 days',
 '"{email}" cannot be an e-mail address.',
 'An address needs one @, something before it and a domain with a dot behind it, without blanks.',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "isEmail"}]}', null),

('account-email-is-normalised', 'account', 'condition', 'validity', 'low', 'fix', 'async', 'active', null,
 'The e-mail address "{email}" is written in its usual form.',
 'No blanks around it, all in small letters: two spellings of one address become one. What is no address stays as it is.',
 '{"combinator": "and", "rules": [{"field": "email", "operator": "notNull"}]}', null,
 '[{"step": "normalize", "field": "email", "using": "email"}, {"step": "normalize", "field": "email", "using": "blank_to_null"}]'),

('product-name-not-shared', 'product', 'unique', 'uniqueness', 'medium', 'issue', 'async', 'active', '14 days',
 '{group_size} products are called {name}.',
 'A deal that names a product must mean one.',
 null, '{"fields": [{"field": "name", "normalizer": "lower"}]}', null),

('product-currency-known', 'product', 'condition', 'validity', 'high', 'issue', 'async', 'active', '7 days',
 '"{currency}" is no currency.',
 'A price in a currency that does not exist is no price.',
 '{"combinator": "and", "rules": [{"field": "currency", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "currency", "operator": "inReference", "value": "currencies"}]}',
 '[{"step": "nearest", "field": "currency", "in": "currencies"}]'),

('open-task-has-owner', 'task', 'condition', 'completeness', 'medium', 'issue', 'async', 'active', '3 days',
 'Nobody is to do "{title}".',
 'A task that belongs to nobody is done by nobody.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "open"}]}',
 '{"combinator": "or", "rules": [{"field": "owner_user_id", "operator": "notNull"}, {"field": "owner_name", "operator": "isFilled"}]}', null),

('open-task-not-overdue', 'task', 'condition', 'timeliness', 'low', 'issue', 'async', 'active', '7 days',
 '"{title}" was due on {due_on}.',
 'A week after its day a task is done and not ticked off, or forgotten.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "open"}]}',
 '{"combinator": "and", "rules": [{"field": "due_on", "operator": ">=", "value": "today-P7D"}]}', null),

('done-task-says-when', 'task', 'condition', 'completeness', 'low', 'issue', 'async', 'active', '30 days',
 '"{title}" is done, but nobody knows since when.',
 'How long work takes is counted from tasks that say when they were done.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "done"}]}',
 '{"combinator": "and", "rules": [{"field": "completed_at", "operator": "notNull"}]}', null),

('who-left-is-inactive', 'team_member', 'condition', 'consistency', 'medium', 'issue', 'async', 'active', '7 days',
 '{name} left on {left_on} and still counts as active.',
 'Work is still given to who is not there any more.',
 '{"combinator": "and", "rules": [{"field": "is_active", "operator": "=", "value": true}]}',
 '{"combinator": "or", "rules": [{"field": "left_on", "operator": "null"}, {"field": "left_on", "operator": ">=", "value": "today"}]}',
 '[{"step": "set", "field": "is_active", "value": false}]');
