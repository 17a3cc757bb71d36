import { join } from "@std/path";

/** One file of `supabase/migrations`. */
export interface Migration {
  readonly version: string;
  readonly name: string;
  readonly file: string;
  readonly sql: string;
}

/** The migrations in the order in which they are applied. Other files are ignored, as the CLI does. */
export async function readMigrations(projectDir: string): Promise<Migration[]> {
  const dir = join(projectDir, "supabase/migrations");
  const migrations: Migration[] = [];
  try {
    for await (const { name: file, isFile } of Deno.readDir(dir)) {
      const [, version, name] = file.match(/^(\d+)_(.*)\.sql$/) ?? [];
      if (!isFile || version === undefined || name === undefined) continue;
      migrations.push({ version, name, file, sql: await Deno.readTextFile(join(dir, file)) });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return migrations.sort((a, b) => a.file < b.file ? -1 : 1);
}
