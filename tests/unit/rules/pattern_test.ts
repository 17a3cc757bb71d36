import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { compilePattern } from "../../../shared/rules/mod.ts";

Deno.test("a pattern means the same everywhere", () => {
  const rows: [pattern: string, text: string, found: boolean][] = [
    ["abc", "xabcx", true],
    ["^abc$", "xabcx", false],
    ["a.c", "a\nc", true],
    ["^.$", "\u{1F600}", true],
    ["^..$", "\u{1F600}", false],
    ["a$", "a\n", false],
    ["^b", "a\nb", false],
    ["^\\d{5}(-\\d{4})?$", "12345-6789", true],
    ["^\\d+$", "٣", false],
    ["^\\w+$", "é", false],
    ["^\\W$", "é", true],
    ["^\\s+$", " \t\n\v\f\r", true],
    ["^\\s$", "\u00a0", false],
    ["^\\S$", "\u00a0", true],
    ["^[^a]$", "\n", true],
    ["^[a-c]+$", "abc", true],
    ["^[a-]+$", "a-", true],
    ["^[-a]+$", "a-", true],
    ["^[\\w.\\-]+$", "a.b-c_1", true],
    ["^[\\]\\[]+$", "[]", true],
    ["^[()|*]+$", "(*|)", true],
    ["^[😀-😂]$", "😁", true],
    ["^[😀-😂]$", "😃", false],
    ["^(a|bc)+$", "abcbca", true],
    ["^(a|b)c|d$", "xd", true],
    ["^a{2}$", "aa", true],
    ["^a{2,}$", "a", false],
    ["^a{0}b$", "b", true],
    ["^a{1,3}$", "aaaa", false],
    ["^\\^\\$\\.\\/\\\\$", "^$./\\", true],
    ["^\\t\\n\\r$", "\t\n\r", true],
    ["a***".slice(0, 2), "", true],
    ["^ab-c/d:e@f#g%h&i=j~k\"'`<>,;_!$", "ab-c/d:e@f#g%h&i=j~k\"'`<>,;_!", true],
  ];
  for (const [pattern, text, found] of rows) {
    assertEquals(compilePattern(pattern)(text), found, `${pattern} in ${JSON.stringify(text)}`);
  }
});

Deno.test("what could differ between engines is refused", () => {
  const refused = [
    "",
    "(?i)a",
    "(?:a)",
    "(?=a)",
    "a*?",
    "a+?",
    "a??",
    "a{2}?",
    "a**",
    "a{2}{3}",
    "*a",
    "+",
    "?",
    "a|*",
    "^*",
    "$+",
    "(*a)",
    "\\b",
    "\\B",
    "\\1",
    "\\A",
    "\\z",
    "\\p{L}",
    "\\x41",
    "\\",
    "a\\",
    "(a",
    "a)",
    "()",
    "a|",
    "|a",
    "(|a)",
    "a||b",
    "[",
    "[]",
    "[^]",
    "[a",
    "[[:alpha:]]",
    "[b-a]",
    "[a-\\d]",
    "[\\D]",
    "[\\b]",
    "]",
    "}",
    "a{",
    "{2}",
    "a{,2}",
    "a{256}",
    "a{1,256}",
    "a{3,2}",
    "a{1000}",
    "a{ 2}",
    "((a{255}){255})",
    "(a{250}){5}",
    "a{250}b{250}c{250}d{250}e",
  ];
  for (const pattern of refused) assertThrows(() => compilePattern(pattern), SyntaxError, undefined, pattern);
  const allowed = ["a{255}", "(ab){3}", "(a{200}){4}", "a{0,255}", "[a-z\\d_]", "(a|b|c)*"];
  for (const pattern of allowed) assert(typeof compilePattern(pattern) === "function", pattern);
});

Deno.test("a hostile pattern runs in linear time", () => {
  const text = "a".repeat(20_000);
  const from = performance.now();
  for (const pattern of [".*.*x", "(a*)*x$", "(a|a)*x", "^(a+)+$x"]) compilePattern(pattern)(text);
  assert(performance.now() - from < 5000);
});

Deno.test("patterns agree with RegExp where RegExp knows the grammar", () => {
  const atom = fc.oneof(
    fc.constantFrom("a", "b", ".", "\\d", "\\w", "\\S", "[ab]", "[^a]", "[a-c1]", "\\.", "-", "^", "$"),
    fc.constantFrom("(a|b)", "(ab|a)", "(a.)"),
  );
  const piece = fc.tuple(atom, fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,}"))
    .map(([text, quantifier]) => text === "^" || text === "$" ? text : text + quantifier);
  const pattern = fc.array(fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join("")), {
    minLength: 1,
    maxLength: 3,
  }).map((branches) => branches.join("|"));
  const text = fc.array(fc.constantFrom("a", "b", "c", "1", ".", "-", "\n", "\u{1F600}"), { maxLength: 8 })
    .map((all) => all.join(""));
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      assertEquals(compilePattern(source)(subject), new RegExp(source, "su").test(subject));
    }),
    { numRuns: 3000 },
  );
});
