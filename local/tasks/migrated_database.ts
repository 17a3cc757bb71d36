import { startTestCluster } from "../test_cluster.ts";

/** Runs `work` with the connection string of a fresh database that has all migrations, and throws that away. */
export async function withMigratedDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const { cluster, stop } = await startTestCluster();
  try {
    return await work(cluster.url);
  } finally {
    await stop();
  }
}
