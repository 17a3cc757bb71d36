import postgres, { type Sql } from "postgres";
import { type Postgres, type PostgresVersion, startPostgres } from "../../local/postgres/mod.ts";
import { ephemeralDir, stateRoot } from "../../local/state/mod.ts";

/** A Postgres as a fresh project has it, before any migration, with the platform's extensions. */
export interface Platform extends AsyncDisposable {
  readonly server: Postgres;
  /** As `postgres`. */
  readonly sql: Sql;
  /** As the superuser. */
  readonly admin: Sql;
}

/** Starts one for a test: `await using platform = await startPlatform();`. */
export async function startPlatform(version?: PostgresVersion): Promise<Platform> {
  const server = await startPostgres({
    dir: await ephemeralDir(),
    stateRoot: await stateRoot(),
    port: 0,
    version: version ?? Number(Deno.env.get("TEST_POSTGRES_VERSION") ?? 17) as PostgresVersion,
    durable: false,
    removeOnEnd: true,
  });
  const open = (url: string) => postgres(url, { max: 3, onnotice: () => {} });
  const [sql, admin] = [open(server.url()), open(server.url("supabase_admin"))];
  await sql.unsafe("create extension pg_net; create extension pg_cron").simple();
  return {
    server,
    sql,
    admin,
    async [Symbol.asyncDispose]() {
      await Promise.all([sql.end({ timeout: 1 }), admin.end({ timeout: 1 })]);
      await server.stop();
    },
  };
}

/** Polls until `check` returns something; fails after `seconds`. */
export async function eventually<T>(check: () => Promise<T | undefined>, seconds = 10): Promise<T> {
  for (const deadline = Date.now() + seconds * 1000;;) {
    const result = await check();
    if (result !== undefined) return result;
    if (Date.now() > deadline) throw new Error(`It did not happen within ${seconds} s.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
