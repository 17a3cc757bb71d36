-- What: billing processors with what they report, bank accounts, invoices with their lines, and payments with their refunds.
-- Why: the books can be held against each other: header against lines, invoices against payments, payments against the processor's days.
-- Breaks a running client: no.

create table public.billing_processors (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  name text not null,
  kind text not null default 'card',
  settles_within_days integer not null default 2,
  is_active boolean not null default true,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint processor_key_is_unique_in_its_organization unique (org_id, id),
  constraint processor_has_a_name check (btrim(name) <> ''),
  constraint processor_kind_is_known check (kind in ('card', 'bank', 'check', 'cash', 'other')),
  constraint processor_settles_within_0_to_90_days check (settles_within_days between 0 and 90)
);
create unique index processor_name_is_used_once on public.billing_processors (org_id, lower(btrim(name)));
comment on table public.billing_processors is 'Through whom payments come: card processors, banks, the till.';
comment on column public.billing_processors.settles_within_days is 'How long a payment may be on its way before its absence is a break.';

create table public.processor_settlements (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  processor_id uuid not null,
  settled_on date not null,
  currency char(3) not null,
  payment_count integer not null default 0,
  payment_amount public.currency_amount not null default 0,
  refund_count integer not null default 0,
  refund_amount public.currency_amount not null default 0,
  fee_amount public.currency_amount not null default 0,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint settlement_key_is_unique_in_its_organization unique (org_id, id),
  constraint settlement_is_reported_once_a_day_and_currency unique (org_id, processor_id, settled_on, currency),
  constraint settlement_processor_is_in_the_same_organization foreign key (org_id, processor_id)
    references public.billing_processors (org_id, id) on delete restrict,
  constraint settlement_currency_is_three_capital_letters check (currency ~ '^[A-Z]{3}$'),
  constraint settlement_counts_are_not_negative check (payment_count >= 0 and refund_count >= 0),
  constraint settlement_amounts_are_not_negative check (payment_amount >= 0 and refund_amount >= 0)
);
comment on table public.processor_settlements is 'What a processor reports of a day: the totals that the ledger of payments is held against.';
comment on column public.processor_settlements.settled_on is 'The day as the processor counts it: payments.processed_on.';
comment on column public.processor_settlements.fee_amount is 'What the processor kept; negative where it gave a fee back.';

create table public.bank_accounts (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  member_id uuid not null,
  holder_name text,
  bank_name text,
  routing_number text,
  account_fingerprint text not null,
  last_four text,
  country text,
  status text not null default 'active',
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint bank_account_key_is_unique_in_its_organization unique (org_id, id),
  -- Cascade: where somebody banks is theirs, and goes with them.
  constraint bank_account_member_is_in_the_same_organization foreign key (org_id, member_id)
    references public.members (org_id, id) on delete cascade,
  constraint bank_account_is_named_once_by_a_member unique (org_id, member_id, account_fingerprint),
  constraint bank_account_has_a_fingerprint check (btrim(account_fingerprint) <> ''),
  constraint bank_account_shows_four_digits check (last_four ~ '^[0-9]{4}$'),
  constraint bank_account_status_is_known check (status in ('active', 'closed'))
);
create index bank_accounts_fingerprint_idx on public.bank_accounts (org_id, account_fingerprint);
comment on table public.bank_accounts is 'From where members pay. The account number itself is never kept.';
comment on column public.bank_accounts.account_fingerprint is 'A keyed hash or the processor''s token of the account: the same account has the same one, whoever names it.';
comment on column public.bank_accounts.last_four is 'The last four digits, to be recognised by.';

create table public.invoices (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  number bigint not null,
  member_id uuid,
  account_id uuid,
  status text not null default 'open',
  currency char(3) not null,
  total_amount public.currency_amount not null default 0,
  issued_on date,
  due_on date,
  paid_on date,
  period_starts_on date,
  period_ends_on date,
  period daterange generated always as (case
    when period_starts_on is null or period_ends_on is null then null
    when period_ends_on < period_starts_on then 'empty'::daterange
    else daterange(period_starts_on, period_ends_on, '[]') end) stored,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint invoice_key_is_unique_in_its_organization unique (org_id, id),
  constraint invoice_number_is_used_once unique (org_id, number),
  constraint invoice_member_is_in_the_same_organization foreign key (org_id, member_id)
    references public.members (org_id, id) on delete restrict,
  constraint invoice_account_is_in_the_same_organization foreign key (org_id, account_id)
    references public.accounts (org_id, id) on delete restrict,
  constraint invoice_number_is_counted_from_1 check (number >= 1),
  constraint invoice_status_is_known check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
  constraint invoice_currency_is_three_capital_letters check (currency ~ '^[A-Z]{3}$'),
  constraint invoice_total_is_not_negative check (total_amount >= 0),
  constraint invoice_is_due_after_it_is_issued check (due_on >= issued_on),
  constraint invoice_period_ends_after_it_starts check (period_ends_on >= period_starts_on)
);
create index invoices_member_idx on public.invoices (org_id, member_id);
create index invoices_account_idx on public.invoices (org_id, account_id);
comment on table public.invoices is 'Bills to members, or to the accounts that pay for theirs.';
comment on column public.invoices.number is 'Its place in the organization''s own sequence, given when it is left out; an invoice is voided, not deleted, so that no number is missing.';
comment on column public.invoices.total_amount is 'What the header says; its lines must come to the same.';
comment on column public.invoices.period_ends_on is 'The last day that it bills.';
comment on column public.invoices.period is 'The billed days, made by the database.';
comment on column public.invoices.paid_on is 'When the last of it was paid.';

