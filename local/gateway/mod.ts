/**
 * The one host of a Supabase project, in this process: REST and Auth from `@supabase/lite`, the edge functions from
 * `local/functions/`.
 */
export { createAuthTables } from "./auth_tables.ts";
export { createApiKeys, createJwtKeys } from "./keys.ts";
export { startGateway } from "./start_gateway.ts";
export type { ApiKeys, Gateway, GatewayOptions, JwtKeys } from "./types.ts";
