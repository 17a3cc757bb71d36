import { createClient, type SupabaseClient } from "@supabase/supabase-js";

/** Where the database answers, and the key that opens it. */
export interface SecretClientOptions {
  readonly url: string;
  readonly secretKey: string;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

/** A client of the database with the secret key: row level security does not hold for it. */
export function createSecretClient(options: SecretClientOptions): SupabaseClient {
  return createClient(options.url, options.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: withoutBearer(options.fetch ?? fetch, options.secretKey) },
  });
}

/** Secret keys travel in `apikey` alone; the client also sends its key as a bearer token, which hosted refuses. */
function withoutBearer(send: typeof fetch, secretKey: string): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    if (headers.get("authorization") === `Bearer ${secretKey}`) headers.delete("authorization");
    return send(input, { ...init, headers });
  };
}
