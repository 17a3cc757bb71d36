import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { editDistance } from "../../../shared/normalize/edit_distance.ts";
import { nearest } from "../../../shared/normalize/mod.ts";

const PRODUCTS = [
  "GTX Basic",
  "GTX Pro",
  "MG Special",
  "MG Advanced",
  "GTX Plus Pro",
  "GTX Plus Basic",
  "GTK 500",
];
const COUNTRIES = [
  "Philippines",
  "United States",
  "United Kingdom",
  "United Arab Emirates",
  "Austria",
  "Australia",
  "Iran",
  "Iraq",
];

Deno.test("nearest finds the member that a slip was meant for", () => {
  const rows: [string, readonly string[], string | null][] = [
    ["GTXPro", PRODUCTS, "GTX Pro"],
    ["gtx-pro", PRODUCTS, "GTX Pro"],
    ["GTX Plus-Por", PRODUCTS, "GTX Plus Pro"],
    ["Philipines", COUNTRIES, "Philippines"],
    ["Untied States", COUNTRIES, "United States"],
    ["UnitedKingdom", COUNTRIES, "United Kingdom"],
    ["technolgy", ["technology", "biotechnology", "telecommunications"], "technology"],
    ["Cote d'Ivoire", ["Côte d’Ivoire", "Croatia"], "Côte d’Ivoire"],
    // Nothing near, or two about as near.
    ["something else", PRODUCTS, null],
    ["GTX", PRODUCTS, null],
    ["GTX Plus", PRODUCTS, null],
    ["Irax", COUNTRIES, null],
    ["Mars", COUNTRIES, null],
    // Another number is another thing.
    ["GTK 501", PRODUCTS, null],
    ["GTK 50", PRODUCTS, null],
    ["", PRODUCTS, null],
    [" -- ", PRODUCTS, null],
    ["GTX Pro", PRODUCTS, null],
    ["GTXPro", [], null],
    ["GTXPro", ["GTX Pro", "GTX-Pro"], null],
  ];
  for (const [value, members, suggestion] of rows) {
    assertEquals(nearest(value, members)?.suggestion ?? null, suggestion, value);
  }
});

Deno.test("nearest keeps the writer's letter case where the set ignores it", () => {
  const members = ["Technology", "Software"];
  const suggest = (value: string, caseSensitive: boolean) =>
    nearest(value, members, { caseSensitive })?.suggestion;
  assertEquals(suggest("technolgy", false), "technology");
  assertEquals(suggest("TECHNOLGY", false), "TECHNOLOGY");
  assertEquals(suggest("Technolgy", false), "Technology");
  assertEquals(suggest("technolgy", true), "Technology");
});

Deno.test("the edit distance counts a swap of neighbours once, and characters by code point", () => {
  const rows: [string, string, number][] = [
    ["", "", 0],
    ["ab", "ba", 1],
    ["abc", "abc", 0],
    ["abc", "ac", 1],
    ["abc", "abxc", 1],
    [
      "kitten",
      "sitting",
      3,
    ],
    ["a\u{1F600}", "a", 1],
  ];
  for (const [left, right, distance] of rows) {
    assertEquals(editDistance(left, right, 10), distance, `${left} ${right}`);
  }
  assertEquals(editDistance("aaaaaaaa", "bbbbbbbb", 2), 3);
});

Deno.test("the edit distance is symmetric", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (left, right) => editDistance(left, right, 9) === editDistance(right, left, 9)),
  );
});

Deno.test("nearest suggests only members, and never the value itself", () => {
  const text = fc.string({ unit: fc.constantFrom(..."abcAB 1-"), maxLength: 9 });
  fc.assert(
    fc.property(text, fc.array(text, { maxLength: 8 }), fc.boolean(), (value, members, caseSensitive) => {
      const found = nearest(value, members, { caseSensitive });
      if (found === null) return;
      assert(found.suggestion !== value);
      assert(members.some((member) =>
        member === found.suggestion ||
        (!caseSensitive && member.toLowerCase() === found.suggestion.toLowerCase())
      ));
    }),
  );
});
