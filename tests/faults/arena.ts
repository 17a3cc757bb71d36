import { join } from "@std/path";
import postgres, { type Sql } from "postgres";
import { migratedTemplate } from "../../local/migrations/mod.ts";
import { type LoginRole, type Postgres, startPostgres } from "../../local/postgres/mod.ts";
import { ephemeralDir, stateRoot } from "../../local/state/mod.ts";
import { Edge } from "./edge/edge.ts";

/** A run's database. */
export interface ArenaDatabase extends AsyncDisposable {
  readonly name: string;
  /** Counts the databases of this arena. */
  readonly number: number;
  readonly sql: Sql;
  readonly adminUrl: string;
  connect(max: number): Sql;
  /** Connections of those who write, which `endWork` ends. */
  connectWorkers(max: number, role?: LoginRole): Sql;
  /**
   * Returns when nothing of theirs can come any more: after a reset the driver may send again what it has told its caller
   * was lost, and the server finishes a statement whose client is gone.
   */
  endWork(): Promise<void>;
}

/** What runs share: a Postgres of their own, which may be crashed, and the edge with its evaluators. */
export interface Arena extends AsyncDisposable {
  readonly postgres: Postgres;
  readonly edge: Edge;
  /** What Postgres has logged, of all databases. */
  log(): Promise<string>;
  createDatabase(): Promise<ArenaDatabase>;
}

const WORKERS = "workers";

/** The driver's next write to a connection that a crash has closed throws, or is refused, where nobody can catch it. */
function forgiveClosedSockets(event: ErrorEvent | PromiseRejectionEvent): void {
  const error = "reason" in event ? event.reason : event.error;
  if (
    error instanceof Error &&
    /reading 'write'|socket has been ended by the other party|ECONNRESET|EPIPE/.test(error.message)
  ) {
    event.preventDefault();
  }
}

export async function openArena(): Promise<Arena> {
  addEventListener("error", forgiveClosedSockets);
  addEventListener("unhandledrejection", forgiveClosedSockets);
  const root = await stateRoot();
  const dir = await ephemeralDir();
  const server = await startPostgres({
    dir,
    stateRoot: root,
    template: () => migratedTemplate(root),
    port: 0,
    durable: false,
    removeOnEnd: true,
  });
  const edge = new Edge();
  await edge.evaluators.start();
  let count = 0;
  return {
    postgres: server,
    edge,
    log: () => Deno.readTextFile(join(dir, "postgres.log")),
    createDatabase: () => createDatabase(server, ++count),
    async [Symbol.asyncDispose]() {
      await edge.stop();
      await server.stop();
      removeEventListener("error", forgiveClosedSockets);
      removeEventListener("unhandledrejection", forgiveClosedSockets);
    },
  };
}

async function createDatabase(server: Postgres, number: number): Promise<ArenaDatabase> {
  const name = `run_${number}`;
  await maintain(server, `create database ${name} template postgres owner postgres`);
  // Else the first values of a copied sequence are not logged, and after a crash they come again.
  await maintain(server, "checkpoint");
  const pools: Sql[] = [];
  const workers: Sql[] = [];
  const open = (role: LoginRole, max: number, application_name = "faults") => {
    const url = server.url(role, name);
    const sql = postgres(url, {
      max,
      onnotice: () => {},
      idle_timeout: 0,
      max_lifetime: null,
      backoff: () => 0.05,
      connect_timeout: 2,
      // So that what takes longer is the driver's doing.
      connection: {
        application_name,
        statement_timeout: 15_000,
        idle_in_transaction_session_timeout: 15_000,
      },
    });
    pools.push(sql);
    return sql;
  };
  return {
    name,
    number,
    sql: open("postgres", 8),
    adminUrl: server.url("supabase_admin", name),
    connect: (max) => open("postgres", max),
    connectWorkers(max, role = "postgres") {
      const sql = open(role, max, WORKERS);
      workers.push(sql);
      return sql;
    },
    async endWork() {
      await Promise.all(workers.map((sql) => sql.end({ timeout: 1 })));
      await maintain(
        server,
        `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${name}' and application_name = '${WORKERS}'`,
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map((pool) => pool.end({ timeout: 1 })));
      await maintain(server, `drop database ${name} with (force)`);
    },
  };
}

/** Through another database than the one that is copied: nobody may be connected to that. */
async function maintain(server: Postgres, statement: string): Promise<void> {
  const sql = postgres(server.url("supabase_admin", "template1"), { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}
