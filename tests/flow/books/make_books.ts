import type { Sql } from "postgres";

/** How large the books are. */
export interface BookSize {
  readonly members: number;
  /** Months of bills, the present one included. */
  readonly months: number;
  /** A number between -1 and 1: the same seed makes the same books. */
  readonly seed: number;
}

/** The tables of the books, parents before their children. */
export const BOOK_TABLES = [
  "accounts",
  "team_members",
  "plans",
  "members",
  "coverages",
  "eligibility_files",
  "eligibility_records",
  "billing_processors",
  "processor_settlements",
  "bank_accounts",
  "invoices",
  "invoice_lines",
  "payments",
  "pipelines",
  "pipeline_stages",
  "deals",
  "deal_stage_changes",
  "pipeline_totals",
] as const;

/** An organization whose books agree in every respect. Returns its id. */
export async function makeBooks(sql: Sql, size: BookSize): Promise<string> {
  const [organization] = await sql`insert into public.organizations (name, default_country, default_currency)
    values ('Books', 'US', 'USD') returning id`;
  const org = organization!.id as string;
  await sql.begin(async (sql) => {
    await sql`select setseed(${size.seed})`;
    await sql`select set_config('books.org', ${org}, true), set_config('books.members', ${size.members}::text, true),
      set_config('books.months', ${size.months}::text, true)`;
    await sql.unsafe(people).simple();
    await sql.unsafe(bills).simple();
    await sql.unsafe(settleDays).simple();
    await sql.unsafe(files).simple();
    await sql.unsafe(pipeline).simple();
  });
  for (const table of BOOK_TABLES) await sql.unsafe(`analyze public.${table}`);
  return org;
}

const org = `current_setting('books.org')::uuid`;
const firstMonth =
  `(date_trunc('month', current_date) - make_interval(months => current_setting('books.months')::int - 1))::date`;

/** Members in families of one to three, most covered from some month on without end, some for a time only. */
const people = `
  insert into public.plans (org_id, name, code, kind, monthly_price, currency)
    select ${org}, name, code, kind, price, currency
    from (values ('Medical', 'MED', 'medical', 120.35, 'USD'), ('Dental', 'DEN', 'dental', 19.99, 'USD'), ('Vision', 'VIS', 'vision', 9.5, 'EUR'))
      as x(name, code, kind, price, currency);
  insert into public.members (org_id, member_number, relationship, first_name, last_name, status, joined_on, created_at)
    select ${org}, 'M' || lpad(n::text, 7, '0'), 'subscriber', 'First' || n, 'Last' || n / 3, 'active',
      (${firstMonth} + make_interval(months => (random() * (current_setting('books.months')::int - 1))::int))::date,
      now() - interval '2 years' + n * interval '1 second'
    from generate_series(1, current_setting('books.members')::int) n;
  update public.members m set relationship = 'child', subscriber_id = s.id, joined_on = greatest(m.joined_on, s.joined_on)
    from public.members s
    where m.org_id = ${org} and s.org_id = m.org_id and substr(m.member_number, 2)::int % 5 = 0
      and s.member_number = 'M' || lpad((substr(m.member_number, 2)::int - 1)::text, 7, '0');
  insert into public.coverages (org_id, member_id, plan_id, starts_on, ends_on, status)
    select m.org_id, m.id, p.id, m.joined_on, null, 'active'
    from public.members m join public.plans p on p.org_id = m.org_id
      and p.code = (array['MED', 'MED', 'DEN', 'VIS'])[1 + substr(m.member_number, 2)::int % 4]
    where m.org_id = ${org};
  -- Every hundredth subscriber without dependants left three months ago, as everybody knows.
  create temp table leavers on commit drop as
    select m.id from public.members m where m.org_id = ${org} and substr(m.member_number, 2)::int % 100 = 7
      and m.joined_on < date_trunc('month', current_date) - interval '4 months';
  update public.coverages c set ends_on = (date_trunc('month', current_date) - interval '3 months' - interval '1 day')::date, status = 'terminated'
    from leavers l where c.org_id = ${org} and c.member_id = l.id;
  update public.members m set status = 'terminated', terminated_on = (date_trunc('month', current_date) - interval '3 months' - interval '1 day')::date
    from leavers l where m.org_id = ${org} and m.id = l.id;
  insert into public.bank_accounts (org_id, member_id, account_fingerprint, last_four, created_at)
    select m.org_id, m.id, 'fp-' || coalesce(m.subscriber_id, m.id), '1234', m.created_at from public.members m
    where m.org_id = ${org} and substr(m.member_number, 2)::int % 2 = 0;`;

