import type postgres from "postgres";

/** Settings of each role that a request may run as, such as its statement timeout. */
export type RoleSettings = ReadonlyMap<string, readonly (readonly [name: string, value: string])[]>;

/**
 * Reads what `alter role … set …` says of every role that `authenticator` may become. `set role` does not apply these,
 * so PostgREST sets them in each transaction, and so does the gateway.
 */
export async function readRoleSettings(sql: postgres.Sql): Promise<RoleSettings> {
  const rows = await sql<{ role: string; setting: string }[]>`
    select r.rolname as role, item.setting
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_roles r on r.oid = s.setrole
    cross join lateral unnest(s.setconfig) as item (setting)
    join pg_catalog.pg_settings known on known.name = split_part(item.setting, '=', 1) and known.context = 'user'
    where s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
    order by r.rolname, s.setdatabase`;
  const settings = new Map<string, [string, string][]>();
  for (const { role, setting } of rows) {
    const at = setting.indexOf("=");
    const name = setting.slice(0, at);
    // The schemas of a request come from the API's configuration, the role from its token.
    if (name === "search_path" || name === "role") continue;
    const list = settings.get(role) ?? [];
    list.push([name, setting.slice(at + 1)]);
    settings.set(role, list);
  }
  return settings;
}
