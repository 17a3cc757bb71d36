import { join } from "@std/path";
import postgres from "postgres";
import {
  platformHash,
  type PostgresVersion,
  startPostgres,
  templateKeepHours,
  templatePassword,
} from "../postgres/mod.ts";
import { buildOnce, hashOf, projectDir } from "../state/mod.ts";
import { readMigrations } from "./files.ts";
import { pushMigrations } from "./push.ts";

/**
 * A stopped cluster whose database has all migrations, to be copied by starts and tests.
 *
 * Made once per Postgres release, platform files and migrations, and kept under `stateRoot`: applying the migrations
 * takes seconds, copying the result a fraction of one.
 */
export async function migratedTemplate(stateRoot: string, version: PostgresVersion = 17): Promise<string> {
  const migrations = await readMigrations(projectDir);
  const key = await hashOf([
    await platformHash(version),
    ...migrations.map(({ file, sql }) => `${file}\n${sql}`),
  ]);
  const dir = join(stateRoot, "template", `migrated-${version}-${key}`);
  await buildOnce(
    dir,
    templateKeepHours,
    (target) => build(target, stateRoot, version, migrations.length > 0),
  );
  return dir;
}

async function build(
  target: string,
  stateRoot: string,
  version: PostgresVersion,
  push: boolean,
): Promise<void> {
  const server = await startPostgres({ dir: target, stateRoot, port: 0, version, durable: false });
  try {
    if (push) await pushMigrations(server.url(), projectDir);
    const sql = postgres(server.url("supabase_admin"), { max: 1 });
    await sql.unsafe(`alter role supabase_admin password '${templatePassword}'`);
    await sql.end();
  } finally {
    await server.stop();
  }
  await Deno.remove(join(target, "roles.json"));
  await Deno.remove(join(target, "postgres.log"));
}
