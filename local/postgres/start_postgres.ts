import { join, resolve } from "@std/path";
import { giveTo, postgresOsUser } from "../process/mod.ts";
import { bareTemplate, configureCluster, copyCluster } from "./cluster.ts";
import { freePort } from "./free_port.ts";
import type { PostgresVersion } from "./package.ts";
import { ensurePasswords, type LoginRole } from "./passwords.ts";
import { preparePostgresRuntime } from "./runtime.ts";
import { startServer, type StopMode } from "./server.ts";

/** Which Postgres, where and how. */
export interface PostgresOptions {
  /** Folder of the cluster; it is created where it does not exist. Everything of the cluster lies in it. */
  readonly dir: string;
  /** Folder of what clusters share: copies of the binaries, templates. */
  readonly stateRoot: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly version?: PostgresVersion;
  /** Names a stopped cluster to copy at the first start. Default: one with roles and schemas, but no migrations. */
  readonly template?: () => Promise<string>;
  /** Whether commits survive a power cut; default true. */
  readonly durable?: boolean;
  /** Remove `dir` when the server ends, even when this process is killed. */
  readonly removeOnEnd?: boolean;
}

/** A running Postgres. It ends with this process, however that ends. */
export interface Postgres {
  readonly version: PostgresVersion;
  readonly port: number;
  readonly dir: string;
  /** Whether the cluster was created by this start. */
  readonly created: boolean;
  readonly pid: number;
  /** Connection string; default role `postgres`, database `postgres`. */
  url(role?: LoginRole, database?: string): string;
  /** Stops and starts the server again on the same data and port. `immediate` is a crash. */
  restart(mode?: StopMode): Promise<void>;
  stop(mode?: StopMode): Promise<void>;
  /** Resolves when the server ends without having been told to. */
  readonly died: Promise<void>;
}

/**
 * Starts Postgres on the cluster in `dir`, creating it at the first start.
 *
 * The caller sees to it that only one start at a time works on `dir`.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { version = 17, durable = true, removeOnEnd = false } = options;
  const dir = resolve(options.dir);
  const stateRoot = resolve(options.stateRoot);
  const user = await postgresOsUser();
  const runtime = await preparePostgresRuntime(stateRoot, version);

  const created = !await exists(join(dir, "data/PG_VERSION"));
  if (created) {
    await Deno.remove(join(dir, "data"), { recursive: true }).catch(() => {}); // half a copy of a start that was killed
    await Deno.remove(join(dir, "roles.json")).catch(() => {});
    await Deno.mkdir(dir, { recursive: true });
    await Deno.chmod(dir, 0o711);
    await giveTo(dir, user);
    await Deno.remove(join(dir, "vault.key")).catch(() => {});
    await copyCluster(
      await (options.template ?? (() => bareTemplate(stateRoot, runtime, user)))(),
      dir,
      user,
    );
  }
  await configureCluster(dir, durable);

  const port = options.port || freePort();
  const start = () => startServer({ runtime, dir, port, user, removeOnEnd });
  let server = await start();
  let stopping = false;
  const died = Promise.withResolvers<void>();
  const watch = (current: typeof server) =>
    current.exited.then(() => {
      if (!stopping && current === server) died.resolve();
    });
  watch(server);
  const passwords = await ensurePasswords(dir, port);

  return {
    version,
    port,
    dir,
    created,
    get pid() {
      return server.pid;
    },
    died: died.promise,
    url: (role = "postgres", database = "postgres") =>
      `postgres://${role}:${passwords[role]}@127.0.0.1:${port}/${database}`,
    async restart(mode = "fast") {
      stopping = true;
      await Deno.writeTextFile(join(dir, "keep"), "");
      await server.stop(mode);
      server = await start();
      await Deno.remove(join(dir, "keep"));
      stopping = false;
      watch(server);
    },
    async stop(mode = "fast") {
      stopping = true;
      await server.stop(mode);
      // the guard has emptied it, but may not remove it from a folder that is not everybody's
      if (removeOnEnd) await Deno.remove(dir, { recursive: true }).catch(() => {});
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
