import { assert } from "@std/assert";
import type { TransactionSql } from "postgres";
import {
  addCustomers,
  addOrders,
  and,
  type Customer,
  evaluateAll,
  is,
  type Order,
  type Person,
  quiet,
  saveRule,
  type World,
} from "../support/mod.ts";
import { tables } from "./matrix.ts";

/** Where a planted word has ever stood. */
interface Cell {
  readonly table: "customers" | "orders";
  readonly id: string;
  readonly column: string;
}

/** Records full of words that occur nowhere else, and everything that the product makes of them. */
export interface Planted {
  readonly cells: Map<string, Cell[]>;
  /** Ids of the records that were deleted. */
  readonly gone: Set<string>;
}

const word = /zq[a-z]+[0-9]+x/g;
const wordsIn = (text: string) => new Set(text.match(word) ?? []);

export const columns = {
  customers: ["id", "name", "email", "state", "owner_user_id"],
  orders: ["id", "note", "customer_id", "status"],
} as const;

function plant(planted: Planted, table: Cell["table"], row: Customer | Order): void {
  for (const [column, value] of Object.entries(row)) {
    for (const found of wordsIn(String(value))) {
      planted.cells.set(found, [...planted.cells.get(found) ?? [], { table, id: row.id, column }]);
    }
  }
}

/** Who can read which record is decided by a list that is no governed table, so that a change of it leaves no trace. */
async function hideByList(world: World): Promise<void> {
  await world.sql.unsafe(`
    create table shop.hidden (id text primary key);
    grant select on shop.hidden to authenticated;
    ${
    ["customers", "orders"].map((table) => `
      alter policy visible on shop.${table} using (org_id in (select governance_private.my_org_ids())
        and not exists (select from shop.hidden h where h.id = ${table}.id));
      alter policy writable on shop.${table} using (org_id in (select governance_private.my_org_ids('member'))
        and not exists (select from shop.hidden h where h.id = ${table}.id));`).join("")
  }`)
    .simple();
}

async function saveRules(world: World): Promise<void> {
  const wrong = (field: string) => and(is(field, "=", "right"));
  const trim = (field: string) => [{ step: "normalize", field, using: "trim" }];
  await saveRule(world.sql, {
    rule_key: "name",
    entity_type: "customer",
    condition: wrong("name"),
    message: "{name}.",
  });
  await saveRule(world.sql, {
    rule_key: "email",
    entity_type: "customer",
    condition: and(is("email", "endsWith", "x")),
    message: "{email} of {name}.",
    fix: trim("email"),
  });
  await saveRule(world.sql, {
    rule_key: "state-once",
    entity_type: "customer",
    kind: "unique",
    dimension: "uniqueness",
    condition: { fields: [{ field: "state" }] },
    message: "{group_size} have {state}.",
  });
  await saveRule(world.sql, {
    rule_key: "tidy-note",
    enforcement: "fix",
    condition: null,
    fix: trim("note"),
    message: "{note}",
  });
  await saveRule(world.sql, {
    rule_key: "note",
    condition: wrong("note"),
    timing: "write",
    message: "{note}.",
  });
  await saveRule(world.sql, {
    rule_key: "of-customer",
    condition: wrong("customer.name"),
    message: "{note} of {customer.name}, {customer.email}.",
  });
  await saveRule(world.sql, {
    rule_key: "in-shadow",
    status: "shadow",
    condition: wrong("customer.name"),
    message: "{note} of {customer.name}.",
  });
  await saveRule(world.sql, {
    rule_key: "block-in-shadow",
    status: "shadow",
    enforcement: "block",
    entity_type: "customer",
    condition: wrong("name"),
    message: "{email} of {name}.",
  });
  await saveRule(world.sql, {
    rule_key: "no-status",
    enforcement: "block",
    condition: and(is("status", "!=", "forbidden")),
    message: "{note} of {customer.name}.",
  });
}

/** Six customers with an order each: written, judged, corrected, changed, sent by a source, told to a webhook; the last of each deleted. */
export async function plantRecords(world: World): Promise<Planted> {
  const planted: Planted = { cells: new Map(), gone: new Set(["zqcust6x", "zqord6x"]) };
  await hideByList(world);
  await saveRules(world);
  await world.sql`insert into governance.webhook_endpoints (org_id, label, url, events)
    values ('acme', 'Chat', 'https://hooks.acme.com', array['issue.opened', 'issue.resolved'])`;
  await quiet(world.sql);
  const numbers = [1, 2, 3, 4, 5, 6];
  const customers = numbers.map((n): Customer => ({
    id: `zqcust${n}x`,
    name: `zqname${n}x`,
    email: `zqmail${n}x `,
    state: `zqstate${Math.ceil(n / 2)}x`,
  }));
  const orders = numbers.map((n): Order => ({
    id: `zqord${n}x`,
    customer_id: `zqcust${n}x`,
    note: ` zqnote${n}x`,
    status: `zqstatus${n}x`,
  }));
  customers.forEach((row) => plant(planted, "customers", row));
  orders.forEach((row) => plant(planted, "orders", row));
  await addCustomers(world.sql, ...customers);
  await addOrders(world.sql, ...orders);
  await evaluateAll(world);
  for (const n of numbers) {
    plant(planted, "customers", { id: `zqcust${n}x`, name: `zqlater${n}x` });
    await world.sql`update shop.customers set name = ${`zqlater${n}x`} where id = ${`zqcust${n}x`}`;
  }
  await evaluateAll(world);
  await world
    .sql`insert into governance.source_systems (source_key, org_id, label) values ('sync:other', 'acme', 'Other')`;
  await world
    .sql`insert into governance.source_records (source_key, entity_type, external_id, org_id, record_key, payload)
    select 'sync:other', 'customer', c.name, 'acme', c.id, jsonb_build_object('name', c.name) from shop.customers c`;
  await world
    .sql`select governance_private.open_system_issue('system-dead-letter', 'acme', 'customer', id, 'critical', 'Broke at ' || email)
    from shop.customers`;
  await world
    .sql`insert into governance.waivers (org_id, rule_key, entity_type, scope, record_key, reason, expires_at)
    select 'acme', 'name', 'customer', 'record', id, 'As agreed.', now() + interval '1 day' from shop.customers`;
  await world.sql`delete from shop.orders where id = 'zqord6x'`;
  await world.sql`delete from shop.customers where id = 'zqcust6x'`;
  await evaluateAll(world);
  for (const n of numbers) {
    planted.cells.get(`zqcust${n}x`)!.push({ table: "orders", id: `zqord${n}x`, column: "customer_id" });
  }
  return planted;
}

