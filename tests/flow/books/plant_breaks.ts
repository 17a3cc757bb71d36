import type { Sql } from "postgres";
import { settleDays } from "./make_books.ts";

/** Breaks of one class: a statement that makes them and returns the keys of the records that must be named. */
interface Plant {
  readonly class: string;
  readonly sql: string;
}

export interface Planted {
  readonly break_class: string;
  readonly record_key: string;
}

const org = `current_setting('books.org')::uuid`;

/** Chooses records that no other plant touches. */
const pick = (from: string, count: number, order = "id") =>
  `picked as (insert into used select id from (select ${from}) x where id not in (select u.id from used u)
    order by md5(${order}::text || current_setting('books.seed')) limit ${count} returning id)`;

const plain = (count: number, where = "true") =>
  pick(`p.invoice_id as id from plain p where ${where}`, count);
const old = "p.month < date_trunc('month', current_date) - interval '2 months'";
const ofInvoice = "from picked join plain p on p.invoice_id = picked.id";

const invoice = (name: string, count: number, sets: string, where = old): Plant => ({
  class: name,
  sql: `with ${
    plain(count, where)
  } update public.invoices i set ${sets} ${ofInvoice} where i.id = p.invoice_id returning i.id::text as key`,
});
const payment = (name: string, count: number, sets: string, where = old): Plant => ({
  class: name,
  sql: `with ${
    plain(count, where)
  } update public.payments y set ${sets} ${ofInvoice} where y.id = p.payment_id returning p.invoice_id::text as key`,
});

