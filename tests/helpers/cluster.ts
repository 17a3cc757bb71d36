import type { PostgresVersion } from "../../local/postgres/mod.ts";
import { startTestCluster, type TestCluster, testClusterVariable } from "../../local/test_cluster.ts";

/**
 * The Postgres that tests make their databases in.
 *
 * `deno task test` starts one for all files and hands it over in the environment; a file that is run alone starts its
 * own when it is loaded, outside of any test, so that no test is blamed for it.
 */
export const cluster: TestCluster = await findOrStart();

async function findOrStart(): Promise<TestCluster> {
  const given = Deno.env.get(testClusterVariable);
  if (given !== undefined) return JSON.parse(given) as TestCluster;
  const version = Number(Deno.env.get("TEST_POSTGRES_VERSION") ?? 17) as PostgresVersion;
  return (await startTestCluster(version)).cluster;
}
