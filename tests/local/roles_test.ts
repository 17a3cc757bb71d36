import { assertEquals, assertRejects } from "@std/assert";
import { createTestDatabase } from "../helpers/database.ts";

Deno.test("the role postgres is no superuser and cannot do what hosted refuses", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
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
      "select * from pg_authid",
    ]
  ) {
    await assertRejects(() => sql.unsafe(refused), Error, undefined, refused);
  }
});
