import { delay } from "@std/async/delay";
import { join } from "@std/path";

/**
 * Ends a Postgres that an earlier start left behind on this data directory, and removes a pid file that names a process
 * which is no Postgres at all (after a reboot the number may belong to anything).
 *
 * Only for a data directory that is ours: whoever calls this holds its lock.
 */
export async function endOrphan(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, "postmaster.pid");
  const pid = Number((await Deno.readTextFile(pidFile).catch(() => "")).split("\n")[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return; // Postgres itself clears a stale file
  if (!(await commandLine(pid)).includes(dataDir)) {
    await Deno.remove(pidFile);
    return;
  }
  for (const [signal, seconds] of [["SIGINT", 10], ["SIGQUIT", 5], ["SIGKILL", 5]] as const) {
    Deno.kill(pid, signal);
    for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await delay(50)) {
      if (!isAlive(pid)) return;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT"); // harmless, unlike everything else that Deno can send
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

async function commandLine(pid: number): Promise<string> {
  if (Deno.build.os === "linux") return await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  const output = await new Deno.Command("ps", { args: ["-o", "command=", "-p", String(pid)] }).output();
  return new TextDecoder().decode(output.stdout);
}
