-- What: the change policies that ship for the reference CRM.
-- Why: stage jumps, eligibility, and where money is paid to are what a careless or dishonest edit costs most.
-- Breaks a running client: no; they are drafts. A sync that writes these fields would wait for people: an admin looks at what would be held up, then sets them active.

insert into governance.change_policies (policy_key, entity_type, mode, guarded_fields, condition, approver_role, approvals_needed, amount_field, amount_bands, message, description) values
  ('deal-stage-jump', 'deal', 'divert', '{stage_id,stage_name,pipeline_id,status}',
   '{"combinator": "and", "rules": [
      {"combinator": "or", "rules": [{"skips": "stage.position"}, {"movesBackwards": "stage.position"},
        {"combinator": "and", "rules": [{"changes": "pipeline_id"}, {"field": "old.pipeline_id", "operator": "notNull"}]}]},
      {"combinator": "or", "rules": [{"field": "stage.outcome", "operator": "null"}, {"field": "stage.outcome", "operator": "!=", "value": "lost"}]}]}',
   'steward', 1, 'amount', '[{"from": "100000", "role": "admin"}]',
   'A deal that skips a stage, goes backwards or changes its pipeline takes approval.', 'A deal may be lost from any stage.'),
  ('member-eligibility', 'member', 'divert', '{status,joined_on,terminated_on,subscriber_id,relationship}', null, 'steward', 1, null, '[]',
   'Who is a member, and since when, takes approval.', 'Any change of a member''s status, dates or family.'),
  ('coverage-eligibility', 'coverage', 'divert', '{member_id,plan_id,starts_on,ends_on,status}', null, 'steward', 1, null, '[]',
   'What somebody is covered for, and when, takes approval.', 'Any change of a coverage''s person, plan, period or status.'),
  ('billing-processor', 'billing_processor', 'divert', '{name,kind,is_active,settles_within_days,external_id}', null, 'admin', 1, null, '[]',
   'A change of a billing processor takes an admin''s approval.', 'Payments are held against what a processor reports.'),
  ('bank-account', 'bank_account', 'divert', '{member_id,holder_name,bank_name,routing_number,account_fingerprint,last_four}', null, 'admin', 2, null, '[]',
   'Where money is paid to takes the approval of two admins.', 'A changed bank account is how money is stolen.'),
  ('bank-account-new', 'bank_account', 'review', '{account_fingerprint}', '{"combinator": "and", "rules": [{"field": "account_fingerprint", "operator": "notNull"}]}', 'steward', 1, null, '[]',
   'A new bank account is to be looked at.', 'It is let in, with an issue.');
