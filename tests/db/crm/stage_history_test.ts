import { assertEquals } from "@std/assert";
import { books, key, org } from "./support.ts";

Deno.test("the way of a deal through its stages is kept, whoever moves it and however", async () => {
  await using database = await books();
  const { sql } = database;
  await sql`
    insert into deals (id, org_id, name, pipeline_id, stage_id, stage_name) values
      (${key(30)}, ${org}, 'In a stage', ${key(10)}, ${key(12)}, null),
      (${key(31)}, ${org}, 'In a stage that only a text names', null, null, 'Offered'),
      (${key(32)}, ${org}, 'In no stage', null, null, null)`;
  await sql`update deals set name = name || '.'`;
  await sql`update deals set stage_id = ${
    key(13)
  }, status = 'won', closed_on = '2026-01-01', amount = 1 where id = ${key(30)}`;
  await sql`update deals set stage_name = 'Signed' where id = ${key(31)}`;
  const ways = await sql`
    select d.name, c.from_stage_name, c.from_status, c.to_stage_name, c.to_status, c.source
    from deal_stage_changes c join deals d on d.id = c.deal_id order by d.name, c.changed_at`;
  assertEquals([...ways].map((row) => Object.values(row)), [
    ["In a stage that only a text names.", null, null, "Offered", "open", null],
    ["In a stage that only a text names.", "Offered", "open", "Signed", "open", null],
    ["In a stage.", null, null, "Offer", "open", null],
    ["In a stage.", "Offer", "open", "Won", "won", null],
  ]);
  await sql`delete from deals where id = ${key(30)}`;
  assertEquals((await sql`select from deal_stage_changes where deal_id = ${key(30)}`).length, 0);
});
