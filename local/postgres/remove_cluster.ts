import { join } from "@std/path";
import { endOrphan } from "./orphan.ts";

/** Removes a cluster, and ends the Postgres that an earlier start may have left on it. */
export async function removeCluster(dir: string): Promise<void> {
  await endOrphan(join(dir, "data"));
  await Deno.remove(dir, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
