import fc from "fast-check";
import type { TransactionSql } from "postgres";
import { people } from "../support/mod.ts";

/** Who writes: a person, a person who is a source system of its own, or SQL. */
export type Writer = "member" | "colleague" | "postgres";

export interface OrderFields {
  readonly amount?: string | null;
  readonly status?: string | null;
  readonly note?: string | null;
  readonly due_on?: string | null;
  readonly customer_id?: string | null;
}

/** One statement. */
export type Step =
  & { readonly who: Writer }
  & (
    | { readonly kind: "save"; readonly ids: readonly string[]; readonly fields: OrderFields }
    | { readonly kind: "change"; readonly ids: readonly string[]; readonly fields: OrderFields }
    | { readonly kind: "delete"; readonly ids: readonly string[] }
    | { readonly kind: "rename"; readonly from: string; readonly to: string }
    | {
      readonly kind: "customer";
      readonly id: string;
      readonly name: string | null;
      readonly is_active: boolean | null;
    }
    | { readonly kind: "drop-customer"; readonly id: string }
  );

const day = (from: number) => new Date(Date.now() + from * 86_400_000).toISOString().slice(0, 10);
const who = fc.constantFrom<Writer>("member", "colleague", "postgres");
const ids = fc.uniqueArray(fc.constantFrom("1", "2", "3", "4", "5"), { minLength: 1, maxLength: 3 });
const customer = fc.constantFrom("a", "b", "elsewhere");
const values = {
  amount: fc.constantFrom(null, "-1", "0", "2"),
  status: fc.constantFrom(null, "draft", "won"),
  note: fc.constantFrom(null, " ", "x", "y"),
  // Days from the edge: a history that runs over midnight is the same.
  due_on: fc.constantFrom(null, day(-9), day(9)),
  customer_id: fc.oneof(fc.constant(null), customer),
};
const fields = fc.record(values);
const oneField = fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<OrderFields>;

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ who, kind: fc.constant("save" as const), ids, fields }) },
  { weight: 5, arbitrary: fc.record({ who, kind: fc.constant("change" as const), ids, fields: oneField }) },
  {
    weight: 2,
    arbitrary: fc.record({
      who: fc.constant("postgres" as const),
      kind: fc.constant("delete" as const),
      ids,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      who,
      kind: fc.constant("rename" as const),
      from: fc.constantFrom("1", "2", "3"),
      to: fc.constantFrom("6", "7"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      who,
      kind: fc.constant("customer" as const),
      id: fc.constantFrom("a", "b"),
      name: fc.constantFrom(null, " ", "Ann"),
      is_active: fc.constantFrom(null, true, false),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      who: fc.constant("postgres" as const),
      kind: fc.constant("drop-customer" as const),
      id: fc.constantFrom("a", "b"),
    }),
  },
);

/** What happens to a handful of orders and their customers. */
export const history: fc.Arbitrary<readonly Step[]> = fc.array(step, { minLength: 8, maxLength: 14 });

/** Takes one step as its writer. Whoever may not see a record changes nothing of it. */
export async function take(sql: TransactionSql, step: Step): Promise<void> {
  if (step.who !== "postgres") {
    const claims = JSON.stringify({ role: "authenticated", sub: people[step.who] });
    await sql`select set_config('request.jwt.claims', ${claims}, true), set_config('role', 'authenticated', true)`;
  }
  switch (step.kind) {
    case "save":
      await sql`
        insert into shop.orders as o (id, org_id, amount, status, note, due_on, customer_id)
        select k, 'acme', f.amount, f.status, f.note, f.due_on, (select c.id from shop.customers c where c.id = f.customer_id)
        from unnest(${[...step.ids]}::text[]) k, jsonb_populate_record(null::shop.orders, ${
        sql.json({ ...step.fields })
      }) f
        on conflict (id) do update set amount = excluded.amount, status = excluded.status, note = excluded.note,
          due_on = excluded.due_on, customer_id = excluded.customer_id`;
      return;
    case "change":
      await sql`
        update shop.orders o set amount = f.amount, status = f.status, note = f.note, due_on = f.due_on,
          customer_id = (select c.id from shop.customers c where c.id = f.customer_id)
        from shop.orders old cross join lateral jsonb_populate_record(old, ${sql.json({ ...step.fields })}) f
        where old.id = o.id and o.id = any (${[...step.ids]}::text[])`;
      return;
    case "delete":
      await sql`delete from shop.orders where id = any (${[...step.ids]}::text[])`;
      return;
    case "rename":
      await sql`
        update shop.orders set id = ${step.to}
        where id = ${step.from} and not exists (select from shop.orders o where o.id = ${step.to})`;
      return;
    case "customer":
      await sql`update shop.customers set name = ${step.name}, is_active = ${step.is_active} where id = ${step.id}`;
      return;
    case "drop-customer":
      await sql`delete from shop.customers where id = ${step.id}`;
  }
}
