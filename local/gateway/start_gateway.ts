import { createAuthTables, openAuthConnection } from "./auth_tables.ts";
import { createAuthService } from "./auth_service.ts";
import { createLite } from "./lite_app.ts";
import { LiteConnection } from "./lite_connection.ts";
import { quietLite } from "./quiet_lite.ts";
import { readGatewayConfig } from "./read_config.ts";
import { RestConnection } from "./rest_connection.ts";
import { createRestService } from "./rest_service.ts";
import { createRouter } from "./router.ts";
import { openSchemaCache } from "./schema_cache.ts";
import { createTokens } from "./tokens.ts";
import type { Gateway, GatewayOptions } from "./types.ts";

const DRAIN_MS = 10_000;

/**
 * Starts the one host that a hosted project has: `/rest/v1`, `/auth/v1` and `/functions/v1` on one port of the loopback
 * interface. Creates the tables of schema `auth` where they are missing, so it may start before the migrations run.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const resources: (() => Promise<unknown>)[] = [];
  try {
    return await start(options, resources);
  } catch (error) {
    await Promise.allSettled(resources.map((close) => close()));
    throw error;
  }
}

async function start(options: GatewayOptions, resources: (() => Promise<unknown>)[]): Promise<Gateway> {
  const log = options.log ?? (() => {});
  quietLite(log);
  const config = await readGatewayConfig(options.configToml);
  const schemas = options.schemas ?? config.api.schemas;
  const { keys, jwtKeys } = options;

  let handle: (request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => Promise<Response> = () =>
    Promise.resolve(Response.json({ message: "starting" }, { status: 503 }));
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: options.port, onListen: () => {} },
    (request, info) => handle(request, info),
  );
  resources.push(() => server.shutdown());
  const port = server.addr.port;
  const url = `http://127.0.0.1:${port}`;

  await createAuthTables(options.authDbUrl, options.configToml);
  const cache = await openSchemaCache(options.dbUrl, schemas, log);
  resources.push(() => cache.close());
  const catalog = new LiteConnection({ url: options.adminDbUrl, poolSize: 1, name: "postgrest catalog" });
  const authConnection = openAuthConnection(options.authDbUrl, 5);
  const restConnection = new RestConnection({
    url: options.dbUrl,
    catalog,
    schemas,
    extraSearchPath: config.api.extra_search_path,
    poolSize: options.poolSize ?? 10,
    cache,
  });
  resources.push(() => catalog.close(), () => authConnection.close(), () => restConnection.close());
  const shared = { config, schemas, keys, internalSecret: jwtKeys.internalSecret };
  const rest = createLite("rest", { ...shared, connection: restConnection });
  const auth = createLite("auth", { ...shared, connection: authConnection });

  const tokens = await createTokens(jwtKeys, `${url}/auth/v1`);
  cache.onReload(() => restConnection.clearSchemaCache());
  handle = createRouter({
    rest: createRestService(rest, tokens),
    auth: createAuthService(auth, tokens, jwtKeys),
    functions: options.functions,
    maxBodyBytes: options.maxBodyBytes ?? 50 * 1024 * 1024,
    ping: async () => await restConnection.ping() === true,
    log,
  });

  return {
    url,
    port,
    async schemaChanged() {
      cache.forget();
      await restConnection.clearSchemaCache();
    },
    async stop() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const cutOff = new Promise<void>((resolve) => timer = setTimeout(resolve, DRAIN_MS));
      await Promise.race([server.shutdown(), cutOff]);
      clearTimeout(timer);
      await Promise.all(resources.slice(1).map((close) => close()));
    },
  };
}
