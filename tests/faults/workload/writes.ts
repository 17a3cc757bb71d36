import { delay } from "@std/async/delay";
import type { Sql, TransactionSql } from "postgres";
import { customer, customerId, email, order, orderId, several } from "./rows.ts";
import type { Writer } from "./writer.ts";

type AnySql = Sql | TransactionSql;
type Rows = readonly Record<string, unknown>[];

/** A customer who is not there is nobody's. */
const ORDERS =
  `select o.id, o.org_id, (select c.id from shop.customers c where c.id = o.customer_id), o.amount, o.status, o.note, o.paid_at
  from jsonb_to_recordset($1::text::jsonb) as o(id text, org_id text, customer_id text, amount numeric, status text, note text, paid_at timestamptz)`;
const CUSTOMERS = `select * from jsonb_to_recordset($1::text::jsonb)
  as c(id text, org_id text, name text, email text, state text, is_active boolean)`;

async function insertOrders(
  sql: AnySql,
  rows: Rows,
  conflict = "on conflict (id) do nothing",
): Promise<void> {
  await sql.unsafe(
    `insert into shop.orders (id, org_id, customer_id, amount, status, note, paid_at) ${ORDERS} ${conflict}`,
    [
      JSON.stringify(rows),
    ],
  );
}

async function insertCustomers(
  sql: AnySql,
  rows: Rows,
  conflict = "on conflict (id) do nothing",
): Promise<void> {
  await sql.unsafe(
    `insert into shop.customers (id, org_id, name, email, state, is_active) ${CUSTOMERS} ${conflict}`,
    [
      JSON.stringify(rows),
    ],
  );
}

const upsertOrders =
  `on conflict (id) do update set amount = excluded.amount, status = excluded.status, note = excluded.note`;
const upsertCustomers =
  `on conflict (id) do update set email = excluded.email, state = excluded.state, is_active = excluded.is_active`;

/** One change of one record. */
async function changeOne(writer: Writer, sql: AnySql): Promise<void> {
  const { random } = writer;
  if (random.chance(0.4)) {
    const { email, state, is_active } = customer(random);
    await sql`update shop.customers set ${
      sql(random.pick([{ email }, { state }, { is_active }]))
    } where id = ${customerId(random)}`;
  } else {
    const { amount, status, note, paid_at } = order(random);
    await sql`update shop.orders set ${
      sql(random.pick([{ amount }, { status }, { note }, { paid_at }]))
    } where id = ${orderId(random)}`;
  }
}

