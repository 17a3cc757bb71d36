import { runSupabaseCli } from "./cli.ts";

/**
 * Applies the pending migrations as role `postgres`, with the Supabase CLI, so that its history table is right.
 *
 * @param url Connection string of the role `postgres`.
 * @throws {Error} with the failing statement and Postgres's message.
 */
export async function pushMigrations(url: string, projectDir: string): Promise<void> {
  const args = ["db", "push", `--remote=${url}?sslmode=disable`, "--skip-vault", "--include-all"];
  const { success, stdout, stderr } = await runSupabaseCli(args, projectDir);
  if (success) return;
  throw new Error(`The migrations could not be applied:\n${`${stdout}\n${stderr}`.trim()}`);
}
