/** The project's migrations on a database, applied by the Supabase CLI. */
export { type CliResult, runSupabaseCli } from "./cli.ts";
export { type Migration, readMigrations } from "./files.ts";
export { type MigrationPlan, planMigrations } from "./plan.ts";
export { pushMigrations } from "./push.ts";
export { migratedTemplate } from "./template.ts";
