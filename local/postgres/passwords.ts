import { encodeBase64Url } from "@std/encoding";
import { join } from "@std/path";
import postgres from "postgres";
import { superuser, templatePassword } from "./cluster.ts";

/** Roles that can log in, each with the password of this cluster. */
export type RolePasswords = Readonly<Record<LoginRole, string>>;
/** Roles that programs connect as. */
export type LoginRole = "supabase_admin" | "postgres" | "authenticator" | "supabase_auth_admin";

const roles: readonly LoginRole[] = ["supabase_admin", "postgres", "authenticator", "supabase_auth_admin"];

/** The cluster's passwords: generated when it is new, kept in `dir/roles.json`, readable by its owner alone. */
export async function ensurePasswords(dir: string, port: number): Promise<RolePasswords> {
  const file = join(dir, "roles.json");
  const known = await Deno.readTextFile(file).catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as RolePasswords;

  const entries = roles.map((role) =>
    [role, encodeBase64Url(crypto.getRandomValues(new Uint8Array(18)))] as const
  );
  const sql = postgres(`postgres://${superuser}:${templatePassword}@127.0.0.1:${port}/postgres`, { max: 1 });
  try {
    // one statement, so that a crash leaves all of them or none; and the file first, so that they are never lost
    await Deno.writeTextFile(`${file}.new`, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 });
    await sql.unsafe(entries.map(([role, password]) => `alter role ${role} password '${password}';`).join(""))
      .simple();
    await Deno.rename(`${file}.new`, file);
  } finally {
    await sql.end();
  }
  return Object.fromEntries(entries) as Record<LoginRole, string>;
}
