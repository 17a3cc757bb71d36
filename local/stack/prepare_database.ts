import { join } from "@std/path";
import postgres, { type Sql } from "postgres";
import { planMigrations, pushMigrations, readMigrations } from "../migrations/mod.ts";
import type { Postgres } from "../postgres/mod.ts";
import { projectDir } from "../state/mod.ts";
import { createDemoUsers, type DemoUser } from "./demo_users.ts";
import type { ProjectKeys } from "./project_keys.ts";
import { StartRefused } from "./start_refused.ts";
import type { Progress } from "./types.ts";

const seedPath = "supabase/seed.sql";

/**
 * Brings the database to where this checkout's code expects it: pending migrations, the address and token that its
 * doorbell reads from Vault, and in a new database the seed and the demo users.
 *
 * @throws {StartRefused} where a migration that was applied has changed since; nothing is changed then.
 */
export async function prepareDatabase(
  server: Postgres,
  options: {
    keys: ProjectKeys;
    users: readonly DemoUser[];
    functionsUrl: string;
    progress: Progress | undefined;
  },
): Promise<void> {
  const { keys, users, functionsUrl, progress } = options;
  const open = (url: string) => postgres(url, { max: 1, onnotice: () => {} });
  const [sql, admin] = [open(server.url()), open(server.url("supabase_admin"))];
  try {
    progress?.begin("Migrations");
    // Apart from the call: an argument of progress?.done() is not evaluated where nobody wants progress.
    const migrated = await migrate(sql, server);
    progress?.done("Migrations", migrated);
    await saveSecrets(sql, { functions_url: functionsUrl, doorbell_token: keys.doorbellToken });
    progress?.begin("Data");
    const filled = await fill(sql, admin, keys, users);
    progress?.done("Data", filled);
  } finally {
    await Promise.all([sql.end(), admin.end()]);
  }
}

async function migrate(sql: Sql, server: Postgres): Promise<string> {
  const migrations = await readMigrations(projectDir);
  const { pending, changed } = await planMigrations(sql, migrations);
  if (changed.length > 0) {
    throw new StartRefused(
      "This database has migrations that have changed since they were applied:\n" +
        changed.map((file) => `  ${file}\n`).join("") +
        "Nothing was changed. Start once with --reset to throw the local data away and build them anew.",
    );
  }
  if (pending.length > 0) await pushMigrations(server.url(), projectDir);
  const applied = `${migrations.length} applied`;
  return pending.length > 0 ? `${applied}, ${pending.length} of them now` : applied;
}

async function saveSecrets(sql: Sql, secrets: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(secrets)) {
    const [known] = await sql`select id, decrypted_secret from vault.decrypted_secrets where name = ${name}`;
    if (!known) await sql`select vault.create_secret(${value}, ${name})`;
    else if (known["decrypted_secret"] !== value) {
      await sql`select vault.update_secret(${known["id"]}, ${value})`;
    }
  }
}

/** The seed's history table is the CLI's, so that `supabase db push --include-seed` does not load it again. */
async function fill(sql: Sql, admin: Sql, keys: ProjectKeys, users: readonly DemoUser[]): Promise<string> {
  const [known] = await admin`select from auth.users where id = ${users[0]!.id}`;
  if (known) return "continued";
  const seed = keys.seed
    ? await Deno.readTextFile(join(projectDir, seedPath)).catch(() => undefined)
    : undefined;
  if (seed !== undefined) await loadSeed(sql, seed);
  await createDemoUsers(admin, users);
  return `${seed === undefined ? "no seed" : "seed loaded"}, ${users.length} demo users`;
}

async function loadSeed(sql: Sql, seed: string): Promise<void> {
  await sql`
    create table if not exists supabase_migrations.seed_files (path text not null primary key, hash text not null)`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(seed));
  await sql.begin(async (sql) => {
    const added = await sql`
      insert into supabase_migrations.seed_files values (${seedPath}, ${new Uint8Array(digest).toHex()})
      on conflict do nothing`;
    if (added.count > 0) await sql.unsafe(seed).simple();
  });
}
