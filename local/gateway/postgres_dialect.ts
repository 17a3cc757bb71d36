import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import type postgres from "postgres";
import type { Session, SessionPool } from "./session_pool.ts";

/** Kysely on a {@linkcode SessionPool}. */
export class PostgresDialect implements Dialect {
  readonly #pool: SessionPool;

  constructor(pool: SessionPool) {
    this.#pool = pool;
  }

  createDriver(): Driver {
    const pool = this.#pool;
    return {
      init: () => Promise.resolve(),
      destroy: () => pool.close(),
      acquireConnection: async () => new SessionConnection(await pool.acquire()),
      beginTransaction: (connection, { accessMode = "read write" }) =>
        run(connection, `start transaction ${accessMode}`),
      commitTransaction: (connection) => run(connection, "commit"),
      rollbackTransaction: async (connection) => {
        if (!sessionOf(connection).broken) await run(connection, "rollback");
      },
      releaseConnection: (connection) => Promise.resolve(pool.release(sessionOf(connection))),
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

class SessionConnection implements DatabaseConnection {
  constructor(readonly session: Session) {}

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const { session } = this;
    // The driver would connect again and run the rest of a transaction outside of it.
    if (session.broken) {
      throw Object.assign(new Error("The connection has closed."), { code: "CONNECTION_CLOSED" });
    }
    try {
      const result = await session.sql.unsafe(
        query.sql,
        query.parameters as postgres.ParameterOrJSON<never>[],
        {
          prepare: true,
        },
      );
      const changes = ["INSERT", "UPDATE", "DELETE", "MERGE"].includes(result.command);
      return { rows: Array.from(result) as Row[], ...(changes && { numAffectedRows: BigInt(result.count) }) };
    } catch (error) {
      if (isConnectionError(error)) session.broken = true;
      throw error;
    }
  }

  // deno-lint-ignore require-yield
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("Results are not streamed.");
  }
}

/** Whether an error of the driver says that there is no connection (any more). */
export function isConnectionError(error: unknown): boolean {
  return /^(CONNECTION_|CONNECT_|ECONN|EPIPE|57P0[123]$)/.test(
    String((error as { code?: unknown } | null)?.code),
  );
}

function sessionOf(connection: DatabaseConnection): Session {
  return (connection as SessionConnection).session;
}

async function run(connection: DatabaseConnection, statement: string): Promise<void> {
  await connection.executeQuery(CompiledQuery.raw(statement));
}
