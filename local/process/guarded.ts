import { fromFileUrl } from "@std/path";
import type { OsUser } from "./os_user.ts";

/** What to run, and what happens to it when this process ends. */
export interface GuardedOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Run as this account; default: as the account of this process. */
  readonly user?: OsUser | undefined;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Output is appended to this file, which must exist. Default: dropped. */
  readonly logFile?: string;
  /** Make standard output readable as `stdout`, and let errors through to ours. */
  readonly piped?: boolean;
  /** Removed once the command has ended, unless it then holds a file `keep`. */
  readonly cleanupDir?: string | undefined;
  /** Seconds between the polite signal and the rude one; default 10. */
  readonly graceSeconds?: number;
}

/** A running command that cannot outlive this process, not even when that is killed with -9. */
export interface Guarded {
  /** Standard output, where that was asked for. */
  readonly stdout: ReadableStream<Uint8Array> | undefined;
  /** Exit code of the command, when it has ended. */
  readonly exited: Promise<number>;
  /** Ends the command as the death of this process would, and waits for it. */
  stop(): Promise<number>;
}

/** Starts a command under `guard.sh`, in a session of its own, so that Ctrl-C reaches only us. */
export function startGuarded(options: GuardedOptions): Guarded {
  const { user, cwd, env } = options;
  const child = new Deno.Command("/bin/sh", {
    args: [
      fromFileUrl(new URL("./guard.sh", import.meta.url)),
      options.logFile ?? "",
      options.cleanupDir ?? "",
      String(options.graceSeconds ?? 10),
      options.command,
      ...options.args,
    ],
    stdin: "piped",
    stdout: options.piped ? "piped" : "null",
    stderr: options.piped ? "inherit" : "null",
    detached: true,
    ...(user && { uid: user.uid, gid: user.gid }),
    ...(cwd !== undefined && { cwd }),
    ...(env && { env: { ...env } }),
  }).spawn();
  const exited = child.status.then((status) => status.code);
  let closed = false;
  return {
    stdout: options.piped ? child.stdout : undefined,
    exited,
    async stop() {
      if (!closed) {
        closed = true;
        await child.stdin.close().catch(() => {});
      }
      return await exited;
    },
  };
}
