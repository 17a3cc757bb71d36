import postgres from "postgres";

const ACQUIRE_MS = 10_000;

/** All connections were busy for ten seconds; PostgREST's code for it. */
export class PoolExhausted extends Error {
  readonly code = "PGRST003";
}

/** One connection, used by one request at a time. */
export interface Session {
  readonly sql: postgres.Sql;
  /** Its connection is gone: whatever was under way on it is lost, and it must not be used again. */
  broken: boolean;
  /** To be closed when it comes back. */
  outdated: boolean;
}

/**
 * A pool of connections that outlives restarts of Postgres. postgres.js has one of its own, but connections that were
 * reserved from it are lost or waited for in vain when the server goes away, and a query that follows brings the process
 * down. So each connection here is a postgres.js of size one, and one whose connection has closed is thrown away.
 */
export class SessionPool {
  readonly #size: number;
  readonly #open: (onclose: () => void) => postgres.Sql;
  readonly #sessions = new Set<Session>();
  readonly #idle: Session[] = [];
  readonly #waiting: ((session: Session) => void)[] = [];

  constructor(url: string, size: number, options: postgres.Options<Record<string, postgres.PostgresType>>) {
    this.#size = size;
    this.#open = (onclose) => postgres(url, { ...options, max: 1, backoff: () => 0, onclose });
  }

  async acquire(): Promise<Session> {
    for (let session = this.#idle.pop(); session; session = this.#idle.pop()) {
      if (!session.broken) return session;
      this.#discard(session);
    }
    if (this.#sessions.size < this.#size) return this.#create();
    const { promise, resolve, reject } = Promise.withResolvers<Session>();
    this.#waiting.push(resolve);
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(new PoolExhausted("Timed out acquiring connection from connection pool."));
    }, ACQUIRE_MS);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  release(session: Session): void {
    const next = this.#waiting.shift();
    if (session.broken || session.outdated) {
      this.#discard(session);
      if (next) next(this.#create());
    } else if (next) next(session);
    else this.#idle.push(session);
  }

  /** Opens connections anew: those there are keep plans of statements whose result has another shape now. */
  renew(): void {
    for (const session of this.#sessions) session.outdated = true;
    for (const session of this.#idle.splice(0)) this.#discard(session);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map(({ sql }) => sql.end({ timeout: 1 })));
  }

  #create(): Session {
    const sql = this.#open(() => session.broken = true);
    const session: Session = { sql, broken: false, outdated: false };
    this.#sessions.add(session);
    return session;
  }

  #discard(session: Session): void {
    this.#sessions.delete(session);
    session.sql.end({ timeout: 0 }).catch(() => {});
  }
}
