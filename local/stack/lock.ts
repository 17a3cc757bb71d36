import { delay } from "@std/async/delay";
import { join } from "@std/path";
import { StartRefused } from "./start_refused.ts";

const stoppingMs = 20_000;

/** A hold on the data of one port. */
export interface StateLock {
  /** Tells the next start that waiting is worth while. */
  stopping(): Promise<void>;
  release(): void;
}

/**
 * Keeps others from working on the same data. The kernel lets go of the lock when this process ends, however it ends.
 * One that is just stopping is waited for: after Ctrl-C a terminal is free before everything has ended.
 *
 * @throws {StartRefused} where another start holds it, saying which.
 */
export async function lockState(dir: string, port: number): Promise<StateLock> {
  const file = await Deno.open(join(dir, "lock"), { read: true, write: true, create: true });
  for (const deadline = Date.now() + stoppingMs; !await file.tryLock(true); await delay(100)) {
    const [holder, state] = (await read(file)).trim().split(" ");
    if (state === "stopping" && Date.now() < deadline) continue;
    file.close();
    throw new StartRefused(
      `This project already runs on port ${port}${holder && ` (process ${holder})`}. ` +
        "Stop that one first, or start another one beside it: deno task start --port <port>",
    );
  }
  await write(file, `${Deno.pid} running`);
  return { stopping: () => write(file, `${Deno.pid} stopping`), release: () => file.close() };
}

async function read(file: Deno.FsFile): Promise<string> {
  await file.seek(0, Deno.SeekMode.Start);
  const buffer = new Uint8Array(64);
  return new TextDecoder().decode(buffer.subarray(0, await file.read(buffer) ?? 0));
}

async function write(file: Deno.FsFile, text: string): Promise<void> {
  await file.truncate();
  await file.seek(0, Deno.SeekMode.Start);
  await file.write(new TextEncoder().encode(`${text}\n`));
}