/** Breaks of the invoices, lines and payments; the processors' days follow from what they leave. */
const bills: readonly Plant[] = [
  payment("underpaid", 4, "amount = y.amount - 5"),
  payment("overpaid", 3, "amount = y.amount + 5"),
  payment("declined-but-paid", 3, "status = 'declined'"),
  payment("payment-in-another-currency", 2, "currency = 'GBP'"),
  invoice("paid-but-open", 3, "status = 'open'"),
  {
    class: "paid-without-payment",
    sql: `with ${
      plain(5, old)
    } delete from public.payments y using picked, plain p where p.invoice_id = picked.id and y.id = p.payment_id returning p.invoice_id::text as key`,
  },
  {
    class: "double-payment",
    sql: `with ${
      plain(3, old)
    } insert into public.payments (org_id, invoice_id, member_id, processor_id, kind, status, amount, currency, processed_on, processor_reference)
      select y.org_id, y.invoice_id, y.member_id, y.processor_id, 'payment', 'settled', y.amount, y.currency, y.processed_on + 1, y.processor_reference || '-again'
      ${ofInvoice} join public.payments y on y.id = p.payment_id returning invoice_id::text as key`,
  },
  // In a month whose bill may still come, so that a bill that does not count is no missing bill as well.
  invoice("void-but-paid", 2, "status = 'void'", "p.is_recent"),
  {
    class: "invoice-without-lines",
    sql: `with ${
      plain(2, "p.is_recent")
    } delete from public.invoice_lines l using picked where l.org_id = ${org} and l.invoice_id = picked.id returning l.invoice_id::text as key`,
  },
  {
    class: "invoice-rounding",
    sql: `with ${
      plain(4, old)
    }, money as (update public.payments y set amount = y.amount + 0.02 ${ofInvoice} where y.id = p.payment_id)
      update public.invoices i set total_amount = i.total_amount + 0.02 from picked where i.id = picked.id returning i.id::text as key`,
  },
  {
    class: "invoice-off-lines",
    sql: `with ${
      plain(4, old)
    }, money as (update public.payments y set amount = y.amount + 7 ${ofInvoice} where y.id = p.payment_id)
      update public.invoices i set total_amount = i.total_amount + 7 from picked where i.id = picked.id returning i.id::text as key`,
  },
  {
    class: "line-does-not-add-up",
    sql: `with ${
      plain(3, old)
    } update public.invoice_lines l set quantity = 2 from picked where l.org_id = ${org} and l.invoice_id = picked.id returning l.id::text as key`,
  },
  {
    class: "payment-without-invoice",
    sql:
      `insert into public.payments (org_id, processor_id, kind, status, amount, currency, processed_on, processor_reference)
      select ${org}, b.id, 'payment', 'settled', 10 + n, 'USD', current_date - 100 - n, 'stray-' || n from generate_series(1, 3) n
      join public.billing_processors b on b.org_id = ${org} and b.name = 'Cards' returning id::text as key`,
  },
  {
    class: "refund-without-payment",
    sql:
      `insert into public.payments (org_id, processor_id, kind, status, amount, currency, processed_on, processor_reference)
      select ${org}, b.id, 'refund', 'settled', 10 + n, 'USD', current_date - 120 - n, 'stray-refund-' || n from generate_series(1, 2) n
      join public.billing_processors b on b.org_id = ${org} and b.name = 'Bank' returning id::text as key`,
  },
  {
    class: "refunded-too-much",
    sql: `with ${
      plain(2, old)
    }, opened as (update public.invoices i set status = 'open' from picked where i.id = picked.id)
      insert into public.payments (org_id, invoice_id, processor_id, kind, status, refunds_payment_id, amount, currency, processed_on, processor_reference)
      select y.org_id, y.invoice_id, y.processor_id, 'refund', 'settled', y.id, y.amount + 3, y.currency, y.processed_on, y.processor_reference || '-too-much'
      ${ofInvoice} join public.payments y on y.id = p.payment_id returning refunds_payment_id::text as key`,
  },
  {
    class: "refunded-without-refund",
    sql: `with ${
      plain(2, old)
    } update public.payments y set status = 'refunded' ${ofInvoice} where y.id = p.payment_id returning y.id::text as key`,
  },
  {
    class: "payment-stays-pending",
    sql: `with ${pick(`i.id from public.invoices i where i.org_id = ${org} and i.status = 'open'`, 3)}
      insert into public.payments (org_id, invoice_id, member_id, processor_id, kind, status, amount, currency, processed_on, processor_reference)
      select i.org_id, i.id, i.member_id, b.id, 'payment', 'pending', i.total_amount, i.currency, current_date - 20, 'slow-' || i.number
      from picked join public.invoices i on i.id = picked.id join public.billing_processors b on b.org_id = i.org_id and b.name = 'Bank' returning id::text as key`,
  },
  {
    class: "covered-without-bill",
    sql: `with ${
      plain(4, old)
    }, unpaid as (delete from public.payments y using picked, plain p where p.invoice_id = picked.id and y.id = p.payment_id)
      update public.invoices i set status = 'void' from picked where i.id = picked.id returning i.member_id::text as key`,
  },
  {
    class: "billed-without-coverage",
    sql: `with ${
      pick(
        `m.id from public.members m where m.org_id = ${org} and m.joined_on > current_date - 600 and m.status = 'active'`,
        3,
      )
    }, billed as (
        insert into public.invoices (org_id, number, member_id, status, currency, total_amount, issued_on, due_on, period_starts_on, period_ends_on)
        select m.org_id, (select max(x.number) from public.invoices x where x.org_id = m.org_id) + row_number() over (order by m.id), m.id, 'open', 'USD', 30,
          m.joined_on - 62, m.joined_on - 50, m.joined_on - 62, m.joined_on - 40
        from picked join public.members m on m.id = picked.id returning *)
      insert into public.invoice_lines (org_id, invoice_id, position, quantity, unit_price, amount)
      select b.org_id, b.id, 1, 1, 30, 30 from billed b returning invoice_id::text as key`,
  },
  {
    class: "invoice-number-missing",
    sql:
      `with last as (insert into used select i.id from public.invoices i where i.org_id = ${org} order by i.number desc limit 2 returning id)
      update public.invoices i set number = i.number + 10 * (select count(*) from last b join public.invoices o on o.id = b.id where o.number <= i.number)
      from last where i.id = last.id returning i.id::text as key`,
  },
  {
    class: "bank-account-shared",
    sql: `with ${
      pick(
        `b.id from public.bank_accounts b where b.org_id = ${org} and b.account_fingerprint = 'fp-' || b.member_id
        and not exists (select from public.members d join public.bank_accounts x on x.org_id = d.org_id and x.member_id = d.id
          where d.org_id = b.org_id and d.subscriber_id = b.member_id)`,
        4,
      )
    }, changed as (
        update public.bank_accounts b set account_fingerprint = 'shared-' || (n % 2)
        from (select id, row_number() over (order by id) as n from picked) x where b.id = x.id returning b.*)
      select distinct on (account_fingerprint) id::text as key from changed order by account_fingerprint, created_at, id`,
  },
];

