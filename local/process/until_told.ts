import { delay } from "@std/async/delay";
import { isRunning, launchersOfThisProcess } from "./parents.ts";

const pollMs = 500;

/**
 * Resolves when this process should end: Ctrl-C, a signal to end, a closed terminal, or the death of what started it.
 * The value says which. A second signal ends the process at once; what it guards is cleaned up all the same.
 */
export async function untilToldToStop(): Promise<string> {
  const told = Promise.withResolvers<string>();
  let seen = 0;
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  if (!await isIgnored("SIGHUP")) signals.push("SIGHUP"); // nohup asks for that
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      told.resolve(signal);
      // a terminal's Ctrl-C and a launcher that passes it on arrive together
      if (seen === 0) seen = Date.now();
      else if (Date.now() - seen > 1000) Deno.exit(130);
    });
  }
  watchLaunchers(told.resolve);
  return await told.promise;
}

async function watchLaunchers(stop: (reason: string) => void): Promise<void> {
  const watched = await launchersOfThisProcess();
  const { ppid } = Deno;
  while (watched.length > 0) {
    await delay(pollMs, { persistent: false });
    for (const launcher of watched) {
      if (!await isRunning(launcher)) {
        const what = launcher.pid === ppid ? "the parent process" : "the launcher";
        return stop(`${what} ${launcher.pid} ended`);
      }
    }
  }
}

async function isIgnored(signal: "SIGHUP"): Promise<boolean> {
  const bit = { SIGHUP: 1n }[signal];
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  const mask = BigInt(`0x${status.match(/^SigIgn:\s*([0-9a-f]+)$/m)?.[1] ?? "0"}`);
  return (mask & bit) !== 0n;
}
