import { migratedTemplate } from "./migrations/mod.ts";
import { type PostgresVersion, startPostgres } from "./postgres/mod.ts";
import { ephemeralDir, stateRoot } from "./state/mod.ts";

/** Environment variable that hands a running test cluster to other processes, as JSON. */
export const testClusterVariable = "TEST_CLUSTER";

/** How to reach the Postgres of a test run. */
export interface TestCluster {
  readonly version: PostgresVersion;
  /** Connection string of the superuser, with `/postgres` at its end. */
  readonly adminUrl: string;
  /** The same for the role `postgres`. */
  readonly url: string;
}

/** A running test cluster and how to end it. */
export interface StartedTestCluster {
  readonly cluster: TestCluster;
  stop(): Promise<void>;
}

/**
 * Starts a throw-away Postgres whose database `postgres` has all migrations and no other data. Tests copy that database
 * and never connect to it. Nothing sends its requests and nothing runs its jobs.
 */
export async function startTestCluster(version: PostgresVersion = 17): Promise<StartedTestCluster> {
  const root = await stateRoot();
  const server = await startPostgres({
    dir: await ephemeralDir(),
    stateRoot: root,
    template: () => migratedTemplate(root, version),
    port: 0,
    version,
    durable: false,
    removeOnEnd: true,
  });
  return {
    cluster: { version, adminUrl: server.url("supabase_admin"), url: server.url() },
    stop: () => server.stop(),
  };
}
