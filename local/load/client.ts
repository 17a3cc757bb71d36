import { createClient, type SupabaseClient } from "@supabase/supabase-js";

/** How an integration reaches the product. */
export interface Target {
  readonly apiUrl: string;
  readonly secretKey: string;
}

/** A client that acts as an integration. */
// deno-lint-ignore no-explicit-any -- tables are named at run time
export type IntegrationClient = SupabaseClient<any, any, any, any, any>;

/** Connects as an integration, with a secret key. */
export function connectIntegration({ apiUrl, secretKey }: Target): IntegrationClient {
  return createClient(apiUrl, secretKey, { auth: { persistSession: false, autoRefreshToken: false } });
}
