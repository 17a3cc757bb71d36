import postgres, { type Sql } from "postgres";
import { migratedTemplate } from "../../local/migrations/mod.ts";
import { startPostgres } from "../../local/postgres/mod.ts";
import { ephemeralDir, stateRoot } from "../../local/state/mod.ts";

/** A Postgres of its own that syncs its commits, with all migrations; it ends with the work. */
export async function withDurableCluster<T>(
  connections: number,
  work: (admin: Sql, clients: readonly Sql[]) => Promise<T>,
): Promise<T> {
  const root = await stateRoot();
  const server = await startPostgres({
    dir: await ephemeralDir(),
    stateRoot: root,
    template: () => migratedTemplate(root, 17),
    port: 0,
    removeOnEnd: true,
  });
  const connect = (url: string) => postgres(url, { max: 1, onnotice: () => {} });
  const admin = connect(server.url("supabase_admin"));
  const clients = Array.from({ length: connections }, () => connect(server.url()));
  try {
    return await work(admin, clients);
  } finally {
    await Promise.all([admin, ...clients].map((sql) => sql.end({ timeout: 1 })));
    await server.stop();
  }
}
