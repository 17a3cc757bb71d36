import postgres, { type Sql, type TransactionSql } from "postgres";
import { cluster } from "./cluster.ts";

/** Roles of the API, with the privileges that a request has. */
export type ApiRole = "anon" | "authenticated" | "service_role";

/** Claims of a JWT, as `auth.jwt()` returns them. */
export interface Claims {
  readonly sub?: string;
  readonly email?: string;
  readonly [name: string]: unknown;
}

/** A database of its own for one test, with all migrations and no data but what they carry. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  /** Connection string of the role `postgres`. */
  readonly url: string;
  /** Connections as `postgres`, which owns the schema and is no superuser. */
  readonly sql: Sql;
  /** Connections as the superuser, for what only the platform may do. */
  readonly admin: Sql;
  /** A further pool of connections as `postgres`, closed with the database: for tests with several sessions. */
  connect(options?: { max?: number }): Sql;
  /**
   * Runs `work` in one transaction as a request to the API has it: role, JWT claims, and the role's statement timeout.
   * Commits when `work` resolves.
   */
  as<T>(role: ApiRole, claims: Claims, work: (sql: TransactionSql) => Promise<T>): Promise<T>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes a database for a test: `await using database = await createTestDatabase();`. Takes about 50 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await maintain((sql) => sql.unsafe(`create database ${name} template postgres owner postgres`));
  const url = inDatabase(cluster.url, name);
  const pools: Sql[] = [];
  const connect = (to: string, max: number) => {
    const sql = postgres(to, { max, onnotice: () => {}, idle_timeout: 0 });
    pools.push(sql);
    return sql;
  };
  const sql = connect(url, 4);
  return {
    name,
    url,
    sql,
    admin: connect(inDatabase(cluster.adminUrl, name), 2),
    connect: ({ max = 1 } = {}) => connect(url, max),
    as: (role, claims, work) => runAs(sql, role, claims, work),
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map((pool) => pool.end({ timeout: 1 })));
      await maintain((sql) => sql.unsafe(`drop database if exists ${name} with (force)`));
    },
  };
}

async function runAs<T>(
  sql: Sql,
  role: ApiRole,
  claims: Claims,
  work: (sql: TransactionSql) => Promise<T>,
): Promise<T> {
  const timeout = { anon: "3s", authenticated: "8s", service_role: "8s" }[role];
  return await sql.begin(async (transaction) => {
    await transaction`
      select set_config('request.jwt.claims', ${JSON.stringify({ role, ...claims })}, true),
        set_config('request.method', 'POST', true),
        set_config('statement_timeout', ${timeout}, true),
        set_config('role', ${role}, true)`;
    return await work(transaction);
  }) as T;
}

/** Through another database than the one that is copied: nobody may be connected to that. */
async function maintain(work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(inDatabase(cluster.adminUrl, "template1"), { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}

function inDatabase(url: string, database: string): string {
  return url.replace(/\/postgres$/, `/${database}`);
}
