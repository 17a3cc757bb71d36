import { basename, dirname, join } from "@std/path";

/**
 * Builds a folder under a temporary name and renames it, so that it is there whole or not at all, however many
 * processes try at once. Folders of the same parent that nothing has used for `keepHours` are removed on the way.
 */
export async function buildOnce(
  dir: string,
  keepHours: number,
  build: (target: string) => Promise<void>,
): Promise<void> {
  if (await exists(dir)) {
    await Deno.utime(dir, new Date(), new Date());
    return;
  }
  const parent = dirname(dir);
  await Deno.mkdir(parent, { recursive: true });
  await removeUnused(parent, keepHours);
  const target = join(parent, `.building-${basename(dir)}-${crypto.randomUUID().slice(0, 8)}`);
  try {
    await build(target);
    await Deno.rename(target, dir).catch(async (error) => {
      if (!await exists(dir)) throw error; // somebody else was faster: theirs has the same content
    });
  } finally {
    await Deno.remove(target, { recursive: true }).catch(() => {});
  }
}

async function removeUnused(parent: string, keepHours: number): Promise<void> {
  const before = Date.now() - keepHours * 3_600_000;
  for await (const entry of Deno.readDir(parent)) {
    const path = join(parent, entry.name);
    const used = (await Deno.stat(path).catch(() => undefined))?.mtime?.getTime() ?? Date.now();
    if (used < before) await Deno.remove(path, { recursive: true }).catch(() => {});
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
