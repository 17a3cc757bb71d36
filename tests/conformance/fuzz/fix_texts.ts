import fc from "fast-check";
import { BLANKS, text } from "./texts.ts";

/** What normalizers look for, and what only looks like it. */
const NORMALIZABLE = [
  "Texas",
  "TX",
  "tx",
  "new  york",
  "N.Y.",
  "District of Columbia",
  "Puerto Rico",
  "washington d.c.",
  "The Netherlands",
  "Holland",
  "u.s.a.",
  "United States of America",
  "St. Lucia",
  "Trinidad & Tobago",
  "Cote d'Ivoire",
  "germany",
  "GB",
  "the the gambia",
  "k1a0b6",
  "K1A-0B6",
  "sw1a 1aa",
  "SW1A1AA",
  "m11ae",
  "123456789",
  "12345-6789",
  "1234ab",
  "0123 AB",
  "1234567",
  "123-4567",
  "12345678",
  "12345",
  "123 45",
  "1--2",
  "1 2 3 4 5 6 7 8 9 0 1 2 3",
  "Ann@X.com",
  "ann.o'neil+a@Mail.X-y.COM",
  ".ann@x.com",
  "a..b@x.com",
  "ann@x-.com",
  "ann@localhost",
  "ann@x.com.",
  "a@b@c.com",
  `${"A".repeat(64)}@x.com`,
  `${"A".repeat(65)}@x.com`,
  `a@${"b".repeat(63)}.COM`,
  `a@${"b".repeat(64)}.COM`,
  "ROUGE",
  "Rouge",
] as const; // deno-fmt-ignore

const blanks = fc.oneof(
  { arbitrary: fc.constant(""), weight: 3 },
  fc.array(fc.constantFrom(...BLANKS), { minLength: 1, maxLength: 2 }).map((each) => each.join("")),
);

/** A text that a normalizer may have something to do with, with blanks around and inside. */
export const fixableText: fc.Arbitrary<string> = fc.oneof(
  text,
  fc.tuple(blanks, fc.constantFrom(...NORMALIZABLE), blanks).map((parts) => parts.join("")),
  fc.tuple(fc.constantFrom(...NORMALIZABLE), blanks, fc.constantFrom(...NORMALIZABLE, ""))
    .map((parts) => parts.join("")),
);

export function isAscii(value: unknown): boolean {
  return typeof value !== "string" || asciiOf(value) === value;
}

/** A text without what is not ASCII. */
export function asciiOf(value: string | null): string | null {
  // deno-lint-ignore no-control-regex -- the characters of ASCII
  return value === null ? null : value.replace(/[^\x00-\x7f]/gu, "");
}
