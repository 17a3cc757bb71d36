import type { Sql } from "postgres";
import type { Migration } from "./files.ts";

/** What the migration files mean for a database. */
export interface MigrationPlan {
  readonly pending: readonly Migration[];
  /** Applied, but the file says something else now, or is gone. Names of files or versions. */
  readonly changed: readonly string[];
}

interface AppliedMigration {
  readonly version: string;
  readonly name: string | null;
  readonly statements: string[] | null;
}

/** Compares the migration files with what the CLI's history table says was applied. */
export async function planMigrations(sql: Sql, migrations: readonly Migration[]): Promise<MigrationPlan> {
  const applied = await readHistory(sql);
  const byVersion = new Map(migrations.map((migration) => [migration.version, migration]));
  const done = new Set(applied.map(({ version }) => version));
  const changed = applied.flatMap(({ version, name, statements }) => {
    const migration = byVersion.get(version);
    if (!migration) return [`${version}_${name ?? ""}.sql (removed)`];
    return isUnchanged(migration.sql, statements ?? []) ? [] : [migration.file];
  });
  // the CLI refuses to insert a migration before applied ones, so an older file that came later is a change as well
  const newest = applied.at(-1)?.version ?? "";
  const late = migrations.filter(({ version }) => !done.has(version) && version < newest);
  return {
    pending: migrations.filter(({ version }) => !done.has(version)),
    changed: [...changed, ...late.map(({ file }) => `${file} (new, but older than what is applied)`)],
  };
}

async function readHistory(sql: Sql): Promise<AppliedMigration[]> {
  const [row] = await sql`select to_regclass('supabase_migrations.schema_migrations') is not null as exists`;
  if (!row?.exists) return [];
  return await sql<AppliedMigration[]>`
    select version, name, statements from supabase_migrations.schema_migrations order by version`;
}

/** Whether a file consists of these statements and nothing else but separators and comments. */
export function isUnchanged(file: string, statements: readonly string[]): boolean {
  let position = 0;
  for (const statement of statements) {
    const at = file.indexOf(statement, position);
    if (at < 0 || !isFiller(file.slice(position, at))) return false;
    position = at + statement.length;
  }
  return isFiller(file.slice(position));
}

function isFiller(text: string): boolean {
  return /^(?:[\s;]|--[^\n]*|\/\*[\s\S]*?\*\/)*$/.test(text);
}
