import { getAuthSchemaSql } from "@supabase/lite";
import postgres from "postgres";
import { hashOf } from "../state/mod.ts";

const scripts = ["01_roles.sql", "02_database.sql", "03_auth.sql"].map((name) =>
  new URL(`./bootstrap/${name}`, import.meta.url)
);

/** Names the state that {@linkcode runBootstrap} leaves behind. */
export async function bootstrapHash(): Promise<string> {
  return await hashOf(await bootstrapSql());
}

/** Roles, schemas, grants and Auth's tables, on a cluster that initdb has just made. */
export async function runBootstrap(superuserUrl: string): Promise<void> {
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => {} });
  try {
    for (const script of await bootstrapSql()) await sql.unsafe(script).simple();
  } finally {
    await sql.end();
  }
}

async function bootstrapSql(): Promise<string[]> {
  const own = await Promise.all(scripts.map((url) => Deno.readTextFile(url)));
  return [...own, `set role supabase_auth_admin;\n${getAuthSchemaSql(false)}\nreset role;`];
}
