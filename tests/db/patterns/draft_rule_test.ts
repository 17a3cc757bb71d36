import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createTestDatabase } from "../../helpers/database.ts";
import { refused } from "../support/refused.ts";

Deno.test("every pattern's example becomes a rule that reads well and can be saved as it is", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const patterns = await sql`select pattern, example from governance.rule_patterns order by position`;
  assert(patterns.length >= 15);
  const sentences: string[] = [];
  for (const { pattern, example } of patterns) {
    const [row] = await sql`select governance.draft_rule(${pattern}, ${example.entity_type}, ${
      sql.json(example.parameters)
    }) as draft`;
    const { sentence, ...rule } = row!.draft;
    await sql`insert into governance.data_quality_rules ${
      sql({
        ...rule,
        condition: sql.json(rule.condition),
        applies_when: rule.applies_when === null ? null : sql.json(rule.applies_when),
      })
    }`;
    sentences.push(`${pattern}: ${sentence} | ${rule.message}`);
  }
  const expected = await Deno.readTextFile(new URL("./sentences.txt", import.meta.url));
  assertEquals(sentences.join("\n"), expected.trimEnd());
});

Deno.test("a pattern names every parameter that does not fit, at once", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const draft = (pattern: string, parameters: unknown, entity = "lead") =>
    refused(sql`select governance.draft_rule(${pattern}, ${entity}, ${sql.json(parameters as never)})`);
  const missing = await draft("range", { field: "email", nonsense: 1 });
  assertEquals(missing.state, "PT422");
  assertEquals(missing.detail.faults, [
    { at: "/field", message: '"email" is a text, and this takes number or date or instant' },
    { at: "/nonsense", message: 'is no parameter of "range"' },
  ]);
  assertStringIncludes((await draft("required", {})).message, "field is needed");
  assertStringIncludes((await draft("required", { field: 3 })).message, "3 is not a field of lead");
  assertStringIncludes(
    (await draft("one_of_several", { fields: ["email"] })).message,
    "takes a list of at least 2",
  );
  assertStringIncludes(
    (await draft("format", { field: "email", format: "isNice" })).message,
    "is one of isEmail",
  );
  assertStringIncludes(
    (await draft("matches_lookup", { field: "email", set: "none" })).message,
    "not a reference set",
  );
  assertStringIncludes(
    (await draft("exists_in_related", { relation: "boss" })).message,
    "not a to-one relation",
  );
  assertStringIncludes(
    (await draft("length", { field: "email", least: -1, most: "x" })).message,
    "least takes a whole number of at least 0; most takes",
  );
  // Beyond what a parameter's type can say, the compiler speaks.
  assertStringIncludes((await draft("range", { field: "created_at", least: "soon" })).message, "soon");
  assertEquals((await draft("none", {})).state, "PT404");
  assertEquals((await draft("required", { field: "email" }, "nothing")).state, "PT404");
});

Deno.test("what an admin types into a pattern is a value and nothing else", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  for (const hostile of ["'; drop table public.leads; --", "%field%", "{email}", '"}', "$$", "\\"]) {
    const [row] = await sql`select governance.draft_rule('allowed_values', 'lead', ${
      sql.json({ field: "status", values: [hostile] })
    }) as draft`;
    assertEquals(row!.draft.condition.rules[0].value, [hostile]);
  }
  assertEquals((await sql`select count(*)::int as n from public.leads`)[0]!.n, 0);
});
