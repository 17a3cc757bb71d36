import { assert, assertEquals } from "@std/assert";
import { createTestDatabase } from "../../helpers/database.ts";
import { conventions } from "./conventions.ts";

for (const { name, query, broken } of conventions) {
  Deno.test(name, async () => {
    await using database = await createTestDatabase();
    const culprits = async () => (await database.sql.unsafe(query)).map(({ culprit }) => String(culprit));
    assertEquals(await culprits(), []);
    await database.sql.unsafe(broken).simple();
    assert((await culprits()).length > 0, "the query does not find what it looks for");
  });
}

Deno.test("what is generated for an entity keeps the conventions too", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  await sql.unsafe(`
    create schema shop;
    create table shop.things (id int primary key, org_id text not null, name text);
    select governance.register_entity('thing', 'shop.things');
    insert into governance.data_quality_rules (rule_key, entity_type, dimension, enforcement, status, message, condition)
    values ('thing-has-name', 'thing', 'validity', 'block', 'active', 'No name.',
      '{"combinator": "and", "rules": [{"field": "name", "operator": "isFilled"}]}')`).simple();
  for (const { name, query } of conventions) assertEquals([...await sql.unsafe(query)], [], name);
});
