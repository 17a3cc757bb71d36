import { createPostgresConnection, type PostgresConnection } from "@supabase/lite/postgres";
import postgres from "postgres";
import { createLite } from "./lite_app.ts";
import { readGatewayConfig } from "./read_config.ts";

/**
 * Creates the tables of schema `auth` where they are missing, as their owner, so that migrations may refer to
 * `auth.users` before any gateway runs. Also done by `startGateway`.
 */
export async function createAuthTables(authDbUrl: string, configToml: string): Promise<void> {
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
  await checkAuthTables(authDbUrl);
}

/** Auth's connections, in few words. */
export function openAuthConnection(url: string, max: number): PostgresConnection {
  return createPostgresConnection({ url, postgresOptions: { max, idle_timeout: 60, onnotice: () => {} } });
}

/** `@supabase/lite` passes over statements that fail. */
async function checkAuthTables(authDbUrl: string): Promise<void> {
  const sql = postgres(authDbUrl, { max: 1 });
  try {
    const [row] = await sql<{ missing: string[] | null }[]>`
      select array_agg(name) as missing
      from unnest(array['users', 'sessions', 'refresh_tokens', 'identities', 'audit_log_entries']) as name
      where to_regclass('auth.' || name) is null`;
    if (row?.missing) throw new Error(`Schema auth lacks the tables ${row.missing.join(", ")}.`);
  } finally {
    await sql.end();
  }
}
