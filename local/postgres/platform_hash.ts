import { postgresOsUser } from "../process/mod.ts";
import { bareHash } from "./cluster.ts";
import type { PostgresVersion } from "./package.ts";
import { runtimeHash } from "./runtime.ts";

/** Changes with everything that a fresh cluster is made of: the release, the extensions, roles, schemas and grants. */
export async function platformHash(version: PostgresVersion): Promise<string> {
  return await bareHash(await runtimeHash(version), await postgresOsUser());
}
