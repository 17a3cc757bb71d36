import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Sql } from "postgres";
import { createWorld } from "../support/mod.ts";

/** What the cheap test of a pattern says of texts, beside the pattern; null where a pattern has none. */
async function judge(sql: Sql, pattern: string, texts: readonly (string | null)[]) {
  const [row] = await sql`select governance_private.acceptance_sql('(t collate "C")', ${pattern}) as cheap,
    governance_private.compile_pattern(${pattern}) as regex`;
  if (row!.cheap === null) return null;
  return await sql.unsafe(
    `select t, ${row!.cheap} as accepted, t ~ $2 as matches from unnest($1::text[]) as t`,
    [texts as string[], row!.regex],
  );
}

const HOSTILE = [
  "",
  " ",
  "@",
  "a@b.c",
  "a@@b.c",
  "a@b.c\n",
  "\na@b.c",
  "ä@ö.ü",
  "a@b@c.d",
  "%",
  "_",
  "\\",
  "a%b",
  "𝓐@𝓑.𝓒",
  "a".repeat(40),
  "a".repeat(41),
  `${"a".repeat(41)}@b.c`,
  `a@${"b".repeat(51)}.c`,
];

Deno.test("simple patterns are accepted without a regular expression, others are left to one", async () => {
  await using world = await createWorld();
  const cheap = async (pattern: string) =>
    (await world.sql`select governance_private.acceptance_sql('t', ${pattern}) as sql`)[0]!.sql as
      | string
      | null;
  assertEquals(
    await cheap("^[^@ ]+@[^@ ]+[.][^@ ]+$"),
    "(t like '_%@_%._%' and strpos(t, ' ') = 0 and t not like '%@%@%')",
  );
  assertEquals(await cheap("^[0-9]{5}$"), "(octet_length(t) = 5 and ltrim(t, '0123456789') = '')");
  assertEquals(await cheap("^100%[^_]*$"), "(t like E'100\\\\%%' and strpos(t, '_') = 0)");
  assertEquals(
    await cheap("^[^@ ]{1,64}@[^@ ]{2}[.][^@ ]{2,}$"),
    "(t like '_%@__.__%' and length(t) <= 64 and strpos(t, ' ') = 0 and t not like '%@%@%')",
  );
  for (
    const pattern of [
      "^[^@ ]+@[^@ ]{1,39}$",
      "^[^@ ]{1,64}?@$",
      "^[^@ ]{101}@$",
      "^",
      "^$",
      "[0-9]{5}",
      "^[0-9]{5}",
      "[0-9]{5}$",
      "^a+$",
      "^[^a]$",
      "^[^a]+|b$",
      "^[^a]+b+$",
      "^[^a]+\\$",
      "^[ä-ü]+$",
      "^[^ä]+$",
      "^([^a]+)$",
      "^[^a]+.$",
      "^[0-9]?$",
      "^[^a-z]+$",
      "^abc$",
      "^[^a]+[^b]+[^c]+[^d]+$",
      `^${"x".repeat(100)}[^a]+$`,
    ]
  ) assertEquals(await cheap(pattern), null, pattern);
});

const CLASSES = ["[^@ ]", "[^@\\s]", "[^.]", "[^%_]", "[^\\\\]", "[^a\\-]", "\\S", "[^\\n]"];
const LITERALS = ["@", ".", "%", "_", "a", " ", "-", "\\.", "[.]", "[%]", "\\\\", "\\-"].filter((x) =>
  x !== "."
);
const run = fc.tuple(
  fc.constantFrom(...CLASSES),
  fc.constantFrom("+", "*", "{2}", "{1,}", "{0,40}", "{2,50}"),
).map((parts) => parts.join(""));
const sequence = fc.array(fc.oneof(run, fc.constantFrom(...LITERALS)), { minLength: 1, maxLength: 6 })
  .map((parts) => `^${parts.join("")}$`);
const single = fc.tuple(
  fc.constantFrom("[0-9]", "[A-Z]", "\\d", "\\w", "[a\\-.]", "[ %_]", "[\\s]", "[\\\\]"),
  fc.constantFrom("+", "{1}", "{3}", "{0,2}", "{2,}"),
).map((parts) => `^${parts.join("")}$`);
const text = fc.array(
  fc.constantFrom("a", "b", "@", ".", "%", "_", "\\", " ", "-", "\n", "\t", "Z", "7", "ä", "𝓐", "\u00a0"),
  { maxLength: 9 },
).map((parts) => parts.join(""));

Deno.test("what is accepted matches, and nothing is known of null", async () => {
  await using world = await createWorld();
  let [accepted, taken] = [0, 0];
  const property = fc.asyncProperty(
    fc.oneof(sequence, single),
    fc.array(text, { minLength: 40, maxLength: 40 }),
    async (pattern, texts) => {
      const rows = await judge(world.sql, pattern, [null, ...HOSTILE, ...texts]);
      taken += rows === null ? 0 : 1;
      for (const { t, accepted: isAccepted, matches } of rows ?? []) {
        assertEquals(isAccepted === null, t === null, `${pattern} of ${JSON.stringify(t)}`);
        assert(!isAccepted || matches, `${pattern} does not match ${JSON.stringify(t)}`);
        accepted += isAccepted ? 1 : 0;
      }
    },
  );
  await fc.assert(property, { numRuns: 400, seed: 20261126 });
  assert(taken > 200 && accepted > 500, `${taken} patterns taken, ${accepted} texts accepted`);
});
