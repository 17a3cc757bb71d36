import { assertEquals } from "@std/assert";
import { createTestDatabase } from "../../helpers/database.ts";
import { describeSchema } from "./describe_schema.ts";

Deno.test("the schema is the one that tests/db/schema.txt describes; `deno task schema` writes it anew", async () => {
  await using database = await createTestDatabase();
  const committed = await Deno.readTextFile(new URL("../schema.txt", import.meta.url));
  assertEquals((await describeSchema(database.sql)).split("\n"), committed.split("\n"));
});

Deno.test("the description of the schema sees a change of a function's body", async () => {
  await using database = await createTestDatabase();
  const before = await describeSchema(database.sql);
  await database.sql`create or replace function governance_private.is_instance_admin() returns boolean
    language sql stable security definer set search_path = '' as 'select true'`;
  assertEquals(before === await describeSchema(database.sql), false);
});
