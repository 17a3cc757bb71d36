import { join } from "@std/path";
import { startFunctions } from "./functions/mod.ts";
import { startGateway } from "./gateway/mod.ts";
import { migratedTemplate } from "./migrations/mod.ts";
import { startCronWorker } from "./pg_cron/mod.ts";
import { startNetWorker } from "./pg_net/mod.ts";
import { endOrphan, removeCluster, startPostgres } from "./postgres/mod.ts";
import { demoUsers } from "./stack/demo_users.ts";
import { lockState, type StateLock } from "./stack/lock.ts";
import { choosePorts } from "./stack/ports.ts";
import { prepareDatabase } from "./stack/prepare_database.ts";
import { createProjectKeys, ensureProjectKeys } from "./stack/project_keys.ts";
import { Stopper } from "./stack/stopper.ts";
import type { Stack, StackOptions } from "./stack/types.ts";
import { ephemeralDir, portDir, projectDir, stateRoot } from "./state/mod.ts";

export type { DemoUser } from "./stack/demo_users.ts";
export { StartRefused } from "./stack/start_refused.ts";
export type { Progress, Stack, StackOptions } from "./stack/types.ts";

const defaultPort = 54321;

/**
 * Starts everything that a hosted project has: Postgres with migrations and data, REST and Auth, the edge functions,
 * and the workers behind `pg_net` and `pg_cron`. What was started is stopped again where a later step fails, and all of
 * it ends with this process.
 *
 * @throws {StartRefused} where the ports or the data are in use, or an applied migration has changed.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { port = defaultPort, ephemeral = false, seed = true, progress, log = () => {} } = options;
  const stopper = new Stopper();
  try {
    const dir = ephemeral ? await ephemeralDir() : await portDir(port);
    const lock = ephemeral ? undefined : await claimState(dir, port, options.reset ?? false, stopper);
    const keys = ephemeral ? await createProjectKeys(seed) : await ensureProjectKeys(dir, seed);
    const users = demoUsers(keys.demoPassword);
    const ports = choosePorts(port);
    const apiUrl = `http://127.0.0.1:${ports.api}`;
    const functionsUrl = `${apiUrl}/functions/v1`;
    const configToml = join(projectDir, "supabase/config.toml");

    progress?.begin("Postgres");
    const root = await stateRoot();
    const cluster = ephemeral ? dir : join(dir, "cluster");
    const server = await startPostgres({
      dir: cluster,
      stateRoot: root,
      port: ports.database,
      durable: !ephemeral,
      removeOnEnd: ephemeral,
      template: () => migratedTemplate(root, options.version),
      ...(options.version && { version: options.version }),
    });
    stopper.add(() => server.stop());
    progress?.done("Postgres", `${server.version} on port ${server.port}`);
    await prepareDatabase(server, { keys, users, functionsUrl, progress });

    progress?.begin("Edge functions");
    const functions = await startFunctions({
      projectDir,
      configToml,
      env: {
        SUPABASE_URL: apiUrl,
        SUPABASE_DB_URL: server.url(),
        SUPABASE_PUBLISHABLE_KEYS: JSON.stringify(keys.api.publishable),
        SUPABASE_SECRET_KEYS: JSON.stringify(keys.api.secret),
        SUPABASE_JWKS: JSON.stringify(keys.jwt.jwks),
        DOORBELL_TOKEN: keys.doorbellToken,
        ...registryAccess(),
      },
      log: ({ function: name, level, message }) =>
        log(`${name}: ${level === "info" ? "" : `${level}: `}${message}`),
    });
    stopper.add(() => functions.stop());
    progress?.done("Edge functions", functions.stats().map(({ name }) => name).join(", "));

    progress?.begin("REST and Auth");
    const gateway = await startGateway({
      port: ports.api,
      dbUrl: server.url("authenticator"),
      authDbUrl: server.url("supabase_auth_admin"),
      adminDbUrl: server.url("supabase_admin"),
      configToml,
      jwtKeys: keys.jwt,
      keys: keys.api,
      functions,
      log,
    });
    stopper.add(() => gateway.stop());
    stopper.add(() => functions.stop()); // before the gateway: their background work ends through it
    progress?.done("REST and Auth", gateway.url);

    progress?.begin("Workers");
    const adminUrl = server.url("supabase_admin");
    const net = startNetWorker({ adminUrl, log });
    stopper.add(() => net.stop());
    const cron = startCronWorker({ adminUrl, log });
    stopper.add(() => cron.stop());
    progress?.done("Workers", "pg_net and pg_cron");

    return {
      apiUrl,
      functionsUrl,
      dbUrl: server.url(),
      adminDbUrl: adminUrl,
      publishableKey: keys.api.publishable["default"]!,
      secretKey: keys.api.secret["default"]!,
      doorbellToken: keys.doorbellToken,
      users,
      postgres: server,
      net,
      cron,
      gateway,
      functions,
      died: server.died,
      async stop() {
        await lock?.stopping();
        await stopper.stop();
      },
    };
  } catch (error) {
    await stopper.stop();
    throw error;
  }
}

/** A function that boots for the first time may still have to ask npm, the way this machine does that. */
function registryAccess(): Record<string, string> {
  const names = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_DIR", "NPM_CONFIG_REGISTRY", "npm_config_registry"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

async function claimState(dir: string, port: number, reset: boolean, stopper: Stopper): Promise<StateLock> {
  await Deno.mkdir(dir, { recursive: true });
  await Deno.chmod(dir, 0o711);
  const lock = await lockState(dir, port);
  stopper.add(() => lock.release());
  // before ports are chosen: a Postgres whose start was killed may still be on its way out
  await endOrphan(join(dir, "cluster/data"));
  if (reset) {
    await removeCluster(join(dir, "cluster"));
    await Deno.remove(join(dir, "project.json")).catch(() => {});
  }
  return lock;
}
