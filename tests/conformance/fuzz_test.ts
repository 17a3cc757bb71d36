/** The differential fuzzer, as much of it as the gate has time for; `deno task fuzz` runs longer. @module */
import { assert } from "@std/assert";
import { createTestDatabase } from "../helpers/database.ts";
import { fuzz, fuzzFixes, fuzzUnique } from "./fuzz/fuzz.ts";
import { createTrial } from "./trial/tables.ts";

Deno.test("TypeScript, the write and the table scan agree on 20,000 random pairs of a rule and a record", async () => {
  await using database = await createTestDatabase();
  await createTrial(database.sql);
  const { cases } = await fuzz(database.sql, { runs: 20_000, seed: 20261123 });
  assert(cases.length === 0, cases.join("\n"));
});

Deno.test("evaluate and the write agree on 6,000 random pairs of a unique rule and a record", async () => {
  await using database = await createTestDatabase();
  await createTrial(database.sql);
  const { cases } = await fuzzUnique(database.sql, { runs: 6_000, seed: 20261123 });
  assert(cases.length === 0, cases.join("\n"));
});

Deno.test("evaluate and the write make the same of 3,000 random pairs of a fix rule and a record", async () => {
  await using database = await createTestDatabase();
  await createTrial(database.sql);
  const { cases } = await fuzzFixes(database.sql, { runs: 3_000, seed: 20261123 });
  assert(cases.length === 0, cases.join("\n"));
});