const settlements: readonly Plant[] = [
  {
    class: "settlement-differs",
    sql: `with ${
      pick(
        `s.id from public.processor_settlements s where s.org_id = ${org} and s.settled_on < current_date - 60`,
        3,
      )
    }
      update public.processor_settlements s set payment_amount = s.payment_amount + 11 from picked where s.id = picked.id
      returning s.processor_id || ' ' || s.settled_on || ':' || s.currency as key`,
  },
  {
    class: "settlement-missing",
    sql: `with ${
      pick(
        `s.id from public.processor_settlements s where s.org_id = ${org} and s.settled_on < current_date - 60`,
        2,
      )
    }
      delete from public.processor_settlements s using picked where s.id = picked.id returning s.processor_id || ' ' || s.settled_on || ':' || s.currency as key`,
  },
  {
    class: "settlement-without-ledger",
    sql:
      `insert into public.processor_settlements (org_id, processor_id, settled_on, currency, payment_count, payment_amount)
      select b.org_id, b.id, current_date - 50, 'CHF', 1, 99 from public.billing_processors b where b.org_id = ${org}
      returning processor_id || ' ' || settled_on || ':' || currency as key`,
  },
];

const file = `(select f.id from public.eligibility_files f where f.org_id = ${org} and f.name = 'last')`;
/** Lines of the last full file about subscribers without dependants who are covered on and on. */
const lines = (count: number) =>
  pick(
    `r.id from public.eligibility_records r join public.members m on m.org_id = r.org_id and m.member_number = upper(r.member_number)
    where r.file_id = ${file} and r.ends_on is null and m.relationship = 'subscriber' and m.status = 'active' and m.joined_on < current_date - 100
      and m.id not in (select u.id from used u)
      and not exists (select from public.members d where d.org_id = m.org_id and d.subscriber_id = m.id)`,
    count,
  );
const member =
  "join public.eligibility_records r on r.id = picked.id join public.members m on m.org_id = r.org_id and m.member_number = upper(r.member_number)";
const recount = `update public.eligibility_files f set expected_count = n, received_count = n
  from (select file_id, count(*) as n from public.eligibility_records where org_id = ${org} group by 1) r where f.id = r.file_id`;

