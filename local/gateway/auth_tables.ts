import postgres from "postgres";
import { createLite } from "./lite_app.ts";
import { LiteConnection } from "./lite_connection.ts";
import { readGatewayConfig } from "./read_config.ts";

const TABLES = ["users", "sessions", "refresh_tokens", "identities", "audit_log_entries"];

/**
 * Creates the tables of schema `auth` where they are missing, as their owner, so that migrations may refer to
 * `auth.users` before any gateway runs. Also done by `startGateway`.
 */
export async function createAuthTables(authDbUrl: string, configToml: string): Promise<void> {
  const sql = postgres(authDbUrl, { max: 1, onnotice: () => {} });
  try {
    if ((await missingTables(sql)).length === 0) return;
    const functions = await sql<{ definition: string }[]>`
      select pg_get_functiondef(oid) as definition from pg_catalog.pg_proc
      where pronamespace = 'auth'::regnamespace and prokind = 'f'`;
    await createByLite(authDbUrl, configToml);
    // It puts an `auth.uid()` of its own in the place of hosted's, which reads other settings than PostgREST makes.
    for (const { definition } of functions) await sql.unsafe(definition);
    const missing = await missingTables(sql);
    if (missing.length > 0) throw new Error(`Schema auth lacks the tables ${missing.join(", ")}.`);
  } finally {
    await sql.end();
  }
}

async function missingTables(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name from unnest(${TABLES}::text[]) as name where to_regclass('auth.' || name) is null`;
  return rows.map(({ name }) => name);
}

/** `@supabase/lite` passes over statements that fail, so the caller looks at what has come of it. */
async function createByLite(authDbUrl: string, configToml: string): Promise<void> {
  const connection = openAuthConnection(authDbUrl, 1);
  try {
    const config = await readGatewayConfig(configToml);
    const lite = createLite("auth", {
      connection,
      config,
      schemas: config.api.schemas,
      keys: { publishable: {}, secret: {} },
      internalSecret: crypto.randomUUID(),
    });
    await lite.ensureSystemSchema();
  } finally {
    await connection.close();
  }
}

/** Connections as the owner of schema `auth`. */
export function openAuthConnection(url: string, poolSize: number): LiteConnection {
  return new LiteConnection({ url, poolSize, name: "auth" });
}
