import { assertEquals, assertRejects } from "@std/assert";
import { startPlatform } from "./platform.ts";

Deno.test("the role postgres is no superuser and cannot do what hosted refuses", async () => {
  await using platform = await startPlatform();
  const { sql } = platform;
  const [role] = await sql`
    select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_roles where rolname = current_user`;
  assertEquals({ ...role }, {
    rolsuper: false,
    rolcreaterole: true,
    rolcreatedb: true,
    rolbypassrls: true,
    rolreplication: true,
  });
  for (
    const refused of [
      "alter system set work_mem = '1MB'",
      "create table auth.mine (a int)",
      "create table net.mine (a int)",
      "create table cron.mine (a int)",
      "create trigger mine after insert on net.http_request_queue execute function suppress_redundant_updates_trigger()",
      "insert into cron.job (schedule, command) values ('* * * * *', 'select 1')",
      "create function public.c() returns int language c as 'x', 'y'",
      "select pg_read_file('../vault.key')",
    ]
  ) {
    await assertRejects(() => sql.unsafe(refused), Error, undefined, refused);
  }
});

Deno.test("a new table in public is granted to nobody, but anon keeps TRUNCATE, REFERENCES and TRIGGER", async () => {
  await using platform = await startPlatform();
  const { sql } = platform;
  await sql`create table public.fresh (id bigint generated always as identity)`;
  await sql`create function public.fresh_function() returns int language sql as 'select 1'`;
  const rights = async (role: string, privileges: string[]) => {
    const rows = await sql`
      select p from unnest(${privileges}::text[]) p where has_table_privilege(${role}, 'public.fresh', p)`;
    return rows.map(({ p }) => p);
  };
  for (const role of ["anon", "authenticated", "service_role"]) {
    assertEquals(
      await rights(role, ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]),
      ["TRUNCATE", "REFERENCES", "TRIGGER"],
      role,
    );
    const [row] =
      await sql`select has_function_privilege(${role}, 'public.fresh_function()', 'EXECUTE') as callable,
      has_sequence_privilege(${role}, 'public.fresh_id_seq', 'USAGE') as usable`;
    assertEquals({ ...row }, { callable: true, usable: false }, role);
  }
});

Deno.test("the API's roles have hosted Supabase's statement timeouts", async () => {
  await using platform = await startPlatform();
  const rows = await platform.sql`
    select rolname, substring(array_to_string(rolconfig, ',') from 'statement_timeout=([^,]*)') as timeout
    from pg_roles where rolname in ('anon', 'authenticated', 'authenticator') order by rolname`;
  assertEquals(rows.map(({ rolname, timeout }) => `${rolname} ${timeout}`), [
    "anon 3s",
    "authenticated 8s",
    "authenticator 8s",
  ]);
});

Deno.test("the role postgres may create the extensions that hosted allows, and no others", async () => {
  await using platform = await startPlatform();
  for (const name of ["pg_trgm", "fuzzystrmatch", "unaccent", "btree_gist", "citext", "hstore"]) {
    await platform.sql.unsafe(`create extension ${name} with schema extensions`);
  }
  for (const name of ["file_fdw", "pageinspect", "adminpack"]) {
    await assertRejects(() => platform.sql.unsafe(`create extension ${name}`), Error, undefined, name);
  }
});

Deno.test("auth.uid() and auth.jwt() read the claims of the request", async () => {
  await using platform = await startPlatform();
  const sub = crypto.randomUUID();
  const row = await platform.sql.begin(async (sql) => {
    await sql`select set_config('request.jwt.claims', ${
      JSON.stringify({ sub, role: "authenticated" })
    }, true)`;
    const [row] = await sql`select auth.uid() as uid, auth.role() as role, auth.jwt() ->> 'sub' as sub`;
    return row;
  });
  assertEquals({ ...row }, { uid: sub, role: "authenticated", sub });
});
