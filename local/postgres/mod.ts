/**
 * A real Postgres from npm with the roles, grants and extensions of hosted Supabase, and without Docker.
 *
 * @module
 */
export { superuser, templateKeepHours, templatePassword } from "./cluster.ts";
export { freePort, isPortTaken } from "./free_port.ts";
export { endOrphan } from "./orphan.ts";
export type { PostgresVersion } from "./package.ts";
export { platformHash } from "./platform_hash.ts";
export type { LoginRole } from "./passwords.ts";
export type { StopMode } from "./server.ts";
export { removeCluster } from "./remove_cluster.ts";
export { type Postgres, type PostgresOptions, startPostgres } from "./start_postgres.ts";
