import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type postgres from "postgres";

/**
 * Kysely on postgres.js that survives the end of its connections. The driver that `@supabase/lite` brings goes on using a
 * reserved connection that has closed: the next query on it throws where nobody can catch it, and the process dies
 * together with Postgres.
 */
export class PostgresDialect implements Dialect {
  readonly #open = new Map<number, ReservedConnection>();
  readonly #sql: () => postgres.Sql;

  constructor(sql: () => postgres.Sql) {
    this.#sql = sql;
  }

  /** Options that the pool needs for this dialect. */
  readonly poolOptions = {
    // A transaction names itself, so that its connection's number is known here.
    debug: (connection: number, query: string): void => {
      const mark = /^start transaction [a-z ]+ -- (\S+)$/.exec(query)?.[1];
      const reserved = mark === undefined ? undefined : starting.get(mark);
      if (reserved) this.#open.set(connection, reserved);
    },
    onclose: (connection: number): void => {
      const reserved = this.#open.get(connection);
      if (reserved) reserved.broken = true;
      this.#open.delete(connection);
    },
  };

  createDriver(): Driver {
    const sql = this.#sql;
    return {
      init: () => Promise.resolve(),
      destroy: () => sql().end(),
      acquireConnection: async () => new ReservedConnection(await sql().reserve()),
      beginTransaction: (connection, settings) => (connection as ReservedConnection).begin(settings),
      commitTransaction: async (connection) =>
        void await connection.executeQuery(CompiledQuery.raw("commit")),
      rollbackTransaction: (connection) => (connection as ReservedConnection).rollback(),
      releaseConnection: (connection) => Promise.resolve((connection as ReservedConnection).release()),
    };
  }

  createAdapter(): PostgresAdapter {
    return new PostgresAdapter();
  }

  createIntrospector(db: Kysely<unknown>): PostgresIntrospector {
    return new PostgresIntrospector(db);
  }

  createQueryCompiler(): PostgresQueryCompiler {
    return new PostgresQueryCompiler();
  }
}

const starting = new Map<string, ReservedConnection>();

class ReservedConnection implements DatabaseConnection {
  /** Closed: it must be neither used nor given back, the pool has replaced it. */
  broken = false;
  readonly #sql: postgres.ReservedSql;

  constructor(sql: postgres.ReservedSql) {
    this.#sql = sql;
  }

  async begin({ accessMode = "read write" }: TransactionSettings): Promise<void> {
    const mark = crypto.randomUUID();
    starting.set(mark, this);
    try {
      await this.executeQuery(CompiledQuery.raw(`start transaction ${accessMode} -- ${mark}`));
    } finally {
      starting.delete(mark);
    }
  }

  async rollback(): Promise<void> {
    if (!this.broken) await this.executeQuery(CompiledQuery.raw("rollback"));
  }

  release(): void {
    if (!this.broken) this.#sql.release();
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (this.broken) {
      throw Object.assign(new Error("The connection has closed."), { code: "CONNECTION_CLOSED" });
    }
    try {
      // Without a name, or every transaction's first statement would be prepared anew and kept.
      const prepare = !query.sql.startsWith("start transaction");
      const parameters = [...query.parameters] as postgres.ParameterOrJSON<never>[];
      const result = await this.#sql.unsafe(query.sql, parameters, { prepare });
      const changes = ["INSERT", "UPDATE", "DELETE", "MERGE"].includes(result.command);
      return { rows: Array.from(result) as Row[], ...(changes && { numAffectedRows: BigInt(result.count) }) };
    } catch (error) {
      const code = String((error as { code?: unknown }).code);
      if (/^(CONNECTION_|ECONN|EPIPE)/.test(code)) this.broken = true;
      throw error;
    }
  }

  // deno-lint-ignore require-yield
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("Results are not streamed.");
  }
}
