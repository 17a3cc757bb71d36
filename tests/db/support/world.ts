import type { Sql, TransactionSql } from "postgres";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";
import { createShop } from "./shop.ts";

/** Who takes part: two organizations, `acme` with each role, `globex` with an admin of its own. */
export const people = {
  viewer: "00000000-0000-4000-8000-00000000a001",
  member: "00000000-0000-4000-8000-00000000a002",
  colleague: "00000000-0000-4000-8000-00000000a003",
  steward: "00000000-0000-4000-8000-00000000a004",
  admin: "00000000-0000-4000-8000-00000000a005",
  outsider: "00000000-0000-4000-8000-00000000b005",
  nobody: "00000000-0000-4000-8000-00000000c001",
} as const;

export type Person = keyof typeof people;
/** Everybody who can write: a signed-in person, or a role of the API or of the database. */
export type Caller = Person | "anon" | "service_role" | "postgres";

/** A database with two organizations, their members and two small governed tables that no CRM knows. */
export interface World extends AsyncDisposable {
  readonly database: TestDatabase;
  /** As `postgres`. */
  readonly sql: Sql;
  /** One transaction as a request of this caller. */
  as<T>(caller: Caller, work: (sql: TransactionSql) => Promise<T>): Promise<T>;
}

export async function createWorld(): Promise<World> {
  const database = await createTestDatabase();
  const { sql } = database;
  await sql`select governance.register_organization('acme', 'Acme', 'Europe/Berlin', 'DE'),
    governance.register_organization('globex', 'Globex', 'UTC', 'US')`;
  const memberships = [
    ["viewer", "acme", "viewer"],
    ["member", "acme", "member"],
    ["colleague", "acme", "member"],
    ["steward", "acme", "steward"],
    ["admin", "acme", "admin"],
    ["outsider", "globex", "admin"],
  ] as const;
  for (const [person, org_id, role] of memberships) {
    await sql`insert into governance.memberships ${sql({ user_id: people[person], org_id, role })}`;
  }
  await createShop(sql);
  await quiet(sql);
  return {
    database,
    sql,
    as: (caller, work) => {
      if (caller === "postgres") return sql.begin(work) as Promise<never>;
      if (caller === "anon" || caller === "service_role") return database.as(caller, {}, work);
      return database.as("authenticated", { sub: people[caller] }, work);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** Forgets what setting up has queued, so that a test sees only what it does itself. */
export async function quiet(sql: Sql): Promise<void> {
  await sql`delete from governance_private.change_queue`;
  await sql`delete from governance_private.bulk_changes`;
  await sql`delete from governance_private.record_leases`;
  await sql`delete from governance.runs`;
}