/** A bill a covered month, paid within weeks; some payments were declined first, some given back and paid again, the newest are open. */
const bills = `
  insert into public.billing_processors (org_id, name, kind, settles_within_days) values (${org}, 'Cards', 'card', 2), (${org}, 'Bank', 'bank', 4);
  insert into public.invoices (org_id, number, member_id, status, currency, total_amount, issued_on, due_on, paid_on, period_starts_on, period_ends_on)
    select c.org_id, row_number() over (order by d.month, c.member_id), c.member_id,
      case when d.month >= date_trunc('month', current_date) and random() < 0.5 then 'open' else 'paid' end,
      p.currency, p.monthly_price, d.month::date, (d.month + interval '14 days')::date,
      least((d.month + make_interval(days => (random() * 20)::int))::date, current_date), d.month::date, (d.month + interval '1 month - 1 day')::date
    from public.coverages c
    join public.plans p on p.org_id = c.org_id and p.id = c.plan_id
    cross join lateral generate_series(c.starts_on::timestamp, least(coalesce(c.ends_on, current_date), current_date)::timestamp, interval '1 month') d(month)
    where c.org_id = ${org};
  update public.invoices set paid_on = null where org_id = ${org} and status = 'open';
  insert into public.invoice_lines (org_id, invoice_id, position, description, plan_id, quantity, unit_price, amount)
    select i.org_id, i.id, 1, 'Monthly', c.plan_id, 1, i.total_amount, i.total_amount
    from public.invoices i join public.coverages c on c.org_id = i.org_id and c.member_id = i.member_id where i.org_id = ${org};
  insert into public.payments (org_id, invoice_id, member_id, processor_id, kind, status, amount, currency, processed_on, processor_reference)
    select i.org_id, i.id, i.member_id, b.id, 'payment', 'settled', i.total_amount, i.currency, i.paid_on, 'pay-' || i.number
    from public.invoices i join public.billing_processors b on b.org_id = i.org_id and b.name = case when i.number % 3 = 0 then 'Bank' else 'Cards' end
    where i.org_id = ${org} and i.status = 'paid';
  -- Declined first, then paid.
  insert into public.payments (org_id, invoice_id, member_id, processor_id, kind, status, amount, currency, processed_on, processor_reference, decline_reason)
    select p.org_id, p.invoice_id, p.member_id, p.processor_id, 'payment', 'declined', p.amount, p.currency, p.processed_on, p.processor_reference || '-1', 'no funds'
    from public.payments p join public.invoices i on i.org_id = p.org_id and i.id = p.invoice_id where p.org_id = ${org} and i.number % 41 = 0;
  -- Paid, given back in full, and paid again.
  with refunded as (
    update public.payments p set status = 'refunded' from public.invoices i
    where p.org_id = ${org} and i.org_id = p.org_id and i.id = p.invoice_id and i.number % 97 = 0 and p.status = 'settled' returning p.*
  ), given_back as (
    insert into public.payments (org_id, invoice_id, member_id, processor_id, kind, status, refunds_payment_id, amount, currency, processed_on, processor_reference)
    select r.org_id, r.invoice_id, r.member_id, r.processor_id, 'refund', 'settled', r.id, r.amount, r.currency, r.processed_on, r.processor_reference || '-r' from refunded r
  )
  insert into public.payments (org_id, invoice_id, member_id, processor_id, kind, status, amount, currency, processed_on, processor_reference)
    select r.org_id, r.invoice_id, r.member_id, r.processor_id, 'payment', 'settled', r.amount, r.currency, r.processed_on, r.processor_reference || '-2' from refunded r;
  -- On its way: marked paid today, the money comes tomorrow.
  update public.payments p set status = 'pending', processed_on = current_date from public.invoices i
    where p.org_id = ${org} and i.org_id = p.org_id and i.id = p.invoice_id and i.issued_on >= date_trunc('month', current_date) and i.number % 11 = 0 and p.status = 'settled';`;

/** What the processors report is what the ledger says. */
export const settleDays = `
  delete from public.processor_settlements where org_id = ${org};
  insert into public.processor_settlements (org_id, processor_id, settled_on, currency, payment_count, payment_amount, refund_count, refund_amount)
    select p.org_id, p.processor_id, p.processed_on, p.currency, count(*) filter (where p.kind = 'payment'),
      coalesce(sum(p.amount) filter (where p.kind = 'payment'), 0), count(*) filter (where p.kind = 'refund'), coalesce(sum(p.amount) filter (where p.kind = 'refund'), 0)
    from public.payments p where p.org_id = ${org} and p.status in ('settled', 'refunded') and p.processor_id is not null group by 1, 2, 3, 4;`;

