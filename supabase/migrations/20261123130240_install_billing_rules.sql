-- What: the rules on invoices and payments that ship.
-- Why: what one record alone, or with what it points to, can get wrong; whether the sums agree is for reconciliation.
-- Breaks a running client: no.

insert into governance.data_quality_rules
  (rule_key, entity_type, kind, dimension, severity, enforcement, timing, status, due_in, message, description, applies_when, condition, fix)
values

('invoice-has-payer', 'invoice', 'condition', 'integrity', 'high', 'issue', 'async', 'active', '3 days',
 'Invoice {number} is addressed to nobody.',
 'An invoice goes to a member or to an account.',
 null, '{"combinator": "or", "rules": [{"field": "member_id", "operator": "notNull"}, {"field": "account_id", "operator": "notNull"}]}', null),

('invoice-has-lines', 'invoice', 'condition', 'completeness', 'high', 'issue', 'async', 'active', '3 days',
 'Invoice {number} has no lines: nobody can tell what it is for.',
 'Once it is open, an invoice says what it bills. A draft may still be empty.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "in", "value": ["open", "paid"]}]}',
 '{"combinator": "and", "rules": [{"field": "invoice_lines", "operator": "=", "match": {"mode": "some"}, "value": {"combinator": "and", "rules": [
   {"field": "amount", "operator": "notNull"}]}}]}', null),

('paid-invoice-has-payment', 'invoice', 'condition', 'consistency', 'high', 'issue', 'async', 'active', '3 days',
 'Invoice {number} is marked as paid, and no payment for it has arrived.',
 'Somebody ticked it off, or the payment is booked elsewhere. A declined payment is none.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "paid"}, {"field": "total_amount", "operator": ">", "value": "0"}]}',
 '{"combinator": "and", "rules": [{"field": "payments", "operator": "=", "match": {"mode": "some"}, "value": {"combinator": "and", "rules": [
   {"field": "kind", "operator": "=", "value": "payment"}, {"field": "status", "operator": "in", "value": ["settled", "refunded"]}]}}]}', null),

('paid-invoice-says-when', 'invoice', 'condition', 'completeness', 'medium', 'issue', 'async', 'active', '7 days',
 'Invoice {number} is paid, but nobody knows since when.',
 'How fast customers pay is counted from this day.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "paid"}]}',
 '{"combinator": "and", "rules": [{"field": "paid_on", "operator": "notNull"}]}', null),

('open-invoice-not-long-overdue', 'invoice', 'condition', 'timeliness', 'high', 'issue', 'async', 'active', '7 days',
 'Invoice {number} was due on {due_on} and is still open.',
 'After sixty days an open invoice is chased, or given up as uncollectible.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "open"}]}',
 '{"combinator": "and", "rules": [{"field": "due_on", "operator": ">=", "value": "today-P60D"}]}', null),

('invoice-currency-known', 'invoice', 'condition', 'validity', 'high', 'issue', 'async', 'active', '3 days',
 '"{currency}" is no currency.',
 'An amount in a currency that does not exist cannot be paid.',
 null, '{"combinator": "and", "rules": [{"field": "currency", "operator": "inReference", "value": "currencies"}]}',
 '[{"step": "nearest", "field": "currency", "in": "currencies"}]'),

('invoice-dates-plausible', 'invoice', 'condition', 'accuracy', 'medium', 'issue', 'async', 'active', '14 days',
 'Invoice {number} is issued on {issued_on}, which can hardly be meant.',
 'Before 1900, or more than a year ahead: a slip of the hand.',
 null, '{"combinator": "and", "rules": [{"field": "issued_on", "operator": "between", "value": ["1900-01-01", "today+P1Y"]}]}', null),

-- Payments.

('payment-has-invoice', 'payment', 'condition', 'integrity', 'high', 'issue', 'async', 'active', '3 days',
 'A payment of {amount} {currency} has arrived, and nobody knows for what.',
 'Money without an invoice is owed back, or an invoice somewhere stays open that is paid.',
 '{"combinator": "and", "rules": [{"field": "kind", "operator": "=", "value": "payment"}, {"field": "status", "operator": "=", "value": "settled"}]}',
 '{"combinator": "and", "rules": [{"field": "invoice_id", "operator": "notNull"}]}', null),

