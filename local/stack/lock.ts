import { join } from "@std/path";
import { StartRefused } from "./start_refused.ts";

/**
 * Keeps others from working on the same data. The kernel lets go of the lock when this process ends, however it ends.
 *
 * @throws {StartRefused} where another start holds it, saying which.
 */
export async function lockState(dir: string, port: number): Promise<{ release(): void }> {
  const file = await Deno.open(join(dir, "lock"), { read: true, write: true, create: true });
  if (!await file.tryLock(true)) {
    const holder = new TextDecoder().decode(await readAll(file)).trim();
    file.close();
    throw new StartRefused(
      `This project already runs on port ${port}${holder && ` (process ${holder})`}. ` +
        "Stop that one first, or start another one beside it: deno task start --port <port>",
    );
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
  return { release: () => file.close() };
}

async function readAll(file: Deno.FsFile): Promise<Uint8Array> {
  const buffer = new Uint8Array(32);
  const length = await file.read(buffer);
  return buffer.slice(0, length ?? 0);
}