/** Two full files a month apart that agree with the coverages, a delta behind them, and one that is still to come. */
const files = `
  insert into public.eligibility_files (org_id, source, name, kind, as_of, expected_on, received_at, checksum, status)
    select ${org}, 'carrier', name, kind, current_date - age, current_date - age, case when status = 'complete' then now() - make_interval(days => age) end, sum, status
    from (values ('before', 'full', 40, 'a1', 'complete'), ('last', 'full', 10, 'b2', 'complete'), ('delta', 'delta', 3, 'c3', 'complete'),
      ('next', 'full', -20, null, 'expected')) as x(name, kind, age, sum, status);
  insert into public.eligibility_records (org_id, file_id, line_number, member_number, subscriber_number, relationship, first_name, last_name, plan_code, starts_on, ends_on)
    select f.org_id, f.id, row_number() over (partition by f.id order by m.member_number), lower(m.member_number), s.member_number, m.relationship, m.first_name, m.last_name,
      p.code, c.starts_on, c.ends_on
    from public.eligibility_files f
    join public.coverages c on c.org_id = f.org_id and c.starts_on <= f.as_of
    join public.members m on m.org_id = c.org_id and m.id = c.member_id
    join public.plans p on p.org_id = c.org_id and p.id = c.plan_id
    left join public.members s on s.org_id = m.org_id and s.id = m.subscriber_id
    where f.org_id = ${org} and f.kind = 'full' and f.status = 'complete' and (c.ends_on is null or c.ends_on >= f.as_of - 200);
  -- Who joined since the last full file came with the delta.
  insert into public.eligibility_records (org_id, file_id, line_number, action, member_number, subscriber_number, relationship, plan_code, starts_on, ends_on)
    select d.org_id, d.id, row_number() over (order by m.member_number), 'add', m.member_number, null, m.relationship, p.code, c.starts_on, c.ends_on
    from public.eligibility_files d
    join public.eligibility_files f on f.org_id = d.org_id and f.name = 'last'
    join public.coverages c on c.org_id = d.org_id and c.starts_on > f.as_of
    join public.members m on m.org_id = c.org_id and m.id = c.member_id join public.plans p on p.org_id = c.org_id and p.id = c.plan_id
    where d.org_id = ${org} and d.name = 'delta';
  update public.eligibility_files f set expected_count = n, received_count = n
    from (select file_id, count(*) as n from public.eligibility_records where org_id = ${org} group by 1) r where f.id = r.file_id;`;

/** Deals with their way through five stages, of which most took five to fifteen days a stage. */
const pipeline = `
  insert into public.team_members (org_id, user_id, name, is_active) select ${org}, gen_random_uuid(), 'Seller ' || n, true from generate_series(1, 5) n;
  insert into public.accounts (org_id, name) values (${org}, 'Customer');
  insert into public.pipelines (org_id, name) values (${org}, 'Sales');
  insert into public.pipeline_stages (org_id, pipeline_id, name, position, outcome, probability)
    select p.org_id, p.id, s.name, s.position, s.outcome, s.probability from public.pipelines p,
      (values ('New', 1, 'open', 10), ('Talk', 2, 'open', 30), ('Offer', 3, 'open', 60), ('Won', 4, 'won', 100), ('Lost', 5, 'lost', 0)) as s(name, position, outcome, probability)
    where p.org_id = ${org};
  -- Their history is written below, as an import brings it.
  alter table public.deals disable trigger record_stage_change_insert;
  insert into public.deals (org_id, name, account_id, pipeline_id, stage_id, status, amount, currency, probability, opened_on, expected_close_on, closed_on, lost_reason, owner_user_id)
    select ${org}, 'Deal ' || n, a.id, s.pipeline_id, s.id, s.outcome, 1000 + n, 'USD', s.probability,
      current_date - case when s.outcome = 'open' then 8 * s.position else 80 end, current_date + 60,
      case when s.outcome <> 'open' then current_date - 40 end, case when s.outcome = 'lost' then 'price' end, t.user_id
    from generate_series(1, 400) n
    join public.accounts a on a.org_id = ${org}
    join public.pipeline_stages s on s.org_id = ${org} and s.position = 1 + n % 5
    join public.team_members t on t.org_id = ${org} and t.name = 'Seller ' || (1 + n % 5);
  alter table public.deals enable trigger record_stage_change_insert;
  insert into public.deal_stage_changes (org_id, deal_id, pipeline_id, from_stage_id, from_status, to_stage_id, to_status, changed_at, source)
    select d.org_id, d.id, d.pipeline_id, f.id, f.outcome, s.id, s.outcome,
      case when cur.outcome = 'open' then current_date + time '09:00' - make_interval(days => 3 + 8 * (cur.position - s.position))
        else current_date - 40 + time '09:00' - make_interval(days => 8 * greatest(0, 4 - s.position) + (s.position < 4)::int * (substr(d.name, 6)::int % 7)) end, 'import'
    from public.deals d
    join public.pipeline_stages cur on cur.org_id = d.org_id and cur.id = d.stage_id
    join public.pipeline_stages s on s.org_id = d.org_id and (s.position <= least(cur.position, 3) or s.id = cur.id)
    left join public.pipeline_stages f on f.org_id = d.org_id and f.position = case when s.position > 3 then 3 else s.position - 1 end
    where d.org_id = ${org};
  insert into public.pipeline_totals (org_id, pipeline_id, stage_id, as_of, currency, deal_count, total_amount, source)
    select d.org_id, d.pipeline_id, d.stage_id, current_date, 'USD', count(*), sum(d.amount), 'forecast' from public.deals d
    where d.org_id = ${org} and d.status = 'open' group by 1, 2, 3;`;
