import { assertEquals } from "@std/assert";
import { createTestDatabase } from "../../helpers/database.ts";

const page = new URL("../../../docs/rules/shipped.md", import.meta.url);

Deno.test("docs/rules/shipped.md has a line for every shipped rule, and says of it what it is", async () => {
  await using database = await createTestDatabase();
  const rules = await database.sql`
    select rule_key, concat_ws(' | ', dimension, enforcement, severity, coalesce(extract(day from due_in)::text ||
      case when extract(day from due_in) = 1 then ' day' else ' days' end, '')) as said
    from governance.data_quality_rules where org_id is null order by rule_key collate "C"`;
  const lines = [...(await Deno.readTextFile(page)).matchAll(/^\| (`.*`) \| (.*?) \| [^|]*[^|\s] \|$/gm)];
  const documented = lines.flatMap(([, keys, said]) =>
    [...keys!.matchAll(/`([a-z0-9-]+)`/g)].map(([, key]) => [key, said!.replace("|  ", "| ")])
  );
  assertEquals(
    documented.sort(([a], [b]) => a! < b! ? -1 : 1),
    rules.map(({ rule_key, said }) => [rule_key, said]),
  );
});