const eligibility: readonly Plant[] = [
  {
    class: "missing-from-file",
    sql: `with ${
      lines(4)
    }, gone as (delete from public.eligibility_records r using picked where r.id = picked.id returning r.*)
      select m.id::text as key from gone r join public.members m on m.org_id = r.org_id and m.member_number = upper(r.member_number)`,
  },
  {
    class: "terminated-but-active",
    sql: `with ${
      lines(3)
    }, ended as (update public.eligibility_records r set ends_on = current_date - 25 from picked where r.id = picked.id returning r.*)
      select m.id::text as key from ended r join public.members m on m.org_id = r.org_id and m.member_number = upper(r.member_number)`,
  },
  {
    class: "coverage-beyond-file",
    sql: `with ${
      lines(2)
    }, ended as (update public.eligibility_records r set ends_on = current_date + 30 from picked where r.id = picked.id returning r.*)
      select m.id::text as key from ended r join public.members m on m.org_id = r.org_id and m.member_number = upper(r.member_number)`,
  },
  {
    class: "active-but-terminated",
    sql: `with ${lines(3)}, ended as (
        update public.coverages c set ends_on = current_date - 15, status = 'terminated' from picked ${member} where c.org_id = m.org_id and c.member_id = m.id)
      update public.members x set status = 'terminated', terminated_on = current_date - 15 from picked ${member} where x.id = m.id returning x.id::text as key`,
  },
  {
    class: "coverage-missing",
    sql: `with ${
      lines(2)
    } update public.coverages c set ends_on = current_date - 15, status = 'terminated' from picked ${member}
      where c.org_id = m.org_id and c.member_id = m.id returning c.member_id::text as key`,
  },
  {
    class: "coverage-gap",
    sql: `with ${lines(2)} update public.coverages c set ends_on = current_date + 30 from picked ${member}
      where c.org_id = m.org_id and c.member_id = m.id returning c.member_id::text as key`,
  },
  {
    class: "retroactive-change",
    sql: `with ${
      lines(3)
    }, earlier as (update public.eligibility_records r set starts_on = r.starts_on - 45 from picked where r.id = picked.id returning r.*)
      select m.id::text as key from earlier r join public.members m on m.org_id = r.org_id and m.member_number = upper(r.member_number)`,
  },
  {
    class: "unknown-member",
    sql:
      `insert into public.eligibility_records (org_id, file_id, line_number, member_number, plan_code, starts_on)
      select ${org}, ${file}, 1000000 + n, 'NOBODY' || n, 'MED', current_date from generate_series(1, 2) n returning id::text as key`,
  },
  {
    class: "unknown-plan",
    sql: `with ${
      lines(2)
    } insert into public.eligibility_records (org_id, file_id, line_number, member_number, plan_code, starts_on)
      select r.org_id, r.file_id, 2000000 + r.line_number, r.member_number, 'NOPLAN', current_date from picked ${member} returning id::text as key`,
  },
  {
    class: "file-dates-reversed",
    sql: `with ${
      lines(2)
    } insert into public.eligibility_records (org_id, file_id, line_number, member_number, plan_code, starts_on, ends_on)
      select r.org_id, r.file_id, 3000000 + r.line_number, r.member_number, r.plan_code, current_date, current_date - 5 from picked ${member} returning id::text as key`,
  },
  {
    class: "file-overlap",
    sql: `with ${
      lines(2)
    } insert into public.eligibility_records (org_id, file_id, line_number, member_number, plan_code, starts_on)
      select r.org_id, r.file_id, 4000000 + r.line_number, r.member_number, r.plan_code, current_date - 60 from picked ${member} returning id::text as key`,
  },
  {
    class: "file-dependant-without-subscriber",
    sql: `with ${
      pick(`r.id from public.eligibility_records r where r.file_id = ${file} and r.relationship = 'child'`, 2)
    }
      update public.eligibility_records r set subscriber_number = 'NOBODY' from picked where r.id = picked.id returning r.id::text as key`,
  },
  {
    class: "file-did-not-arrive",
    sql: `insert into public.eligibility_files (org_id, source, name, kind, as_of, expected_on, status)
      values (${org}, 'employer', 'late', 'full', current_date - 5, current_date - 5, 'expected') returning id::text as key`,
  },
  {
    class: "file-arrived-twice",
    sql:
      `insert into public.eligibility_files (org_id, source, name, kind, as_of, received_at, checksum, status)
      select org_id, source, 'copy', kind, as_of, received_at + interval '1 hour', checksum, 'complete' from public.eligibility_files where id = ${file} returning id::text as key`,
  },
  {
    class: "terminated-but-covered",
    sql: `with ${
      lines(2)
    } update public.members x set status = 'terminated', terminated_on = current_date - 15 from picked ${member} where x.id = m.id returning x.id::text as key`,
  },
  {
    class: "dependant-without-subscriber",
    sql: `with ${
      pick(
        `m.id from public.members m where m.org_id = ${org} and m.relationship = 'child' and m.status = 'active'`,
        2,
      )
    }
      update public.members m set subscriber_id = null from picked where m.id = picked.id returning m.id::text as key`,
  },
  {
    class: "coverage-hole",
    sql: `with ${
      pick(
        `c.id from public.coverages c join public.members m on m.org_id = c.org_id and m.id = c.member_id
        where c.org_id = ${org} and c.ends_on is null and m.joined_on < current_date - 400 and m.relationship = 'subscriber' and m.id not in (select u.id from used u)`,
        2,
      )
    },
      shorter as (update public.coverages c set starts_on = date_trunc('month', current_date)::date - 180 from picked where c.id = picked.id returning c.*)
      insert into public.coverages (org_id, member_id, plan_id, starts_on, ends_on, status)
      select s.org_id, s.member_id, s.plan_id, m.joined_on, date_trunc('month', current_date)::date - 191, 'terminated' from shorter s join public.members m on m.id = s.member_id
      returning member_id::text as key`,
  },
  {
    class: "coverage-overlap",
    sql:
      `with other as (insert into public.plans (org_id, name, code, kind, monthly_price, currency) values (${org}, 'Medical plus', null, 'medical', 0, 'USD') returning *),
      ${
        pick(
          `c.id from public.coverages c join public.plans p on p.org_id = c.org_id and p.id = c.plan_id where c.org_id = ${org} and p.code = 'MED' and c.ends_on is null`,
          2,
        )
      }
      insert into public.coverages (org_id, member_id, plan_id, starts_on) select c.org_id, c.member_id, o.id, current_date - 5
      from other o, picked join public.coverages c on c.id = picked.id returning member_id::text as key`,
  },
];

const deals = (where: string, count: number) =>
  pick(`d.id from public.deals d where d.org_id = ${org} and ${where}`, count);
const deal = (name: string, count: number, sets: string, where: string): Plant => ({
  class: name,
  sql: `with ${
    deals(where, count)
  } update public.deals d set ${sets} from picked where d.id = picked.id returning d.id::text as key`,
});

