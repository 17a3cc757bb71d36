import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { NORMALIZERS } from "../../../shared/normalize/mod.ts";
import { NORMALIZER_NAMES, type NormalizerName } from "../../../shared/schema/fix_step.ts";

type Row = readonly [value: string, result: string | null, country?: string | null];

const TABLES: Readonly<Record<NormalizerName, readonly Row[]>> = {
  trim: [[" a b\u00a0\ufeff", "a b"], ["a", "a"], ["", ""], ["\u200ba", "\u200ba"]],
  collapse_whitespace: [["  a \t\n b\u2003 ", "a b"], ["a b", "a b"], ["", ""]],
  lower: [["ÄB", "äb"], ["a", "a"], ["ΑΣ", "ας"]],
  upper: [["äb", "ÄB"], ["straße", "STRASSE"]],
  title_case_name: [
    ["JOHN SMITH", "John Smith"],
    ["john smith", "John Smith"],
    ["mary-jane o'brien", "Mary-Jane O'Brien"],
    ["RONALD MCDONALD", "Ronald McDonald"],
    ["ludwig van beethoven", "Ludwig van Beethoven"],
    ["VAN MORRISON", "Van Morrison"],
    ["JOHN SMITH III", "John Smith III"],
    ["john smith jr.", "John Smith Jr."],
    ["JÜRGEN MÜLLER", "Jürgen Müller"],
    ["иван петров", "Иван Петров"],
    // Whoever mixed the cases meant it; initials and what is no name stay.
    ["DeVries", "DeVries"],
    ["McDonald", "McDonald"],
    ["JP", "JP"],
    ["JT SMITH", "JT Smith"],
    ["john2", "john2"],
    ["a@b.com", "a@b.com"],
    ["", ""],
    ["李小龍", "李小龍"],
    ["ßmith", "ßmith"],
  ],
  email: [
    [" John.Smith@Example.COM ", "john.smith@example.com"],
    ["a@b.co", "a@b.co"],
    ["John <j@x.com>", "John <j@x.com>"],
    ["a..b@x.com", "a..b@x.com"],
    ["two@a.com, three@b.com", "two@a.com, three@b.com"],
    ["JOSÉ@x.com", "JOSÉ@x.com"],
    [" nothing ", " nothing "],
    ["", ""],
  ],
  phone_e164: [
    ["(213) 373-4253", "+12133734253", "US"],
    ["213.373.4253", "+12133734253", "us"],
    [" 1 213 373 4253 ", "+12133734253", "US"],
    ["+44 20 7946 0958", "+442079460958", "US"],
    ["020 7946 0958", "+442079460958", "GB"],
    ["+229 85 75 12 34", "+22985751234", null],
    ["2133734253", "2133734253", null],
    ["2133734253", "2133734253", "XX"],
    ["213 373 4253 ext. 5", "213 373 4253 ext. 5", "US"],
    ["213 373 4253 / 213 373 4254", "213 373 4253 / 213 373 4254", "US"],
    ["call 213 373 4253 after five", "call 213 373 4253 after five", "US"],
    ["123-456-7890", "123-456-7890", "US"],
    ["12345", "12345", "US"],
    ["n/a", "n/a", "US"],
    ["", "", "US"],
  ],
  us_state_code: [
    ["California", "CA"],
    [" calif. ", "CA"],
    ["ca", "CA"],
    ["N.Y.", "NY"],
    ["new  york", "NY"],
    ["Washington, D.C.", "DC"],
    ["District of Columbia", "DC"],
    ["CA", "CA"],
    ["Bavaria", "Bavaria"],
    ["", ""],
  ],
  country_code: [
    ["United States", "US"],
    ["U.S.A.", "US"],
    ["usa", "US"],
    ["UK", "GB"],
    ["the Netherlands", "NL"],
    ["Korea", "KR"],
    ["Côte d'Ivoire", "CI"],
    ["Cote d’Ivoire", "CI"],
    ["St. Lucia", "LC"],
    ["Bosnia & Herzegovina", "BA"],
    ["DE", "DE"],
    ["DEU", "DE"],
    // Two countries have this name.
    ["Congo", "Congo"],
    ["Philipines", "Philipines"],
    ["", ""],
  ],
  postal_code: [
    ["941031234", "94103-1234", "US"],
    ["94103 1234", "94103-1234", "US"],
    [" 94103 ", "94103", "US"],
    ["941031234", "941031234", null],
    ["2138", "2138", "US"],
    ["k1a0b1", "K1A 0B1", "US"],
    ["k1a-0b1", "K1A 0B1", null],
    ["sw1a1aa", "SW1A 1AA", "GB"],
    ["1234ab", "1234 AB", "NL"],
    ["1234567", "123-4567", "JP"],
    ["not a code!", "not a code!", "US"],
    ["", "", "US"],
  ],
  company_name: [
    ["  ACME   inc ", "ACME Inc."],
    ["Acme,Inc", "Acme, Inc."],
    ["Acme , INC.", "Acme, Inc."],
    ["Acme l.l.c.", "Acme LLC"],
    ["Siemens gmbh", "Siemens GmbH"],
    ["IBM", "IBM"],
    ["Inc", "Inc"],
    ["Banco de Spa", "Banco de Spa"],
    ["Société s.a.", "Société S.A."],
    ["", ""],
  ],
  url: [
    ["Example.COM/", "https://example.com"],
    ["HTTP://Example.com:80/Path?q=A#F", "http://example.com/Path?q=A#F"],
    ["https://example.com:8443/", "https://example.com:8443"],
    ["example.com/a/", "https://example.com/a/"],
    ["ftp://example.com", "ftp://example.com"],
    ["javascript:alert(1)", "javascript:alert(1)"],
    ["user:pw@example.com", "user:pw@example.com"],
    ["localhost", "localhost"],
    ["n/a", "n/a"],
    ["two words.com", "two words.com"],
    ["münchen.de", "münchen.de"],
    ["", ""],
  ],
  blank_to_null: [["", null], [" \u00a0\ufeff", null], ["a", "a"], [" a ", " a "]],
};

for (const name of NORMALIZER_NAMES) {
  Deno.test(`${name} gives what its table says`, () => {
    for (const [value, result, country = "US"] of TABLES[name]) {
      assertEquals(NORMALIZERS[name](value, { country }), result, JSON.stringify({ value, country }));
    }
  });

  Deno.test(`${name} is total and idempotent on any text`, () => {
    const fromTable = fc.constantFrom(...TABLES[name].map(([value]) => value));
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.string({ unit: "grapheme", maxLength: 30 }),
      fromTable,
      fc.tuple(fromTable, fc.string({ unit: "grapheme", maxLength: 4 }), fromTable).map((parts) =>
        parts.join("")
      ),
      fc.string({ unit: fc.constantFrom(..."0123456789+-() .ABabSs,/@'Mc"), maxLength: 20 }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom("US", "DE", "NL", null), (value, country) => {
        const once = NORMALIZERS[name](value, { country });
        if (once !== null) assertEquals(NORMALIZERS[name](once, { country }), once);
      }),
      { numRuns: 1000 },
    );
  });
}
