import type { Sql } from "postgres";
import { createTestDatabase, type TestDatabase } from "../../helpers/database.ts";

/** A database with one organization of the reference CRM; nothing that is written to it is ever in flight. */
export interface Books extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly sql: Sql;
  readonly org: string;
}

export async function createBooks(): Promise<Books> {
  const database = await createTestDatabase();
  const { sql } = database;
  const [row] =
    await sql`insert into public.organizations (name, default_currency) values ('Books', 'USD') returning id`;
  await sql`update governance.reconcile_jobs set settle_window = '0'`;
  return { database, sql, org: row!.id, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

/** Inserts one row and returns its id. */
export async function add(sql: Sql, table: string, row: Record<string, unknown>): Promise<string> {
  const [inserted] = await sql`insert into ${sql(`public.${table}`)} ${sql(row)} returning id`;
  return inserted!.id as string;
}