/** The words that the caller may read: those of cells whose record and column it can select, now. */
async function readable(own: TransactionSql, planted: Planted, caller: Person): Promise<Set<string>> {
  const ids = new Set<string>(caller === "steward" || caller === "admin" ? planted.gone : []);
  const shown = new Set<string>();
  for (const table of ["customers", "orders"] as const) {
    for (const { id } of await own.unsafe(`select id from shop.${table}`)) ids.add(id);
    for (const column of columns[table]) {
      const [right] =
        await own`select has_column_privilege(${`shop.${table}`}, ${column}, 'select') as granted`;
      if (right!.granted) shown.add(`${table}.${column}`);
    }
  }
  const may = ({ table, id, column }: Cell) => ids.has(id) && shown.has(`${table}.${column}`);
  return new Set([...planted.cells].filter(([, cells]) => cells.some(may)).map(([found]) => found));
}

/** Every call that reads or that is refused with something to read. */
function calls(issueIds: readonly string[], fixIds: readonly string[], ruleIds: readonly string[]): string[] {
  const draft = (entity: string, field: string, message: string) =>
    JSON.stringify({
      rule_key: "draft",
      entity_type: entity,
      dimension: "validity",
      message,
      condition: and(is(field, "=", "right")),
    });
  return [
    "select * from governance.list_issues()",
    "select * from governance.list_issues(p_status => 'fixed', p_limit => 1000)",
    ...issueIds.flatMap((id) => [
      `select * from governance.issue_group('${id}')`,
      `select governance.apply_suggested_fix('${id}')`,
      `select governance.assign_issue('${id}', null)`,
    ]),
    ...fixIds.map((id) => `select governance.undo_fix('${id}')`),
    ...ruleIds.flatMap((id) => [
      `select governance.backtest_rule('{"id": "${id}"}', 'acme')`,
      `select governance.backtest_keys('{"id": "${id}"}', 'acme')`,
    ]),
    `select governance.backtest_rule('${draft("purchase", "customer.name", "{customer.email}")}', 'acme')`,
    `select governance.backtest_rule('${draft("customer", "state", "{email}")}', 'acme')`,
    "update shop.orders set status = 'forbidden'",
    "update shop.customers set state = 'forbidden'",
    "insert into shop.customers (id, org_id) select id, org_id from shop.customers",
    `select governance.try_records('customer', 'acme', '[{"n": 1, "key": "zqcust1x", "values": {"state": "forbidden"}}]')`,
    `select governance.try_records('purchase', 'acme', '[{"n": 1, "key": "zqord1x", "values": {"status": "forbidden"}}]')`,
  ];
}

/** Words that the caller itself says in a statement, which come back in what it answers. */
const said = (statement: string) => wordsIn(statement);

/** Fails when anything that the caller can select or call says a word that it may not read. */
export async function findLeaks(world: World, planted: Planted, caller: Person): Promise<string[]> {
  const ids = async (table: string) =>
    (await world.sql.unsafe(`select id from governance.${table}`)).map(({ id }) => id as string);
  const [issueIds, fixIds, ruleIds] = [
    await ids("data_quality_issues"),
    await ids("fixes"),
    await world.sql`
    select id from governance.data_quality_rules where entity_type in ('customer', 'purchase')`,
  ];
  const leaks: string[] = [];
  let heard = 0;
  const done = new Error("done");
  await world.as(caller, async (own) => {
    const allowed = await readable(own, planted, caller);
    const statements = [
      ...Object.keys(tables).filter((table) => table.startsWith("governance.")).map((table) =>
        `select * from ${table}`
      ),
      ...calls(issueIds, fixIds, ruleIds.map(({ id }) => id)),
    ];
    for (const statement of statements) {
      const answer = await own.savepoint(async (inner) => {
        const rows = await inner.unsafe(statement);
        throw Object.assign(new Error("taken back"), { rows: [...rows] });
      }).catch((error) => JSON.stringify(error.rows ?? [error.message, error.detail, error.hint]));
      for (const found of wordsIn(answer as string)) {
        heard++;
        if (!allowed.has(found) && !said(statement).has(found)) {
          leaks.push(`${caller}: ${found} by ${statement}`);
        }
      }
    }
    assert(heard > 0 || allowed.size === 0 || caller === "outsider", "nothing at all was seen");
    throw done;
  }).catch((error) => {
    if (error !== done) throw error;
  });
  return leaks;
}
