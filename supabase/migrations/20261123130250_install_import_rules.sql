-- What: the rules on what imports, syncs and eligibility files bring.
-- Why: a file that did not come, came twice or came short is noticed before anybody acts on it.
-- Breaks a running client: no.

insert into governance.data_quality_rules
  (rule_key, entity_type, kind, dimension, severity, enforcement, timing, status, due_in, message, description, applies_when, condition, fix)
values

('eligibility-file-arrived', 'eligibility_file', 'condition', 'timeliness', 'high', 'issue', 'async', 'active', '1 day',
 'The eligibility file of {source} was expected on {expected_on} and has not come.',
 'Until it comes, everybody is covered as they were: whoever joined cannot be served, whoever left still is.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "expected"}]}',
 '{"combinator": "and", "rules": [{"field": "expected_on", "operator": ">=", "value": "today"}]}', null),

('eligibility-file-complete', 'eligibility_file', 'condition', 'completeness', 'critical', 'issue', 'async', 'active', '1 day',
 'The eligibility file of {source} announces {expected_count} records; {received_count} came.',
 'Whoever acts on half a file ends the coverage of the other half.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "complete"}]}',
 '{"combinator": "and", "rules": [{"field": "received_count", "operator": "=", "valueSource": "field", "value": "expected_count"}]}', null),

('eligibility-file-not-twice', 'eligibility_file', 'unique', 'uniqueness', 'medium', 'issue', 'async', 'active', '3 days',
 'The same eligibility file of {source} came {group_size} times.',
 'The sender sent last month''s again, or somebody uploaded it twice: what is new is still missing.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "!=", "value": "rejected"}]}',
 '{"fields": [{"field": "checksum", "normalizer": "trim"}], "scope": ["source"]}', null),

('eligibility-record-names-member', 'eligibility_record', 'condition', 'completeness', 'high', 'issue', 'async', 'active', '3 days',
 'Line {line_number} names no member.',
 'Nobody can say whose coverage this line speaks of.',
 null, '{"combinator": "and", "rules": [{"field": "member_number", "operator": "isFilled"}]}', null),

('eligibility-record-matched', 'eligibility_record', 'condition', 'integrity', 'medium', 'issue', 'async', 'active', '7 days',
 'Line {line_number} speaks of member {member_number}, whom nobody knows.',
 'Once a file is complete, each of its lines belongs to a member: this one is new, or its number is wrong.',
 '{"combinator": "and", "rules": [{"field": "member_number", "operator": "isFilled"}, {"field": "file.status", "operator": "=", "value": "complete"}]}',
 '{"combinator": "and", "rules": [{"field": "member_id", "operator": "notNull"}]}', null),

('eligibility-record-plan-known', 'eligibility_record', 'condition', 'validity', 'medium', 'issue', 'async', 'active', '7 days',
 'The plan code "{plan_code}" is none of ours.',
 'A line with a plan that nobody offers covers nobody. The nearest code is suggested.',
 '{"combinator": "and", "rules": [{"field": "plan_code", "operator": "isFilled"}]}',
 '{"combinator": "and", "rules": [{"field": "plan_code", "operator": "inReference", "value": "plan_codes"}]}',
 '[{"step": "nearest", "field": "plan_code", "in": "plan_codes"}]'),

('eligibility-record-dates-in-order', 'eligibility_record', 'condition', 'consistency', 'medium', 'issue', 'async', 'active', '7 days',
 'Line {line_number} has a coverage that ends on {ends_on}, before it starts on {starts_on}.',
 'Such a coverage never was: the sender means another day.',
 null, '{"combinator": "and", "rules": [{"field": "starts_on", "operator": "<=", "valueSource": "field", "value": "ends_on"}]}', null),

('eligibility-record-birth-date-plausible', 'eligibility_record', 'condition', 'accuracy', 'medium', 'issue', 'async', 'active', '7 days',
 'Line {line_number} has somebody born on {birth_date}.',
 'Births before 1900 and births in the future are slips, often a century read wrongly.',
 null, '{"combinator": "and", "rules": [{"field": "birth_date", "operator": "between", "value": ["1900-01-01", "today"]}]}', null),

('eligibility-dependant-names-subscriber', 'eligibility_record', 'condition', 'integrity', 'medium', 'issue', 'async', 'active', '7 days',
 'Line {line_number} has a {relationship} without a subscriber.',
 'A dependant is covered through a subscriber, whose number the line must give.',
 '{"combinator": "and", "rules": [{"field": "relationship", "operator": "isFilled"}, {"field": "relationship", "operator": "notIn", "value": ["subscriber", "self", "employee"]}]}',
 '{"combinator": "and", "rules": [{"field": "subscriber_number", "operator": "isFilled"}]}', null);

-- What a sync brings keeps the key by which it is found again.

insert into governance.data_quality_rules
  (rule_key, entity_type, kind, dimension, severity, enforcement, timing, status, due_in, message, description, applies_when, condition, fix)
select 'synced-' || e.entity || '-keeps-its-key', e.entity, 'condition', 'integrity', 'medium', 'issue', 'async', 'active', '14 days',
  'This ' || e.entity || ' came from {source} without its key there.',
  'The next sync cannot find it again, and writes it a second time. A source that is a sync is called sync:name.',
  '{"combinator": "and", "rules": [{"field": "source", "operator": "beginsWith", "value": "sync:"}]}',
  '{"combinator": "and", "rules": [{"field": "external_id", "operator": "isFilled"}]}', null
from (values ('account'), ('contact'), ('lead'), ('deal'), ('member')) as e(entity);
