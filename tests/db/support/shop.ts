import type { Sql } from "postgres";

/** Two governed tables that are no CRM's: customers, and orders that point at them. A hidden row is hidden from people. */
export async function createShop(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create schema shop;
    grant usage on schema shop to authenticated, service_role;
    create table shop.customers (
      id text primary key,
      org_id text not null,
      name text,
      email text,
      state text check (state <> 'forbidden'),
      is_active boolean,
      is_hidden boolean not null default false,
      owner_user_id uuid,
      updated_at timestamptz not null default now()
    );
    create table shop.orders (
      id text primary key,
      org_id text not null,
      customer_id text references shop.customers on delete set null,
      amount numeric(14, 2),
      status text,
      note text,
      due_on date,
      paid_at timestamptz,
      tags jsonb,
      owner_user_id uuid,
      updated_at timestamptz not null default now()
    );
    alter table shop.customers enable row level security;
    alter table shop.orders enable row level security;
    create policy visible on shop.customers for select to authenticated
      using (not is_hidden and org_id in (select governance_private.my_org_ids()));
    create policy writable on shop.customers for update to authenticated
      using (not is_hidden and org_id in (select governance_private.my_org_ids('member')));
    create policy visible on shop.orders for select to authenticated
      using (org_id in (select governance_private.my_org_ids()));
    create policy writable on shop.orders for update to authenticated
      using (org_id in (select governance_private.my_org_ids('member')));
    create policy addable on shop.orders for insert to authenticated
      with check (org_id in (select governance_private.my_org_ids('member')));
    grant select, insert, update, delete on shop.customers, shop.orders to authenticated, service_role;
  `).simple();
  await sql`select governance.register_entity('customer', 'shop.customers', 'name', 'owner_user_id')`;
  await sql`select governance.register_entity('purchase', 'shop.orders', null, 'owner_user_id')`;
}

export interface Customer {
  id: string;
  org_id?: string;
  name?: string | null;
  email?: string | null;
  state?: string | null;
  is_active?: boolean | null;
  is_hidden?: boolean;
  owner_user_id?: string | null;
}

export interface Order {
  id: string;
  org_id?: string;
  customer_id?: string | null;
  amount?: string | null;
  status?: string | null;
  note?: string | null;
  due_on?: string | null;
  paid_at?: string | null;
  owner_user_id?: string | null;
}

/** Writes customers in one statement. */
export async function addCustomers(sql: Sql, ...customers: Customer[]): Promise<void> {
  await sql`insert into shop.customers
    select (jsonb_populate_record(null::shop.customers,
      '{"org_id": "acme", "is_hidden": false, "updated_at": "2026-01-01"}'::jsonb || c)).*
    from jsonb_array_elements(${sql.json(customers as never)}) c`;
}

/** Writes orders in one statement. */
export async function addOrders(sql: Sql, ...orders: Order[]): Promise<void> {
  await sql`insert into shop.orders
    select (jsonb_populate_record(null::shop.orders, '{"org_id": "acme", "updated_at": "2026-01-01"}'::jsonb || o)).*
    from jsonb_array_elements(${sql.json(orders as never)}) o`;
}
