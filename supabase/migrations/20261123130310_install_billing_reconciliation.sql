-- What: the reconciliation of the reference CRM's books: invoices, lines, payments, processors, numbers, coverage, bank accounts.
-- Why: every amount stands in two places; where the two disagree, exactly and per currency, somebody should know.
-- Breaks a running client: no.

create function governance_private.reconcile_billing_invoices(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with invoices as (
    select i.* from public.invoices i
    where i.org_id = p_org_id::uuid and i.id > coalesce(p_after::uuid, '00000000-0000-0000-0000-000000000000') and i.id <= p_until::uuid and i.status <> 'draft'
  ), lines as (
    select l.invoice_id, count(*) as lines, sum(l.amount) as amount, max(l.updated_at) as touched_at
    from invoices i join public.invoice_lines l on l.org_id = i.org_id and l.invoice_id = i.id group by 1
  ), payments as (
    select p.invoice_id, max(p.updated_at) as touched_at,
           coalesce(sum(case p.kind when 'payment' then p.amount else -p.amount end) filter (where p.status in ('settled', 'refunded') and p.currency = i.currency), 0) as paid,
           count(*) filter (where p.kind = 'payment' and p.status in ('settled', 'refunded')) as settled,
           count(*) filter (where p.kind = 'payment' and p.status = 'declined') as declined,
           bool_or(p.currency <> i.currency and p.status in ('settled', 'refunded')) as is_mixed,
           -- Money that is on its way, for as long as its processor may take.
           bool_or(p.kind = 'payment' and p.status = 'pending'
             and coalesce(p.processed_on, p.created_at::date) + coalesce(b.settles_within_days, 5) >= governance_private.organization_today(p_org_id)) as is_coming
    from invoices i
    join public.payments p on p.org_id = i.org_id and p.invoice_id = i.id
    left join public.billing_processors b on b.org_id = p.org_id and b.id = p.processor_id
    group by 1
  ), doubles as (
    -- Two that moved the same amount within days, and neither was given back.
    select p.invoice_id, min(p.amount) as amount, count(*) as payments
    from invoices i
    join public.payments p on p.org_id = i.org_id and p.invoice_id = i.id and p.kind = 'payment' and p.status = 'settled'
    join public.payments q on q.org_id = p.org_id and q.invoice_id = p.invoice_id and q.id <> p.id and q.kind = 'payment' and q.status = 'settled'
      and q.amount = p.amount and q.currency = p.currency
      and abs(q.processed_on - p.processed_on) <= coalesce((p_settings #>> '{double-payment,days}')::integer, 7)
    group by 1
  ), held as (
    select i.*, coalesce(l.lines, 0) as lines, coalesce(l.amount, 0) as lines_amount, coalesce(p.paid, 0) as paid, coalesce(p.settled, 0) as settled,
           coalesce(p.declined, 0) as declined, coalesce(p.is_mixed, false) as is_mixed, coalesce(p.is_coming, false) as is_coming, d.payments as same_payments,
           case when p.is_coming then 'infinity' else greatest(i.updated_at, l.touched_at, p.touched_at) end as touched_at
    from invoices i left join lines l on l.invoice_id = i.id left join payments p on p.invoice_id = i.id left join doubles d on d.invoice_id = i.id
  )
  select x.break_class, 'invoice', h.id::text, null::text, x.expected, x.actual, h.currency::text, coalesce(h.paid_on, h.issued_on),
    case when x.is_about_lines then greatest(h.updated_at, h.touched_at) else h.touched_at end, x.message, null::jsonb, x.correction
  from held h
  cross join lateral (
    select case when abs(h.total_amount - h.lines_amount) <= coalesce((p_settings #>> '{invoice-rounding,tolerance}')::numeric, 0.05) then 'invoice-rounding' else 'invoice-off-lines' end,
      h.lines_amount, h.total_amount, true,
      format('Invoice %s says %s %s, its lines come to %s.', h.number, trim_scale(h.total_amount), h.currency, trim_scale(h.lines_amount)),
      case when abs(h.total_amount - h.lines_amount) <= coalesce((p_settings #>> '{invoice-rounding,tolerance}')::numeric, 0.05) and h.lines_amount >= 0
        then jsonb_build_object('total_amount', jsonb_build_object('from', h.total_amount::text, 'to', h.lines_amount::text)) end
    where h.status <> 'void' and h.lines > 0 and h.total_amount <> h.lines_amount
    union all
    select 'invoice-without-lines', 0, h.total_amount, true, format('Invoice %s says %s %s and has no lines.', h.number, trim_scale(h.total_amount), h.currency), null
    where h.status <> 'void' and h.lines = 0 and h.total_amount > 0
    union all
    select case when h.declined > 0 then 'declined-but-paid' else 'paid-without-payment' end, h.total_amount, 0, false,
      case when h.declined > 0 then format('Invoice %s is marked paid, but its payment was declined.', h.number)
        else format('Invoice %s is marked paid, but no payment of %s %s has come.', h.number, trim_scale(h.total_amount), h.currency) end, null
    where h.status = 'paid' and h.settled = 0 and h.total_amount > 0
    union all
    select 'underpaid', h.total_amount, h.paid, false,
      format('Invoice %s of %s %s is marked paid, but only %s came and stayed.', h.number, trim_scale(h.total_amount), h.currency, trim_scale(h.paid)), null
    where h.status = 'paid' and h.settled > 0 and h.paid < h.total_amount and not h.is_mixed
    union all
    select case when h.same_payments is not null then 'double-payment' else 'overpaid' end, h.total_amount, h.paid, false,
      case when h.same_payments is not null then format('Invoice %s of %s %s was paid %s times.', h.number, trim_scale(h.total_amount), h.currency, h.same_payments)
        else format('Invoice %s of %s %s was paid %s.', h.number, trim_scale(h.total_amount), h.currency, trim_scale(h.paid)) end, null
    where h.status not in ('void') and h.paid > h.total_amount
    union all
    select 'paid-but-open', 0, h.paid, false, format('Invoice %s is paid in full and still open.', h.number), null
    where h.status in ('open', 'uncollectible') and h.paid = h.total_amount and h.total_amount > 0
    union all
    select 'void-but-paid', 0, h.paid, false, format('Invoice %s is void, but %s %s came for it.', h.number, trim_scale(h.paid), h.currency), null
    where h.status = 'void' and h.paid > 0
    union all
    select 'payment-in-another-currency', null, null, false, format('Invoice %s is in %s, but was paid in another currency.', h.number, h.currency), null
    where h.is_mixed
  ) as x(break_class, expected, actual, is_about_lines, message, correction)
$$;
comment on function governance_private.reconcile_billing_invoices(text, text, text, jsonb) is 'Invoice header = lines = payments − refunds, in exact decimals and per currency.';

create function governance_private.reconcile_billing_lines(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  select 'line-does-not-add-up', 'invoice_line', l.id::text, null::text, l.quantity * l.unit_price, l.amount, i.currency::text, i.issued_on, greatest(l.updated_at, i.updated_at),
    format('Line %s of invoice %s: %s × %s is not %s.', l.position, i.number, trim_scale(l.quantity), trim_scale(l.unit_price), trim_scale(l.amount)), null::jsonb, null::jsonb
  from public.invoice_lines l
  join public.invoices i on i.org_id = l.org_id and i.id = l.invoice_id
  where l.org_id = p_org_id::uuid and l.id > coalesce(p_after::uuid, '00000000-0000-0000-0000-000000000000') and l.id <= p_until::uuid
    and i.status not in ('draft', 'void')
    and abs(l.quantity * l.unit_price - l.amount) > coalesce((p_settings #>> '{line-does-not-add-up,tolerance}')::numeric, 0.01)
$$;
comment on function governance_private.reconcile_billing_lines(text, text, text, jsonb) is 'Quantity times price is the amount.';

create function governance_private.reconcile_billing_payments(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with payments as (
    select p.*, coalesce(b.settles_within_days, 5) as settles_within_days, b.name as processor,
           r.refunds, r.refunded, r.touched_at as refund_touched_at
    from public.payments p
    left join public.billing_processors b on b.org_id = p.org_id and b.id = p.processor_id
    left join lateral (
      select count(*) as refunds, coalesce(sum(f.amount), 0) as refunded, max(f.updated_at) as touched_at from public.payments f
      where f.org_id = p.org_id and f.refunds_payment_id = p.id and f.kind = 'refund' and f.status in ('settled', 'pending') and f.currency = p.currency) r on p.kind = 'payment'
    where p.org_id = p_org_id::uuid and p.id > coalesce(p_after::uuid, '00000000-0000-0000-0000-000000000000') and p.id <= p_until::uuid
  )
  select x.break_class, 'payment', p.id::text, null::text, x.expected, x.actual, p.currency::text, p.processed_on, greatest(p.updated_at, p.refund_touched_at), x.message, null::jsonb, null::jsonb
  from payments p
  cross join lateral (
    select 'payment-without-invoice', 0::numeric, p.amount, format('A payment of %s %s belongs to no invoice.', trim_scale(p.amount), p.currency)
    where p.kind = 'payment' and p.status = 'settled' and p.invoice_id is null
    union all
    select 'refund-without-payment', 0, p.amount, format('A refund of %s %s names no payment that it gives back.', trim_scale(p.amount), p.currency)
    where p.kind = 'refund' and p.status = 'settled' and p.refunds_payment_id is null
    union all
    select 'refunded-too-much', p.amount, p.refunded, format('Of a payment of %s %s, %s was given back.', trim_scale(p.amount), p.currency, trim_scale(p.refunded))
    where p.kind = 'payment' and p.refunded > p.amount
    union all
    select 'refunded-without-refund', p.amount, p.refunded, format('A payment of %s %s is marked refunded, but its refunds come to %s.', trim_scale(p.amount), p.currency, trim_scale(p.refunded))
    where p.kind = 'payment' and p.status = 'refunded' and p.refunded < p.amount
    union all
    select 'payment-stays-pending', p.amount, 0, format('A payment of %s %s has been on its way since %s; %s takes at most %s days.', trim_scale(p.amount), p.currency,
      coalesce(p.processed_on, p.created_at::date), coalesce(p.processor, 'its processor'), p.settles_within_days)
    where p.status = 'pending' and coalesce(p.processed_on, p.created_at::date) + p.settles_within_days < governance_private.organization_today(p_org_id)
  ) as x(break_class, expected, actual, message)
$$;
comment on function governance_private.reconcile_billing_payments(text, text, text, jsonb) is 'Payments without invoice, refunds against what they give back, and payments that never arrive.';

create function governance_private.reconcile_billing_settlements(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with bounds as (
    select governance_private.organization_today(p_org_id) as today,
           governance_private.organization_today(p_org_id) - coalesce((p_settings #>> '{settlement-differs,days}')::integer, 800) as first_day
  ), reporting as (
    -- A processor that has never reported a day reports elsewhere.
    select s.processor_id, min(s.settled_on) as first_day from public.processor_settlements s where s.org_id = p_org_id::uuid group by 1
  ), ledger as (
    select p.processor_id, p.processed_on as day, p.currency, max(p.updated_at) as touched_at,
           coalesce(sum(p.amount) filter (where p.kind = 'payment'), 0) - coalesce(sum(p.amount) filter (where p.kind = 'refund'), 0) as amount,
           count(*) filter (where p.kind = 'payment') as payments, count(*) filter (where p.kind = 'refund') as refunds
    from public.payments p join reporting r on r.processor_id = p.processor_id
    where p.org_id = p_org_id::uuid and p.status in ('settled', 'refunded') and p.processed_on between greatest((select b.first_day from bounds b), r.first_day) and (select b.today from bounds b)
    group by 1, 2, 3
  ), reported as (
    select s.processor_id, s.settled_on as day, s.currency, s.updated_at as touched_at, s.payment_amount - s.refund_amount as amount,
           s.payment_count as payments, s.refund_count as refunds
    from public.processor_settlements s
    where s.org_id = p_org_id::uuid and s.settled_on between (select b.first_day from bounds b) and (select b.today from bounds b)
  )
  select case when r.day is null then 'settlement-missing' when l.day is null then 'settlement-without-ledger' else 'settlement-differs' end,
    'billing_processor', b.id::text, concat_ws(':', x.day, x.currency), coalesce(r.amount, 0), coalesce(l.amount, 0), x.currency::text, x.day,
    case when x.day + b.settles_within_days >= (select t.today from bounds t) then 'infinity' else greatest(l.touched_at, r.touched_at) end,
    format('%s reports %s %s for %s, the ledger says %s (%s payments and %s refunds against %s and %s).', b.name, coalesce(trim_scale(r.amount)::text, 'nothing in'), x.currency, x.day,
      trim_scale(coalesce(l.amount, 0)), coalesce(r.payments, 0), coalesce(r.refunds, 0), coalesce(l.payments, 0), coalesce(l.refunds, 0)),
    jsonb_build_object('payments_reported', coalesce(r.payments, 0), 'payments_in_ledger', coalesce(l.payments, 0)), null::jsonb
  from ledger l
  full join reported r on r.processor_id = l.processor_id and r.day = l.day and r.currency = l.currency
  cross join lateral (select coalesce(r.processor_id, l.processor_id) as processor_id, coalesce(r.day, l.day) as day, coalesce(r.currency, l.currency) as currency) x
  join public.billing_processors b on b.org_id = p_org_id::uuid and b.id = x.processor_id
  where (l.amount, l.payments, l.refunds) is distinct from (r.amount, r.payments, r.refunds)
    and not (l.day is null and r.amount = 0 and r.payments = 0 and r.refunds = 0)
$$;
comment on function governance_private.reconcile_billing_settlements(text, text, text, jsonb) is 'What processors report of each day and currency, against the ledger of payments.';

create function governance_private.reconcile_billing_numbers(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with numbered as (
    select i.id, i.number, i.issued_on, i.updated_at, lag(i.number) over (order by i.number) as previous from public.invoices i where i.org_id = p_org_id::uuid
  )
  select 'invoice-number-missing', 'invoice', n.id::text, null::text, n.previous + 1, n.number, null::text, n.issued_on, n.updated_at,
    case when n.number - n.previous = 2 then format('There is no invoice %s: after %s comes %s.', n.previous + 1, n.previous, n.number)
      else format('There are no invoices %s to %s: after %s comes %s.', n.previous + 1, n.number - 1, n.previous, n.number) end,
    jsonb_build_object('missing', n.number - n.previous - 1), null::jsonb
  from numbered n where n.number > n.previous + 1
$$;
comment on function governance_private.reconcile_billing_numbers(text, text, text, jsonb) is 'Gaps in the sequence of invoice numbers.';

create function governance_private.reconcile_billing_coverage(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with members as (
    select m.id, m.org_id, m.account_id, m.updated_at from public.members m
    where m.org_id = p_org_id::uuid and m.id > coalesce(p_after::uuid, '00000000-0000-0000-0000-000000000000') and m.id <= p_until::uuid
  ), billed as (
    -- A line bills its own member, or the invoice's, for the invoice's period; a line without plan bills any.
    select m.id as member_id, l.plan_id, i.id as invoice_id, i.number, i.period, i.currency, l.amount, greatest(i.updated_at, l.updated_at) as touched_at
    from members m
    join public.invoices i on i.org_id = m.org_id and i.member_id = m.id and i.status not in ('draft', 'void') and i.period is not null
    join public.invoice_lines l on l.org_id = i.org_id and l.invoice_id = i.id and l.kind = 'charge' and coalesce(l.member_id, m.id) = m.id
    union all
    select m.id, l.plan_id, i.id, i.number, i.period, i.currency, l.amount, greatest(i.updated_at, l.updated_at)
    from members m
    join public.invoice_lines l on l.org_id = m.org_id and l.member_id = m.id and l.kind = 'charge'
    join public.invoices i on i.org_id = l.org_id and i.id = l.invoice_id and i.member_id is distinct from m.id and i.status not in ('draft', 'void') and i.period is not null
  ), covered as (
    select m.id as member_id, c.plan_id, c.period, c.status, coalesce(c.monthly_price, p.monthly_price) as price, p.currency, p.name as plan, c.updated_at
    from members m
    join public.coverages c on c.org_id = m.org_id and c.member_id = m.id and c.status in ('active', 'terminated') and not isempty(c.period)
    join public.plans p on p.org_id = c.org_id and p.id = c.plan_id
  ), months as (
    -- Whole months in the past, with days to write their bill; a month that is covered in part may or may not be billed.
    select c.member_id, c.plan_id, c.plan, c.price, c.currency, c.updated_at, d.month::date as month, daterange(d.month::date, (d.month + interval '1 month')::date) as days
    from covered c
    cross join lateral generate_series(date_trunc('month', lower(c.period)::timestamp),
      least(coalesce(upper(c.period), 'infinity'::date), governance_private.organization_today(p_org_id)
        - coalesce((p_settings #>> '{covered-without-bill,grace_days}')::integer, 31))::timestamp - interval '1 month', interval '1 month') as d(month)
    where c.price > 0 and c.period @> daterange(d.month::date, (d.month + interval '1 month')::date)
      and d.month >= governance_private.organization_today(p_org_id) - coalesce((p_settings #>> '{covered-without-bill,days}')::integer, 800)
  )
  select 'billed-without-coverage', 'invoice', b.invoice_id::text, b.member_id::text, 0::numeric, sum(b.amount), b.currency::text, lower(b.period), max(b.touched_at),
    format('Invoice %s bills a member for %s to %s who was not covered then.', b.number, lower(b.period), upper(b.period) - 1), null::jsonb, null::jsonb
  from billed b
  where not exists (select from covered c where c.member_id = b.member_id and (b.plan_id is null or c.plan_id = b.plan_id) and c.period && b.period)
  group by b.invoice_id, b.number, b.member_id, b.currency, b.period
  having sum(b.amount) > 0
  union all
  select 'covered-without-bill', 'member', m.member_id::text, m.plan_id::text, sum(m.price), 0, m.currency::text, min(m.month), max(m.updated_at),
    format('This member was covered by "%s" in %s, but not billed.', m.plan,
      case when count(*) <= 3 then string_agg(to_char(m.month, 'YYYY-MM'), ', ' order by m.month)
        else format('%s months, from %s to %s', count(*), to_char(min(m.month), 'YYYY-MM'), to_char(max(m.month), 'YYYY-MM')) end),
    jsonb_build_object('months', jsonb_agg(to_char(m.month, 'YYYY-MM') order by m.month)), null::jsonb
  from months m
  where not exists (select from billed b where b.member_id = m.member_id and (b.plan_id is null or b.plan_id = m.plan_id) and b.period && m.days)
    -- An organization that bills nobody bills elsewhere.
    and exists (select from public.invoices i where i.org_id = p_org_id::uuid)
  group by m.member_id, m.plan_id, m.plan, m.currency
$$;
comment on function governance_private.reconcile_billing_coverage(text, text, text, jsonb) is 'Members billed without coverage, and covered without a bill.';

create function governance_private.reconcile_billing_bank_accounts(p_org_id text, p_after text, p_until text, p_settings jsonb) returns setof governance_private.found_break
language sql stable security invoker set search_path = ''
as $$
  with used as (
    -- A family is a subscriber with dependants; whoever is covered through one account's group is no stranger to the group's payer.
    select b.account_fingerprint, b.id, b.created_at, b.updated_at, coalesce(m.subscriber_id, m.id) as family
    from public.bank_accounts b join public.members m on m.org_id = b.org_id and m.id = b.member_id
    where b.org_id = p_org_id::uuid and b.status = 'active'
  )
  select 'bank-account-shared', 'bank_account', (array_agg(u.id::text order by u.created_at, u.id))[1], null::text, 1::numeric, count(distinct u.family)::numeric, null::text,
    max(u.created_at)::date, max(u.updated_at), format('One bank account pays for %s members who are not related.', count(distinct u.family)),
    jsonb_build_object('families', count(distinct u.family)), null::jsonb
  from used u group by u.account_fingerprint having count(distinct u.family) > 1
$$;
comment on function governance_private.reconcile_billing_bank_accounts(text, text, text, jsonb) is 'Bank accounts from which unrelated members pay.';

insert into governance.reconcile_jobs (job, title, description) values
  ('billing', 'Billing', 'Invoices against lines and payments, processors against the ledger, bills against coverage.');
insert into governance.reconcile_steps (job, position, step, entity_type) values
  ('billing', 0, 'billing_invoices', 'invoice'),
  ('billing', 1, 'billing_lines', 'invoice_line'),
  ('billing', 2, 'billing_payments', 'payment'),
  ('billing', 3, 'billing_settlements', null),
  ('billing', 4, 'billing_numbers', null),
  ('billing', 5, 'billing_coverage', 'member'),
  ('billing', 6, 'billing_bank_accounts', null);
insert into governance.break_classes (break_class, step, title, dimension, severity, correction, settings) values
  ('invoice-rounding', 'billing_invoices', 'Invoice differs from its lines by cents', 'accuracy', 'low', 'What the lines come to.', '{"tolerance": 0.05}'),
  ('invoice-off-lines', 'billing_invoices', 'Invoice differs from its lines', 'accuracy', 'high', null, '{}'),
  ('invoice-without-lines', 'billing_invoices', 'Invoice without lines', 'completeness', 'high', null, '{}'),
  ('paid-without-payment', 'billing_invoices', 'Paid invoice without payment', 'consistency', 'high', null, '{}'),
  ('declined-but-paid', 'billing_invoices', 'Paid invoice whose payment was declined', 'consistency', 'high', null, '{}'),
  ('underpaid', 'billing_invoices', 'Paid invoice that was paid in part', 'consistency', 'high', null, '{}'),
  ('overpaid', 'billing_invoices', 'Invoice that was paid too much', 'consistency', 'high', null, '{}'),
  ('double-payment', 'billing_invoices', 'Invoice that was paid twice', 'consistency', 'critical', null, '{"days": 7}'),
  ('paid-but-open', 'billing_invoices', 'Open invoice that is paid', 'consistency', 'medium', null, '{}'),
  ('void-but-paid', 'billing_invoices', 'Void invoice that was paid', 'consistency', 'high', null, '{}'),
  ('payment-in-another-currency', 'billing_invoices', 'Invoice paid in another currency', 'validity', 'medium', null, '{}'),
  ('line-does-not-add-up', 'billing_lines', 'Line that does not add up', 'accuracy', 'medium', null, '{"tolerance": 0.01}'),
  ('payment-without-invoice', 'billing_payments', 'Payment without invoice', 'integrity', 'high', null, '{}'),
  ('refund-without-payment', 'billing_payments', 'Refund without payment', 'integrity', 'high', null, '{}'),
  ('refunded-too-much', 'billing_payments', 'Payment refunded more than it was', 'accuracy', 'critical', null, '{}'),
  ('refunded-without-refund', 'billing_payments', 'Refunded payment without its refund', 'consistency', 'high', null, '{}'),
  ('payment-stays-pending', 'billing_payments', 'Payment that does not arrive', 'timeliness', 'medium', null, '{}'),
  ('settlement-differs', 'billing_settlements', 'Processor''s day differs from the ledger', 'accuracy', 'high', null, '{"days": 800}'),
  ('settlement-missing', 'billing_settlements', 'Day that the processor does not report', 'completeness', 'medium', null, '{}'),
  ('settlement-without-ledger', 'billing_settlements', 'Processor''s day that the ledger lacks', 'completeness', 'high', null, '{}'),
  ('invoice-number-missing', 'billing_numbers', 'Missing invoice number', 'completeness', 'medium', null, '{}'),
  ('billed-without-coverage', 'billing_coverage', 'Member billed without coverage', 'consistency', 'high', null, '{}'),
  ('covered-without-bill', 'billing_coverage', 'Member covered without a bill', 'completeness', 'high', null, '{"grace_days": 31, "days": 800}'),
  ('bank-account-shared', 'billing_bank_accounts', 'Bank account of unrelated members', 'integrity', 'high', null, '{}');