const pipeline: readonly Plant[] = [
  deal("probability-off-stage", 3, "probability = 55", "d.status = 'open'"),
  deal("close-date-past", 4, "expected_close_on = current_date - 3", "d.status = 'open'"),
  deal(
    "close-date-too-soon",
    2,
    "expected_close_on = current_date + 1",
    "d.status = 'open' and d.probability = 10",
  ),
  deal("won-without-amount", 2, "amount = null", "d.status = 'won'"),
  deal("won-without-date", 2, "closed_on = null", "d.status = 'won'"),
  deal("won-without-account", 2, "account_id = null", "d.status = 'won'"),
  deal("lost-without-reason", 2, "lost_reason = ' '", "d.status = 'lost'"),
  deal(
    "close-date-off-history",
    2,
    "closed_on = current_date - 130, opened_on = current_date - 140",
    "d.status = 'won'",
  ),
  deal("owner-gone", 2, "owner_user_id = gen_random_uuid()", "d.status = 'open'"),
  {
    class: "owner-inactive",
    sql:
      `with gone as (insert into public.team_members (org_id, user_id, name, is_active) values (${org}, gen_random_uuid(), 'Gone', false) returning user_id),
      ${
        deals("d.status = 'open'", 2)
      } update public.deals d set owner_user_id = gone.user_id from picked, gone where d.id = picked.id returning d.id::text as key`,
  },
  {
    class: "stuck-in-stage",
    sql: `with ${
      deals("d.status = 'open' and d.probability = 30", 3)
    } update public.deal_stage_changes c set changed_at = c.changed_at - interval '60 days'
      from picked where c.org_id = ${org} and c.deal_id = picked.id returning case when c.to_stage_id = (select d.stage_id from public.deals d where d.id = c.deal_id) then c.deal_id::text end as key`,
  },
  {
    class: "stage-skipped",
    sql: `with ${
      deals("d.status = 'open' and d.probability = 60", 3)
    } delete from public.deal_stage_changes c using picked, public.pipeline_stages s
      where c.org_id = ${org} and c.deal_id = picked.id and s.id = c.to_stage_id and s.position = 2 returning c.deal_id::text as key`,
  },
  {
    class: "stage-off-status",
    // Without the trigger that would write it into the history: as a sync that updates one column of two.
    sql: `with ${
      deals("d.status = 'lost'", 2)
    } update public.deals d set stage_id = s.id from picked, public.pipeline_stages s
      where d.id = picked.id and s.org_id = ${org} and s.position = 1 returning d.id::text as key`,
  },
  {
    class: "pipeline-total-differs",
    sql: `with ${
      pick(`t.id from public.pipeline_totals t where t.org_id = ${org}`, 1)
    } update public.pipeline_totals t set total_amount = t.total_amount + 1 from picked where t.id = picked.id returning t.id::text as key`,
  },
];

/** All classes that are planted. */
export const PLANTED_CLASSES: readonly string[] = [...bills, ...settlements, ...eligibility, ...pipeline].map(
  (plant) => plant.class,
);

/** Plants breaks of every class into clean books, each on records of its own, and says which. */
export async function plantBreaks(sql: Sql, org: string, seed: number): Promise<Planted[]> {
  return await sql.begin(async (sql) => {
    await sql`select set_config('books.org', ${org}, true), set_config('books.seed', ${String(seed)}, true)`;
    await sql.unsafe(`
      create temp table used (id uuid) on commit drop;
      create temp table plain on commit drop as
        select i.id as invoice_id, p.id as payment_id, i.member_id, i.issued_on as month, i.issued_on >= date_trunc('month', current_date) as is_recent
        from public.invoices i join public.payments p on p.org_id = i.org_id and p.invoice_id = i.id
        where i.org_id = '${org}' and i.status = 'paid' and p.status = 'settled' and i.number % 41 <> 0 and i.number % 97 <> 0 and i.number % 11 <> 0
          and p.processed_on < current_date;
      alter table public.deals disable trigger record_stage_change_update`).simple();
    const planted: Planted[] = [];
    const plant = async (plants: readonly Plant[]) => {
      for (const { class: break_class, sql: text } of plants) {
        const rows = (await sql.unsafe(text)).filter(({ key }) => key !== null);
        if (rows.length === 0) throw new Error(`Nothing could be planted for ${break_class}.`);
        planted.push(...rows.map(({ key }) => ({ break_class, record_key: key as string })));
      }
    };
    await plant(bills);
    await sql.unsafe(settleDays).simple();
    await plant(settlements);
    await plant(eligibility);
    await sql.unsafe(recount);
    await plant(pipeline);
    await sql.unsafe("alter table public.deals enable trigger record_stage_change_update");
    return planted;
  }) as Planted[];
}