/** What people and programs write, by name. */
export const WRITES = {
  "insert customers": (writer) =>
    insertCustomers(writer.sql, several(writer.random.between(1, 4), () => customer(writer.random))),
  "insert orders": (writer) =>
    insertOrders(writer.sql, several(writer.random.between(1, 5), () => order(writer.random))),
  "insert many orders": (writer) =>
    insertOrders(writer.sql, several(80, () => ({ ...order(writer.random), note: null }))),
  "change one": (writer) => changeOne(writer, writer.sql),
  "change many orders": ({ sql, random }) =>
    sql`update shop.orders set amount = ${random.between(1, 900)}, status = ${random.pick(["open", "Paid"])}
        where abs(hashtext(id)) % 9 = ${random.between(0, 8)}`,
  "change many customers": ({ sql, random }) =>
    sql`update shop.customers set is_active = ${random.chance(0.6)}, email = ${email(random)}
        where abs(hashtext(id)) % 12 = ${random.between(0, 11)}`,
  "delete": ({ sql, random }) =>
    random.chance(0.5)
      ? sql`delete from shop.orders where id = ${orderId(random)}`
      : sql`delete from shop.customers where id = ${customerId(random)}`,
  "delete many": ({ sql, random }) =>
    sql`delete from shop.orders where abs(hashtext(id)) % 17 = ${random.between(0, 16)}`,
  "upsert orders": (writer) =>
    insertOrders(writer.sql, several(writer.random.between(1, 12), () => order(writer.random)), upsertOrders),
  "upsert customers": (writer) =>
    insertCustomers(
      writer.sql,
      several(writer.random.between(1, 6), () => customer(writer.random)),
      upsertCustomers,
    ),
  "rename a key": ({ sql, random }) =>
    sql`update shop.orders set id = ${orderId(random)} where id = ${orderId(random)}`,
  "move to the other organization": ({ sql, random }) =>
    sql`update shop.customers set org_id = case org_id when 'acme' then 'globex' else 'acme' end where id = ${
      customerId(random)
    }`,
  "swap numbers": ({ sql, random }) =>
    sql`update shop.orders o set note = x.note from shop.orders x
        where o.note is not null and x.note is not null and x.org_id = o.org_id
          and (o.id, x.id) in (select a.id, b.id from shop.orders a, shop.orders b where a.id <> b.id and a.note is not null and b.note is not null
            and a.org_id = b.org_id and abs(hashtext(a.id)) % 20 = ${
      random.between(0, 19)
    } order by 1, 2 limit 1)`,
  "several in one transaction": (writer) =>
    writer.sql.begin(async (own) => {
      for (let n = writer.random.between(2, 5); n > 0; n--) await changeOne(writer, own);
    }),
  "savepoint around a blocked write": (writer) =>
    writer.sql.begin(async (own) => {
      await changeOne(writer, own);
      await own.savepoint(async (inner) => {
        await changeOne(writer, inner);
        await insertOrders(inner, [{ ...order(writer.random), amount: "-1" }]);
      }).catch((error) => {
        if (error?.code !== "PT422") throw error;
      });
      await changeOne(writer, own);
    }),
  "roll back": (writer) =>
    writer.sql.begin(async (own) => {
      await changeOne(writer, own);
      await insertOrders(own, several(5, () => order(writer.random)));
      await own.unsafe("rollback and chain");
    }),
  "stay open for long": (writer) =>
    writer.sql.begin(async (own) => {
      await changeOne(writer, own);
      await insertOrders(own, several(4, () => ({ ...order(writer.random), note: null })));
      // Several leases long, as minutes are.
      await delay(writer.random.between(1500, 3500));
      await changeOne(writer, own);
      if (writer.random.chance(0.3)) await own.unsafe("rollback and chain");
    }),
} satisfies Record<string, (writer: Writer) => PromiseLike<unknown>>;

/** Writes that must be refused whole, with every record and rule named; new keys, so that nothing else can refuse them. */
export async function writeBlocked(writer: Writer): Promise<void> {
  const { random, sql, findings } = writer;
  const rows = Array.from({ length: random.between(1, 8) }, () => ({
    ...order(random, `b${random.between(1, 1e9)}`),
    note: null,
    amount: random.chance(0.5) ? `-${random.between(1, 9)}` : "5",
  }));
  const bad = rows.filter(({ amount }) => amount.startsWith("-")).map(({ id }) => id).sort();
  const refusal = await writer.attempt("blocked insert", () => insertOrders(sql, rows, ""));
  if (refusal?.state !== "PT422") return; // whether it may have passed, the witness tells
  const { code, violations, records } = JSON.parse(refusal.detail ?? "{}");
  const named = (violations ?? []).map((v: { record_key: string; rule_key: string }) =>
    `${v.rule_key}:${v.record_key}`
  ).sort();
  const expected = bad.map((id) => `order-amount-not-negative:${id}`).sort();
  if (code !== "blocked" || records !== bad.length || JSON.stringify(named) !== JSON.stringify(expected)) {
    findings.push(
      `a blocked write named ${JSON.stringify(named)} (${records}, ${code}) instead of ${
        JSON.stringify(expected)
      }`,
    );
  }
  const stored = await sql`select id from shop.orders where id = any (${rows.map(({ id }) => id)})`.catch(
    () => [],
  );
  if (stored.length > 0) findings.push(`a blocked write stored ${stored.length} of its records`);
}
