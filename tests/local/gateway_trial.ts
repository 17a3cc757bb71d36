import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { fromFileUrl } from "@std/path";
import {
  type FunctionLimits,
  type FunctionLog,
  type Functions,
  startFunctions,
} from "../../local/functions/mod.ts";
import {
  type ApiKeys,
  createApiKeys,
  createJwtKeys,
  type Gateway,
  type JwtKeys,
  startGateway,
} from "../../local/gateway/mod.ts";
import { type Platform, startPlatform } from "./platform.ts";

/** The functions that tests call. */
export const fixtureProject: string = fromFileUrl(new URL("../fixtures/functions", import.meta.url));
const configToml = fromFileUrl(new URL("../../supabase/config.toml", import.meta.url));

/** A gateway on a database of its own that holds nothing but what the test makes. */
export interface Trial extends AsyncDisposable {
  readonly platform: Platform;
  readonly gateway: Gateway;
  readonly functions: Functions;
  readonly keys: ApiKeys;
  readonly jwtKeys: JwtKeys;
  readonly logged: FunctionLog[];
  /** A client with the publishable key, signed in as nobody. */
  client(): SupabaseClient;
  /** A client with the secret key. */
  service(): SupabaseClient;
  /** A client signed in as a new user. */
  user(email?: string): Promise<SupabaseClient>;
  /** A request as `fetch` sends it, to a path below the gateway. */
  fetch(path: string, init?: RequestInit & { readonly key?: "publishable" | "secret" }): Promise<Response>;
  /** Runs SQL as the superuser and has the gateway look at the schema again. */
  migrate(statements: string): Promise<void>;
}

/** Starts one for a test: `await using trial = await startTrial();`. */
export async function startTrial(limits: Partial<FunctionLimits> = {}): Promise<Trial> {
  const platform = await startPlatform();
  const { server, admin } = platform;
  const [jwtKeys, keys] = [await createJwtKeys(), createApiKeys()];
  const logged: FunctionLog[] = [];
  // The functions need to know the gateway's address before there is one.
  const port = freePort();
  const functions = await startFunctions({
    projectDir: fixtureProject,
    env: {
      SUPABASE_URL: `http://127.0.0.1:${port}`,
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify(keys.publishable),
      SUPABASE_SECRET_KEYS: JSON.stringify(keys.secret),
      SUPABASE_JWKS: JSON.stringify(jwtKeys.jwks),
    },
    limits,
    log: (line) => logged.push(line),
  });
  const gateway = await startGateway({
    port,
    dbUrl: server.url("authenticator"),
    authDbUrl: server.url("supabase_auth_admin"),
    adminDbUrl: server.url("supabase_admin"),
    configToml,
    schemas: ["public"],
    jwtKeys,
    keys,
    functions,
    maxBodyBytes: 10_000_000,
  });
  const open = (key: string) =>
    createClient(gateway.url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  const publishable = keys.publishable["default"]!;
  const secret = keys.secret["default"]!;
  return {
    platform,
    gateway,
    functions,
    keys,
    jwtKeys,
    logged,
    client: () => open(publishable),
    service: () => open(secret),
    async user(email = `${crypto.randomUUID()}@example.com`) {
      const client = open(publishable);
      const { error } = await client.auth.signUp({ email, password: "correct horse" });
      if (error) throw error;
      return client;
    },
    fetch(path, { key, ...init } = {}) {
      const headers = new Headers(init.headers);
      if (key) headers.set("apikey", key === "secret" ? secret : publishable);
      return fetch(`${gateway.url}${path}`, { ...init, headers });
    },
    async migrate(statements) {
      await admin.unsafe(statements).simple();
      await gateway.schemaChanged();
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await functions.stop();
      await platform[Symbol.asyncDispose]();
    },
  };
}

/** A table of notes that only their owners and `service_role` see. */
export const notesTable = `
  create table public.notes (
    id bigint generated always as identity primary key,
    owner uuid not null default auth.uid(),
    body text,
    amount numeric(30, 10),
    detail jsonb,
    written_at timestamptz
  );
  alter table public.notes enable row level security;
  create policy "own notes" on public.notes for all to authenticated
    using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
  grant select, insert, update, delete on public.notes to authenticated, service_role;
`;

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return listener.addr.port;
}
