import { assert, assertEquals } from "@std/assert";
import { US_STATES } from "../../../shared/normalize/data/us_states.ts";
import { createTestDatabase } from "../../helpers/database.ts";

Deno.test("the set us_states knows what the normalizer us_state_code knows, and each name its code", async () => {
  await using database = await createTestDatabase();
  const rows = await database
    .sql`select value, coalesce(canonical, value) as code from governance.reference_values where set_key = 'us_states'`;
  const expected = US_STATES.trim().split("\n").flatMap((line) => {
    const names = line.split("|");
    return names.map((name) => `${name}=${names[0]}`);
  });
  assertEquals(rows.map(({ value, code }) => `${value}=${code}`).sort(), [...new Set(expected)].sort());
});

Deno.test("the set currencies knows codes, names and what came later, and nothing else", async () => {
  await using database = await createTestDatabase();
  const rows = await database
    .sql`select value, canonical from governance.reference_values where set_key = 'currencies'`;
  const codes = rows.filter(({ canonical }) => canonical === null).map(({ value }) => value as string);
  assert(codes.every((code) => /^[A-Z]{3}$/.test(code)));
  for (const code of ["USD", "EUR", "JPY", "KWD", "XCG", "ZWG"]) assert(codes.includes(code), code);
  for (const code of ["EUD", "USX", "GPB"]) assert(!codes.includes(code), code);
  assertEquals(rows.find(({ value }) => value === "Pound Sterling")?.canonical, "GBP");
});

Deno.test("every shipped set names its source", async () => {
  await using database = await createTestDatabase();
  assertEquals([
    ...await database.sql`select set_key from governance.reference_sets where coalesce(source, '') = ''`,
  ], []);
});
