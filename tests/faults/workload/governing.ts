import { delay } from "@std/async/delay";
import type { Sql } from "postgres";
import type { Random } from "../random.ts";
import { customer, customerId, order, orderId } from "./rows.ts";
import type { Writer } from "./writer.ts";

const ENTITIES = ["customer", "purchase"];
const BREAKABLE = [
  "purchase_300_block_insert",
  "purchase_300_block_update",
  "purchase_500_capture_insert",
  "purchase_500_capture_update",
  "purchase_550_dependents_update",
  "customer_500_capture_update",
  "customer_550_dependents_update",
  "purchase_600_issue_insert",
];

/** Whatever is paused is resumed, whatever is broken is made anew. */
export async function repair(sql: Sql): Promise<void> {
  for (const entity of ENTITIES) {
    await sql`select governance.resume(${entity})`;
    await sql`select governance_private.compile_entity(${entity}), governance_private.generate_capture(${entity})`;
  }
}

/** One rule becomes another: its limit, its status, an organization's own form of it. */
export async function changeRule({ sql, random }: Pick<Writer, "sql" | "random">): Promise<void> {
  const limit = JSON.stringify({
    combinator: "and",
    rules: [{ field: "amount", operator: "<=", value: String(random.between(2, 8) * 100) }],
  });
  const way = random.between(1, 5);
  if (way <= 2) {
    await sql`update governance.data_quality_rules set condition = ${limit}::text::jsonb
      where rule_key = 'order-amount-limit' and org_id is null`;
  } else if (way === 3) {
    await sql`update governance.data_quality_rules
      set status = case status when 'active' then ${random.pick(["shadow", "deprecated"])} else 'active' end
      where rule_key = ${
      random.pick(["order-amount-limit", "order-has-amount", "customer-mail-unique"])
    } and org_id is null`;
  } else if (way === 4) {
    await sql`insert into governance.data_quality_rules (rule_key, org_id, entity_type, kind, dimension, severity, enforcement, status, condition, message)
      values ('order-amount-limit', 'globex', 'purchase', 'condition', 'validity', 'medium', 'issue', 'active', ${limit}::text::jsonb, '{amount} is too much for us.')
      on conflict do nothing`;
  } else {
    await sql`delete from governance.data_quality_rules where rule_key = 'order-amount-limit' and org_id is not null`;
  }
}

/** Somebody changes a few of the records that an evaluator has just claimed. */
export async function touch(
  sql: Sql,
  random: Random,
  entity: string,
  keys: readonly string[],
): Promise<void> {
  const some = new Set(Array.from({ length: 5 }, () => random.pick(keys)));
  await sql.begin(async (own) => {
    // It is no one's turn to wait: the caller holds up an evaluator.
    await own`set local lock_timeout = '300ms'`;
    for (const key of [...some].sort()) {
      if (entity === "customer") {
        const { email, state, is_active } = customer(random);
        await own`update shop.customers set ${own({ email, state, is_active })} where id = ${key}`;
      } else {
        const { amount, status, paid_at } = order(random);
        await own`update shop.orders set ${own({ amount, status, paid_at })} where id = ${key}`;
      }
    }
  }).catch(() => {});
}

/** What administrators do, by name. */
export const GOVERNING = {
  "pause and resume": async ({ sql, random }) => {
    const entity = random.pick(ENTITIES);
    await sql`select governance.pause(${entity}, 'bulk repair')`;
    await delay(random.between(50, 300));
    await sql`select governance.resume(${entity})`;
  },
  "break and repair": async ({ sql, random }) => {
    const name = random.pick(BREAKABLE);
    // The generated function itself, with its own handler: what is broken is its first statement.
    const [broken] = await sql`
      select regexp_replace(pg_get_functiondef(p.oid), E'\nbegin', E'\nbegin\n  perform 1 / 0;') as definition
      from pg_proc p where p.pronamespace = 'governance_private'::regnamespace and p.proname = ${name}`;
    if (broken === undefined) return;
    await sql.begin(async (own) => {
      // As every compiler does: two that replace one function at once fail.
      await own`select governance_private.compile_alone()`;
      await own.unsafe(broken.definition);
    });
    await delay(random.between(50, 300));
    const entity = name.split("_")[0]!;
    await sql`select governance_private.compile_entity(${entity}), governance_private.generate_capture(${entity})`;
  },
  "register again": ({ sql, random }) => {
    const [entity, table] = random.pick(
      [["customer", "shop.customers"], ["purchase", "shop.orders"]] as const,
    );
    return sql`select governance.register_entity(e.entity_type, ${table}, e.label_column, e.owner_column, p_on_failure => e.on_failure)
      from governance.entities e where e.entity_type = ${entity}`;
  },
  "sweep": ({ sql }) => sql`select governance_private.sweep_all()`,
  "change a rule": changeRule,
  "change a list": ({ sql, random }) =>
    random.chance(0.5)
      ? sql`insert into governance.reference_values (set_key, value) values ('states', 'Sleeping') on conflict do nothing`
      : sql`delete from governance.reference_values where set_key = 'states' and value = 'Sleeping'`,
} satisfies Record<string, (writer: Writer) => PromiseLike<unknown>>;

/** What a replication session brings: no trigger of ours sees it; the sweep has to find it. */
export async function replicate({ admin, random }: Writer): Promise<void> {
  await admin.begin(async (own) => {
    await own`set local session_replication_role = replica`;
    const { email, state, is_active, org_id } = customer(random);
    const { amount, status, note } = order(random);
    await own`insert into shop.customers (id, org_id, email, state, is_active)
      values (${`r${
      customerId(random)
    }`}, ${org_id}, ${email}, ${state}, ${is_active}) on conflict (id) do update set email = excluded.email`;
    await own`update shop.customers set ${own({ email, is_active })} where id = ${customerId(random)}`;
    await own`update shop.orders set ${own({ amount, status, note })} where id = ${orderId(random)}`;
    await own`delete from shop.orders where id = ${orderId(random)}`;
  });
}
