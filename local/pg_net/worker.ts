import postgres, { type Sql } from "postgres";
import { keepRunning, openListener, type Running } from "../process/mod.ts";
import { type Answer, type QueuedRequest, sendRequest } from "./request.ts";

/** Where the worker finds the queue, and how much it takes at once. */
export interface NetWorkerOptions {
  /** Connection string of the superuser. */
  readonly adminUrl: string;
  /** Requests in one transaction; default 200. */
  readonly batchSize?: number;
  /** How long answers are kept, as a Postgres interval; default six hours. */
  readonly ttl?: string;
  /** Pause between two batches in milliseconds; default 1,000, which makes 200 requests a second at most. */
  readonly pauseMs?: number;
  readonly log?: (message: string) => void;
}

/** A running worker. */
export type NetWorker = Running;

const applicationName = "pg_net 0.20.4 worker";

/**
 * Sends queued requests as pg_net does: woken by commit, a batch in one transaction, all of a batch at once, answers
 * visible when the slowest of the batch is there, no retry. It reconnects for as long as it takes when Postgres is away;
 * a batch that was under way then is sent again if Postgres kept the queue, and lost if it did not.
 */
export function startNetWorker(options: NetWorkerOptions): NetWorker {
  const { adminUrl, batchSize = 200, ttl = "6 hours", pauseMs = 1000, log = () => {} } = options;
  // no pool: a server that was restarted must not meet a connection of its predecessor
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  return keepRunning({
    name: "pg_net",
    log,
    async run({ signal, wake, wait }) {
      let asked = true; // there may be requests from before
      const listener = await openListener(adminUrl, "pg_net", applicationName, () => {
        // the real one's latch is set only by the first commit since the worker last woke
        if (!asked) wake();
        asked = true;
      });
      listener.lost.catch(wake);
      const sql = postgres(adminUrl, {
        max: 1,
        onnotice: () => {},
        connection: { application_name: applicationName, statement_timeout: 0 },
      });
      const turn = async () => {
        asked = false;
        let busy: boolean;
        do {
          busy = await handleBatch(sql, client, batchSize, ttl);
          await wait(pauseMs);
        } while (busy && !signal.aborted);
      };
      try {
        while (!signal.aborted) {
          if (asked) await Promise.race([turn(), listener.lost]);
          else await Promise.race([wait(60_000), listener.lost]);
        }
      } finally {
        await Promise.all([listener.close(), sql.end({ timeout: 1 })]);
      }
    },
    close: () => client.close(),
  });
}

/** One turn of pg_net's loop; true when there was something to do. */
async function handleBatch(
  sql: Sql,
  client: Deno.HttpClient,
  batchSize: number,
  ttl: string,
): Promise<boolean> {
  return await sql.begin(async (sql) => {
    const [extension] = await sql`select to_regclass('net.http_request_queue') is not null as exists`;
    if (!extension?.exists) return false;
    const expired = await sql`
      delete from net._http_response r
      using (
        select ctid from net._http_response where created < now() - ${ttl}::interval order by created limit ${batchSize}
      ) old
      where r.ctid = old.ctid`;
    const requests = await sql<QueuedRequest[]>`
      delete from net.http_request_queue q
      using (select id from net.http_request_queue order by id limit ${batchSize}) next
      where q.id = next.id
      returning q.id, q.method, q.url, q.timeout_milliseconds, q.headers, convert_from(q.body, 'UTF8') as body`;
    if (requests.length > 0) {
      const answers = await Promise.all(requests.map((request) => sendRequest(request, client)));
      await insertAnswers(sql, answers);
    }
    return expired.count > 0 || requests.length > 0;
  }) as boolean;
}

async function insertAnswers(sql: Pick<Sql, "unsafe">, answers: readonly Answer[]): Promise<void> {
  await sql.unsafe(
    `insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
     select id, status_code, content_type, headers, content, timed_out, error_msg
     from jsonb_to_recordset($1::text::jsonb) as a(id bigint, status_code integer, content_type text, headers jsonb,
       content text, timed_out boolean, error_msg text)`,
    [JSON.stringify(answers)],
  );
}
