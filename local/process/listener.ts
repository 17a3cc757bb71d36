import postgres, { type Sql } from "postgres";

/** A session that listens. */
export interface Listener {
  /** The listening session itself, for short queries. */
  readonly sql: Sql;
  /** Rejects when the session is lost: whatever was notified from then on has not been heard. */
  readonly lost: Promise<never>;
  close(): Promise<void>;
}

/**
 * Listens on a channel in one session of its own.
 *
 * The driver's own `listen` tries once to listen again and then stays silent, which a worker that has to survive a
 * restart of Postgres cannot use.
 */
export async function openListener(
  url: string,
  channel: string,
  applicationName: string,
  onNotify: () => void,
): Promise<Listener> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => {}); // nobody may be waiting for it yet
  let closing = false;
  const options = {
    max: 1,
    idle_timeout: null,
    max_lifetime: null,
    fetch_types: false,
    onnotice: () => {},
    onnotify: onNotify, // the driver has it, its types do not
    onclose: () => {
      if (!closing) lost.reject(new Error("the connection to Postgres was lost"));
    },
    connection: { application_name: applicationName, statement_timeout: 0 },
  } as unknown as postgres.Options<Record<string, never>>;
  const sql = postgres(url, options) as unknown as Sql;
  const close = async () => {
    closing = true;
    await sql.end({ timeout: 1 });
  };
  try {
    await sql.unsafe(`listen ${channel}`);
  } catch (error) {
    await close();
    throw error;
  }
  return { sql, lost: lost.promise, close };
}
