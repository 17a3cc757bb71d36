import postgres from "postgres";
import { type Columns, readColumns } from "./columns.ts";
import { readRoleSettings, type RoleSettings } from "./role_settings.ts";

/** What the gateway remembers of the database until it is told that the schema changed. */
export interface SchemaCache {
  roleSettings(): Promise<RoleSettings>;
  columns(): Promise<Columns>;
  /** Called for every `NOTIFY pgrst` that asks for a reload, and after a lost connection came back. */
  onReload(listener: () => Promise<void>): void;
  forget(): void;
  close(): Promise<void>;
}

/** Listens as PostgREST does: `reload schema`, `reload config` or an empty payload on channel `pgrst`. */
export async function openSchemaCache(
  url: string,
  schemas: readonly string[],
  log: (message: string) => void,
): Promise<SchemaCache> {
  const sql = postgres(url, {
    max: 1,
    backoff: () => 0.2,
    onnotice: () => {},
    connection: { application_name: "postgrest listener" },
  });
  const listeners: (() => Promise<void>)[] = [];
  let settings: Promise<RoleSettings> | undefined;
  let columns: Promise<Columns> | undefined;

  const forget = () => settings = columns = undefined;
  async function reload(): Promise<void> {
    forget();
    for (const listener of listeners) await listener();
  }
  const failed = (error: unknown): never => {
    forget();
    throw error;
  };
  let connections = 0;
  await sql.listen("pgrst", (payload) => {
    if (!["", "reload schema", "reload config"].includes(payload)) return;
    log("rest: schema cache reloaded");
    reload().catch((error) => log(`rest: reload failed: ${error}`));
  }, () => {
    // What was notified while the connection was lost is lost too.
    if (connections++ > 0) reload().catch((error) => log(`rest: reload failed: ${error}`));
  });
  return {
    roleSettings: () => settings ??= readRoleSettings(sql).catch(failed),
    columns: () => columns ??= readColumns(sql, schemas).catch(failed),
    onReload: (listener) => void listeners.push(listener),
    forget,
    close: () => sql.end({ timeout: 5 }),
  };
}
