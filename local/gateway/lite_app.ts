import { App, type Connection } from "@supabase/lite";
import { requestContext } from "./request_context.ts";
import type { GatewayConfig } from "./read_config.ts";
import type { ApiKeys } from "./types.ts";

/** What one `@supabase/lite` of the gateway is made of. */
export interface LiteOptions {
  readonly connection: Connection;
  readonly config: GatewayConfig;
  readonly schemas: readonly string[];
  readonly keys: ApiKeys;
  readonly internalSecret: string;
}

interface ResolvedKey {
  type: "publishable" | "secret";
  claims: Record<string, unknown>;
}

type Service = "rest" | "auth";

/** The part of `@supabase/lite` that the gateway calls. */
export interface Lite {
  fetch(request: Request): Promise<Response>;
  ensureSystemSchema(): Promise<void>;
}

/**
 * A user's claims stand in for those of the key: `@supabase/lite` would look for user and session in the database at
 * every REST request, which PostgREST does not do and its role may not.
 */
function keyResolver(keys: ApiKeys) {
  const publishable = new Set(Object.values(keys.publishable));
  const secret = new Set(Object.values(keys.secret));
  return (key: string): Promise<ResolvedKey | null> => {
    const claims = requestContext.getStore()?.claims;
    if (publishable.has(key)) {
      return Promise.resolve({ type: "publishable", claims: claims ?? { role: "anon" } });
    }
    if (secret.has(key)) {
      return Promise.resolve({ type: "secret", claims: claims ?? { role: "service_role" } });
    }
    return Promise.resolve(null);
  };
}

/** Makes one service of `@supabase/lite`; REST and Auth are two, because each has its own database role. */
export function createLite(service: Service, options: LiteOptions): Lite {
  const { config, schemas, keys, internalSecret } = options;
  const app = new App({
    connection: options.connection,
    project_id: config.project_id,
    api: {
      enabled: service === "rest",
      schemas: [...schemas],
      extra_search_path: config.api.extra_search_path,
      max_rows: config.api.max_rows,
      pg_safe_update: true,
    },
    auth: { enabled: true, jwt_secret: internalSecret, ...config.auth },
    db: { migrations: { enabled: false } },
    options: {
      server: {
        apiKeys: { resolver: keyResolver(keys) },
        admin: false,
        disableStudio: true,
        disableFallback: true,
      },
    },
  });
  return {
    fetch: async (request) => await app.fetch(request, { peerAddress: null }),
    ensureSystemSchema: () => app.ensureSystemSchema(),
  };
}
