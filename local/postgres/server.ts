import { delay } from "@std/async/delay";
import { join } from "@std/path";
import { giveTo, type OsUser, startGuarded } from "../process/mod.ts";
import { endOrphan } from "./orphan.ts";
import type { PostgresRuntime } from "./runtime.ts";

const maxLogBytes = 10 * 1024 * 1024;

/** How Postgres stops: `fast` rolls back what is open, `immediate` is a crash. */
export type StopMode = "fast" | "immediate";

/** One running server process. */
export interface Server {
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<number>;
  stop(mode?: StopMode): Promise<void>;
}

/** What to start. */
export interface ServerOptions {
  readonly runtime: PostgresRuntime;
  /** Folder with `data`; gets `postgres.log`. */
  readonly dir: string;
  readonly port: number;
  readonly user: OsUser | undefined;
  /** Settings for this start only. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly removeOnEnd?: boolean;
  /** Seconds to wait for recovery after a crash; default 120. */
  readonly timeoutSeconds?: number;
}

/**
 * Starts Postgres on an existing data directory and waits until it takes connections.
 *
 * @throws {Error} with the end of the server's log where it does not come up.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { runtime, dir, port, user } = options;
  const dataDir = join(dir, "data");
  const logFile = join(dir, "postgres.log");
  await endOrphan(dataDir);
  const tooLong = ((await Deno.stat(logFile).catch(() => undefined))?.size ?? 0) > maxLogBytes;
  await (await Deno.open(logFile, { write: true, create: true, truncate: tooLong })).close();
  await giveTo(logFile, user);
  const logStart = (await Deno.stat(logFile)).size;

  const settings = Object.entries(options.settings ?? {}).flatMap((
    [name, value],
  ) => ["-c", `${name}=${value}`]);
  const guarded = startGuarded({
    command: join(runtime.dir, "bin/postgres"),
    args: ["-D", dataDir, "-p", String(port), ...settings],
    user,
    cwd: dir,
    env: { TZ: "UTC", LC_ALL: "C" },
    logFile,
    cleanupDir: options.removeOnEnd ? dir : undefined,
  });
  let ended: number | undefined;
  guarded.exited.then((code) => ended = code);

  const pid = await waitUntilReady(dataDir, options.timeoutSeconds ?? 120, () => ended);
  if (pid === undefined) {
    await guarded.stop();
    const log = (await Deno.readTextFile(logFile).catch(() => "")).slice(logStart).trim().split("\n").slice(
      -8,
    );
    throw new Error(`Postgres did not start on port ${port}. Its log ends with:\n  ${log.join("\n  ")}`);
  }
  return {
    pid,
    exited: guarded.exited,
    async stop(mode = "fast") {
      if (mode === "immediate") {
        try {
          Deno.kill(pid, "SIGQUIT");
        } catch { /* already gone */ }
        await guarded.exited;
      }
      await guarded.stop();
    },
  };
}

/** The server writes its state into the eighth line of postmaster.pid; that is how pg_ctl waits, too. */
async function waitUntilReady(
  dataDir: string,
  timeoutSeconds: number,
  ended: () => number | undefined,
): Promise<number | undefined> {
  for (const deadline = Date.now() + timeoutSeconds * 1000; Date.now() < deadline;) {
    if (ended() !== undefined) return undefined;
    const text = await Deno.readTextFile(join(dataDir, "postmaster.pid")).catch(() => "");
    const fields = text.split("\n");
    if (fields[7]?.trim() === "ready") return Number(fields[0]);
    await delay(15);
  }
  return undefined;
}