('payment-currency-agrees-with-invoice', 'payment', 'condition', 'consistency', 'high', 'issue', 'async', 'active', '3 days',
 'This payment is in {currency}, its invoice {invoice.number} in {invoice.currency}.',
 'Amounts in two currencies settle nothing: one of the two is wrong, or it was changed and not booked so.',
 null, '{"combinator": "and", "rules": [{"field": "currency", "operator": "=", "valueSource": "field", "value": "invoice.currency"}]}', null),

('refund-names-its-payment', 'payment', 'condition', 'integrity', 'high', 'issue', 'async', 'active', '3 days',
 'This refund of {amount} {currency} does not say which payment it gives back.',
 'A refund of nothing is money that simply left.',
 '{"combinator": "and", "rules": [{"field": "kind", "operator": "=", "value": "refund"}]}',
 '{"combinator": "and", "rules": [{"field": "refunds_payment_id", "operator": "notNull"}]}', null),

('refund-not-above-its-payment', 'payment', 'condition', 'consistency', 'critical', 'issue', 'async', 'active', '1 day',
 'This refund gives back {amount}, more than the {refunds_payment.amount} that were paid.',
 'Nobody gets back more than they paid.',
 '{"combinator": "and", "rules": [{"field": "kind", "operator": "=", "value": "refund"}]}',
 '{"combinator": "and", "rules": [{"field": "amount", "operator": "<=", "valueSource": "field", "value": "refunds_payment.amount"}]}', null),

('settled-payment-says-when', 'payment', 'condition', 'completeness', 'medium', 'issue', 'async', 'active', '7 days',
 'This payment is settled, but on no day.',
 'Without its day it is in no day''s total of the processor.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "in", "value": ["settled", "refunded"]}]}',
 '{"combinator": "and", "rules": [{"field": "processed_on", "operator": "notNull"}]}', null),

('payment-date-plausible', 'payment', 'condition', 'accuracy', 'medium', 'issue', 'async', 'active', '7 days',
 'This payment was processed on {processed_on}, which cannot be.',
 'A processor counts no day that has not been, and none before 1900.',
 null, '{"combinator": "and", "rules": [{"field": "processed_on", "operator": "between", "value": ["1900-01-01", "today+P1D"]}]}', null),

('pending-payment-not-stuck', 'payment', 'condition', 'timeliness', 'medium', 'issue', 'async', 'active', '3 days',
 'This payment is on its way since {created_at}.',
 'After fourteen days a payment has arrived or has failed, and somebody has not noticed.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "pending"}]}',
 '{"combinator": "and", "rules": [{"field": "created_at", "operator": ">=", "value": "now-P14D"}]}', null),

('declined-payment-says-why', 'payment', 'condition', 'completeness', 'low', 'issue', 'async', 'active', '14 days',
 'This payment was declined, and nobody knows why.',
 'Whether to ask for another card or to try again depends on the reason.',
 '{"combinator": "and", "rules": [{"field": "status", "operator": "=", "value": "declined"}]}',
 '{"combinator": "and", "rules": [{"field": "decline_reason", "operator": "isFilled"}]}', null),

('payment-not-twice', 'payment', 'unique', 'uniqueness', 'high', 'issue', 'async', 'active', '3 days',
 '{group_size} payments of {amount} {currency} for one invoice were settled on {processed_on}.',
 'The same invoice paid twice with the same amount on the same day: usually one of them goes back.',
 '{"combinator": "and", "rules": [{"field": "kind", "operator": "=", "value": "payment"}, {"field": "status", "operator": "=", "value": "settled"}]}',
 '{"fields": [{"field": "invoice_id"}, {"field": "amount"}, {"field": "currency"}, {"field": "processed_on"}]}', null);
