import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { NORMALIZERS } from "../../../shared/normalize/mod.ts";
import { createTestDatabase } from "../../helpers/database.ts";

/** Normalizers with an SQL form; true: of text outside ASCII it may leave the decision to TypeScript. */
const sqlForms = {
  trim: false,
  collapse_whitespace: false,
  blank_to_null: false,
  email: false,
  postal_code: false,
  lower: true,
  upper: true,
  us_state_code: true,
  country_code: true,
} as const;

const known = [
  "",
  " ",
  "\u3000\uFEFF",
  "  a  b ",
  "a\u00a0b",
  "\u0085a\u0085",
  "calif.",
  "N. Carolina",
  "  new   york ",
  "Washington, D.C.",
  "st lucia",
  "Saint Lucia",
  "The Gambia",
  "U.S.A.",
  "usa",
  "trinidad & tobago",
  "Österreich",
  "Côte d'Ivoire",
  "İstanbul",
  "straße",
  "ANN@EXAMPLE.COM ",
  " a.b+c@x-y.org\n",
  "a@b",
  "a@@b",
  ".a@b.c",
  `${"a".repeat(65)}@b.c`,
  `${"a".repeat(64)}@b.c`,
  "123456789",
  "12345-6789",
  "sw1a1aa",
  "k1a 0b1",
  "1234 ab",
  "ß1",
  "1234567",
  "00-950",
  "11455",
  "line\nbreak",
  "😀 a",
  "null",
  "'; drop table x; --",
  "%s",
  "\\",
];
const countries = [null, "US", "us", "NL", "JP", "BR", "PT", "PL", "SE", "GB", "CA", "ZZ"];

Deno.test("the SQL form of a normalizer gives what TypeScript gives, or leaves the decision to it", async () => {
  await using database = await createTestDatabase();
  const pieces = fc.oneof(
    fc.constantFrom(..." \t\n\r\u00a0\u2003\u3000\ufeff-.'&@_9aZéß😀".split("")),
    fc.constantFrom(...known),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  const random = fc.sample(fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join("")), {
    numRuns: 2500,
    seed: 7,
  })
    // neither is text for Postgres
    .filter((text) => !text.includes("\0") && text.isWellFormed());
  const inputs = [...known, ...random].map((value, index) => ({
    value,
    country: countries[index % countries.length]!,
  }));
  for (const [name, leavesOthers] of Object.entries(sqlForms)) {
    const rows = await database.sql.unsafe(
      `select governance_private.normalize_${name}(i.value ->> 'value', i.value ->> 'country') as result
       from jsonb_array_elements($1::jsonb) with ordinality as i(value, n) order by i.n`,
      [inputs as never],
    );
    const differing = inputs.flatMap((input, index) => {
      const expected = NORMALIZERS[name as keyof typeof sqlForms](input.value, { country: input.country });
      const actual = rows[index]!["result"];
      // deno-lint-ignore no-control-regex
      const isLeft = leavesOthers && actual === input.value && /[^\x00-\x7f]/.test(input.value);
      return actual === expected || isLeft ? [] : [{ ...input, expected, actual }];
    });
    assertEquals(differing.slice(0, 3), [], name);
  }
});