create function public.number_invoice() returns trigger
language plpgsql volatile security invoker set search_path = ''
as $$
begin
  if new.number is null then
    -- Until commit nobody else takes a number of this organization; a sequence would leave gaps behind rolled-back writes.
    perform pg_advisory_xact_lock(hashtextextended('invoice number ' || new.org_id::text, 0));
    new.number := coalesce((select max(i.number) from public.invoices i where i.org_id = new.org_id), 0) + 1;
  end if;
  return new;
end
$$;
comment on function public.number_invoice() is 'Trigger: gives an invoice that brings no number the next one of its organization.';
create trigger number_invoice before insert on public.invoices for each row execute function public.number_invoice();

create table public.invoice_lines (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  invoice_id uuid not null,
  position integer not null,
  kind text not null default 'charge',
  description text,
  member_id uuid,
  plan_id uuid,
  quantity numeric not null default 1,
  unit_price public.currency_amount not null,
  amount public.currency_amount not null,
  external_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint invoice_line_key_is_unique_in_its_organization unique (org_id, id),
  constraint invoice_line_position_is_used_once unique (org_id, invoice_id, position) deferrable initially immediate,
  constraint invoice_line_invoice_is_in_the_same_organization foreign key (org_id, invoice_id)
    references public.invoices (org_id, id) on delete cascade,
  constraint invoice_line_member_is_in_the_same_organization foreign key (org_id, member_id)
    references public.members (org_id, id) on delete restrict,
  constraint invoice_line_plan_is_in_the_same_organization foreign key (org_id, plan_id)
    references public.plans (org_id, id) on delete restrict,
  constraint invoice_line_kind_is_known check (kind in ('charge', 'discount', 'tax')),
  constraint invoice_line_quantity_is_a_number_of_at_least_0 check (quantity >= 0 and quantity < 1000000000)
);
create index invoice_lines_member_idx on public.invoice_lines (org_id, member_id);
create index invoice_lines_plan_idx on public.invoice_lines (org_id, plan_id);
comment on table public.invoice_lines is 'What an invoice is for, in the invoice''s currency.';
comment on column public.invoice_lines.member_id is 'Who is covered by what this line bills; empty: the member of the invoice.';
comment on column public.invoice_lines.unit_price is 'Negative on a discount or a credit.';
comment on column public.invoice_lines.amount is 'Quantity times unit price, rounded to the currency; stored as it came, so that a line that does not add up is found.';

create table public.payments (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.organizations on delete restrict,
  invoice_id uuid,
  member_id uuid,
  processor_id uuid,
  bank_account_id uuid,
  kind text not null default 'payment',
  status text not null default 'pending',
  refunds_payment_id uuid,
  amount public.currency_amount not null,
  currency char(3) not null,
  processed_on date,
  processor_reference text,
  decline_reason text,
  external_id text,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payment_key_is_unique_in_its_organization unique (org_id, id),
  constraint payment_invoice_is_in_the_same_organization foreign key (org_id, invoice_id)
    references public.invoices (org_id, id) on delete restrict,
  constraint payment_member_is_in_the_same_organization foreign key (org_id, member_id)
    references public.members (org_id, id) on delete restrict,
  constraint payment_processor_is_in_the_same_organization foreign key (org_id, processor_id)
    references public.billing_processors (org_id, id) on delete restrict,
  constraint payment_bank_account_is_in_the_same_organization foreign key (org_id, bank_account_id)
    references public.bank_accounts (org_id, id) on delete set null (bank_account_id),
  constraint refund_is_of_a_payment_in_the_same_organization foreign key (org_id, refunds_payment_id)
    references public.payments (org_id, id) on delete restrict,
  constraint payment_does_not_refund_itself check (refunds_payment_id <> id),
  constraint only_a_refund_refunds_a_payment check (refunds_payment_id is null or kind = 'refund'),
  constraint payment_is_a_payment_or_a_refund check (kind in ('payment', 'refund')),
  constraint payment_status_is_known check (status in ('pending', 'settled', 'declined', 'refunded', 'cancelled')),
  constraint payment_amount_is_above_0 check (amount > 0),
  constraint payment_currency_is_three_capital_letters check (currency ~ '^[A-Z]{3}$')
);
create unique index processor_reference_is_used_once on public.payments (org_id, processor_id, nullif(btrim(processor_reference), ''));
create index payments_invoice_idx on public.payments (org_id, invoice_id);
create index payments_member_idx on public.payments (org_id, member_id);
create index payments_processor_idx on public.payments (org_id, processor_id, processed_on);
create index payments_bank_account_idx on public.payments (org_id, bank_account_id);
create index payments_refund_idx on public.payments (org_id, refunds_payment_id);
comment on table public.payments is 'Money that came or should have come, and money that went back: declined and refunded payments stay.';
comment on column public.payments.kind is 'payment: money in; refund: money back, a row of its own that names the payment it gives back. Amounts are above 0 for both.';
comment on column public.payments.status is 'settled: the money moved; refunded: it moved, and all of it went back (its refund is a row of its own); declined, cancelled: it never moved; pending: on its way.';
comment on column public.payments.processed_on is 'The day on which the processor counts it.';
comment on column public.payments.processor_reference is 'The processor''s own key of this attempt; once per processor.';

create trigger set_updated_at before update on public.billing_processors for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.processor_settlements for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.bank_accounts for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.invoices for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.invoice_lines for each row execute function public.set_updated_at();
create trigger set_updated_at before update on public.payments for each row execute function public.set_updated_at();
