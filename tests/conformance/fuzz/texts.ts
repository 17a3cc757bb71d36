import fc from "fast-check";

/** The 25 characters that are blank. */
export const BLANKS = [
  ..."\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff",
];

/** Pieces that texts are made of: what breaks comparisons, patterns, quoting, templates and normalizers. */
const PIECES = [
  "a",
  "b",
  "A",
  "B",
  "ab",
  "z",
  "0",
  "9",
  ".",
  "-",
  "_",
  "%",
  "\\",
  "'",
  '"',
  "$$",
  "{t}",
  "%s",
  "\\1",
  "(",
  "[",
  "^",
  "*",
  "é",
  "e\u0301",
  "ß",
  "İ",
  "Σ",
  "\u{1D4D0}",
  "\u{1F389}",
  "\u{10FFFF}",
  "\ue000",
  "\uffff",
  "\ufffd",
  "\x01",
  "\x07",
  "\x1f",
  "\x7f",
  "\x85",
  "\u200b",
  "\u180e",
  "\u00ad",
  "١",
  "red",
  "RED",
  "rouge",
  "NULL",
  "@x.com",
] as const; // deno-fmt-ignore

const piece = fc.oneof(
  { arbitrary: fc.constantFrom(...PIECES), weight: 6 },
  { arbitrary: fc.constantFrom(...BLANKS), weight: 1 },
);

/** Short texts of nasty pieces, the same few again and again so that comparisons meet; never half a character. */
export const text: fc.Arbitrary<string> = fc.oneof(
  {
    arbitrary: fc.constantFrom("", " ", "a", "ab", "abc", "A", "red", "rouge", "Red", "\u{1D4D0}", "\ue000"),
    weight: 3,
  },
  { arbitrary: fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join("")), weight: 4 },
);

/** A text that an operator may look for. */
export const soughtText: fc.Arbitrary<string> = text.filter((value) => value !== "");

const atom = fc.oneof(
  fc.constantFrom("a", "b", "A", "0", "é", "\u{1D4D0}", "'", "%", " ", "\\.", "\\\\", "\\$", "\\{"),
  fc.constantFrom(".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\n", "\\t"),
  fc.constantFrom(
    "[ab]",
    "[^a]",
    "[a-z\\d]",
    "[\\w.]",
    "[^\\s]",
    "[-a]",
    "[\u{1D4D0}-\u{1D4D9}é]",
    "[^\u{1D4D0}]",
  ),
);
const quantifier = fc.constantFrom("", "", "", "?", "*", "+", "{2}", "{0,2}", "{1,}", "{0}");

/** Patterns of the grammar, mostly; saving refuses the others. */
export const pattern: fc.Arbitrary<string> =
  fc.letrec<{ branch: string; group: string; whole: string }>((tie) => ({
    group: tie("branch").map((inside) => `(${inside})`),
    branch: fc.array(
      fc.tuple(fc.oneof({ maxDepth: 2 }, atom, tie("group")), quantifier).map((parts) => parts.join("")),
      { minLength: 1, maxLength: 3 },
    ).map((parts) => parts.join("")),
    whole: fc.tuple(
      fc.constantFrom("", "^"),
      fc.array(tie("branch"), { minLength: 1, maxLength: 2 }).map((branches) => branches.join("|")),
      fc.constantFrom("", "$"),
    ).map((parts) => parts.join("")),
  })).whole;
