import postgres, { type Sql } from "postgres";
import type { Job, Outcome } from "./job.ts";

/** One execution of a job's command. */
export interface Execution {
  /** Process id of its session, once it runs. */
  readonly pid: Promise<number>;
  readonly outcome: Promise<Outcome>;
  /** Ends it, as when its job is unscheduled while it runs. */
  cancel(): void;
}

/**
 * Runs a job's command in a session of its own, as the job's user, with the settings that this user has at login.
 *
 * The statements of a command go to the server as one message, so they are one transaction.
 */
export function executeJob(adminUrl: string, job: Job): Execution {
  const url = new URL(adminUrl);
  url.pathname = `/${encodeURIComponent(job.database)}`;
  const sql = postgres(url.href, {
    max: 1,
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: "pg_cron" },
  });
  let canceled = false;
  const pid = logIn(sql, job);
  const outcome = pid
    .then(() => sql.unsafe(job.command).simple())
    .then((result): Outcome => ({
      status: "succeeded",
      message: describe(result as unknown as Result | Result[]),
    }))
    .catch((error): Outcome => ({
      status: "failed",
      message: canceled ? "job canceled" : errorMessage(error),
    }))
    .finally(() => sql.end({ timeout: 1 }));
  return {
    pid,
    outcome,
    cancel() {
      canceled = true;
      pid.then((pid) => terminate(adminUrl, pid)).catch(() => {});
    },
  };
}

async function logIn(sql: Sql, { database, username }: Job): Promise<number> {
  const settings = await sql<{ name: string; value: string }[]>`
    select split_part(setting, '=', 1) as name, substr(setting, strpos(setting, '=') + 1) as value
    from pg_db_role_setting s
    cross join unnest(s.setconfig) with ordinality as u(setting, position)
    where s.setrole = (select oid from pg_roles where rolname = ${username})
      and s.setdatabase in (0, (select oid from pg_database where datname = ${database}))
    order by s.setdatabase, u.position`;
  await sql`select set_config('search_path', '"$user", public, extensions', false)`;
  for (const { name, value } of settings) {
    // hosted loads libraries this way that the local Postgres does not have
    if (!name.endsWith("_preload_libraries")) await sql`select set_config(${name}, ${value}, false)`;
  }
  const [row] = await sql`select pg_backend_pid() as pid`;
  await sql`set session authorization ${sql(username)}`;
  return row?.["pid"] as number;
}

async function terminate(adminUrl: string, pid: number): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, fetch_types: false });
  try {
    await sql`select pg_terminate_backend(${pid})`;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

interface Result extends Array<unknown> {
  readonly command?: string;
  readonly count?: number | null;
  readonly columns?: readonly unknown[];
}

/** What libpq says of the last statement: rows of a query, else the command's tag. */
function describe(result: Result | Result[]): string {
  const last = (Array.isArray(result[0]) && "command" in result[0] ? result.at(-1) : result) as Result;
  const count = last.count ?? 0;
  if ((last.columns?.length ?? 0) > 0 || !last.command) return `${count} ${count === 1 ? "row" : "rows"}`;
  if (last.command === "INSERT") return `INSERT 0 ${count}`;
  return last.count === null || last.count === undefined ? last.command : `${last.command} ${count}`;
}

/** As libpq prints an error. */
function errorMessage(error: unknown): string {
  if (!(error instanceof postgres.PostgresError)) return "connection lost";
  const { severity, message, detail, hint, where } = error;
  const lines = [`${severity}:  ${message}`];
  if (detail) lines.push(`DETAIL:  ${detail}`);
  if (hint) lines.push(`HINT:  ${hint}`);
  if (where) lines.push(`CONTEXT:  ${where}`);
  return `${lines.join("\n")}\n`;
}
