import { harborLane } from "../support.ts";

export type Rec = Readonly<Record<string, unknown>>;

/** A record, and those of other tables that point at it: `$` in them is its key. */
export interface Example {
  readonly record: Rec;
  readonly children?: readonly (readonly [table: string, record: Rec])[];
}

/** One shipped rule: a record on which it acts, and one, as near as possible, on which it does not. */
export interface Pair {
  readonly table: string;
  readonly fires: Rec | Example;
  readonly passes: Rec | Example;
  /** Fix rules: what the record becomes. */
  readonly becomes?: Rec;
  /** Further rules that must speak of the same defect. */
  readonly besides?: readonly string[];
}

export const org = harborLane;
const key = (n: number) => `00000000-0000-4000-8000-0000000003${String(n).padStart(2, "0")}`;

/** The records that the examples point at; all of them in order. */
export const at = {
  account: key(1),
  otherAccount: key(2),
  contact: key(3),
  pipeline: key(4),
  offer: key(5),
  won: key(6),
  due: key(7),
  plan: key(8),
  endedPlan: key(9),
  subscriber: key(10),
  dependant: key(11),
  invoice: key(12),
  payment: key(13),
  file: key(14),
  renewals: key(15),
};

export const world = `
  insert into products (org_id, name) values ('${org}', 'Pallet Lift'), ('${org}', 'Dock Crane');
  insert into team_members (org_id, name) values ('${org}', 'Riley Chen');
  insert into accounts (id, org_id, name) values ('${at.account}', '${org}', 'Acme'), ('${at.otherAccount}', '${org}', 'Bolt');
  insert into contacts (id, org_id, last_name, account_id) values ('${at.contact}', '${org}', 'Lee', '${at.account}');
  insert into pipelines (id, org_id, name) values ('${at.pipeline}', '${org}', 'Sales'), ('${at.renewals}', '${org}', 'Renewals');
  insert into pipeline_stages (id, org_id, pipeline_id, name, position, outcome) values
    ('${at.offer}', '${org}', '${at.pipeline}', 'Offer', 1, 'open'), ('${at.won}', '${org}', '${at.pipeline}', 'Won', 2, 'won'),
    ('${at.due}', '${org}', '${at.renewals}', 'Due', 1, 'open');
  insert into plans (id, org_id, name, code, starts_on, ends_on, is_active) values
    ('${at.plan}', '${org}', 'Gold', 'GOLD-1', null, null, true),
    ('${at.endedPlan}', '${org}', 'Silver', 'SILVER', '2020-01-01', '2021-12-31', false);
  insert into members (id, org_id, member_number, last_name) values ('${at.subscriber}', '${org}', 'S-1', 'Silva');
  insert into members (id, org_id, member_number, last_name, relationship, subscriber_id, status)
    values ('${at.dependant}', '${org}', 'S-1-1', 'Silva', 'child', '${at.subscriber}', 'pending');
  insert into coverages (org_id, member_id, plan_id, starts_on) values ('${org}', '${at.subscriber}', '${at.plan}', '2024-01-01');
  insert into invoices (id, org_id, currency, member_id, total_amount, status, paid_on)
    values ('${at.invoice}', '${org}', 'USD', '${at.subscriber}', 50, 'paid', '2026-01-05');
  insert into invoice_lines (org_id, invoice_id, position, unit_price, amount) values ('${org}', '${at.invoice}', 1, 50, 50);
  insert into payments (id, org_id, invoice_id, amount, currency, status, processed_on)
    values ('${at.payment}', '${org}', '${at.invoice}', 50, 'USD', 'settled', '2026-01-05');
  insert into eligibility_files (id, org_id, source, as_of, status, received_at)
    values ('${at.file}', '${org}', 'carrier', '2026-01-01', 'complete', '2026-01-02');`;

let count = 0;

/** What a record of a table needs to be in order; each example gets a name of its own. */
export const inOrder: Readonly<Record<string, () => Rec>> = {
  accounts: () => ({ name: `Account ${++count}` }),
  contacts: () => ({ last_name: `Contact ${++count}` }),
  leads: () => ({ last_name: "Lead", email: `lead-${++count}@example.com` }),
  deals: () => ({ name: "Deal", account_id: at.account, owner_name: "Riley Chen" }),
  products: () => ({ name: `Product ${++count}` }),
  tasks: () => ({ title: "Call", owner_name: "Riley Chen" }),
  team_members: () => ({ name: `Person ${++count}` }),
  members: () => ({ last_name: `Member ${++count}`, member_number: `M-${count}`, status: "pending" }),
  coverages: () => ({
    member_id: at.dependant,
    plan_id: at.plan,
    status: "cancelled",
    starts_on: "2024-01-01",
  }),
  plans: () => ({ name: `Plan ${++count}` }),
  invoices: () => ({ currency: "USD", member_id: at.subscriber, status: "draft" }),
  payments: () => ({ amount: 5, currency: "USD", status: "cancelled" }),
  eligibility_files: () => ({
    source: "carrier",
    as_of: "2026-01-01",
    status: "received",
    received_at: "2026-01-02",
  }),
  eligibility_records: () => ({
    file_id: at.file,
    line_number: ++count,
    member_number: "S-1",
    member_id: at.subscriber,
  }),
};
