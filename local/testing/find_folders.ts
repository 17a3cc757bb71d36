import { dirname, join, normalize, SEPARATOR } from "@std/path";
import { UsageError } from "../cli/flags.ts";
import { needsPostgres } from "./run_files.ts";

/** Tests that one process runs, and how much there is of them. */
export interface TestFolder {
  readonly name: string;
  readonly paths: readonly string[];
  /** Of the files, in bytes: the more there is, the longer it takes, roughly. */
  readonly size: number;
}

/**
 * The folders with tests below some paths, the largest first, so that none of them is begun last.
 *
 * @throws {UsageError} for a path that does not exist
 */
export async function findFolders(paths: readonly string[]): Promise<TestFolder[]> {
  const folders = new Map<string, { paths: string[]; size: number }>();
  const add = (path: string, size: number) => {
    const name = needsPostgres(path) ? dirname(path).replaceAll(SEPARATOR, "/") : "tests/unit";
    const folder = folders.get(name) ?? { paths: [], size: 0 };
    if (!folder.paths.includes(path)) folder.paths.push(path);
    folder.size += size;
    folders.set(name, folder);
  };
  for (const path of paths) {
    const stat = await Deno.stat(path).catch(() => {
      throw new UsageError(`There is no "${path}".`);
    });
    for await (const file of stat.isFile ? [path] : testFiles(path)) {
      add(normalize(file), (await Deno.stat(file)).size);
    }
  }
  return [...folders].map(([name, { paths, size }]) => ({ name, paths: paths.toSorted(), size }))
    .toSorted((a, b) => b.size - a.size);
}

async function* testFiles(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* testFiles(join(folder, name));
    else if (name.endsWith("_test.ts")) yield join(folder, name);
  }
}
