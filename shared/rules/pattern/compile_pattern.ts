import { RE2JS } from "re2js";
import { parsePattern } from "./parse_pattern.ts";
import type { CodePointRange, PatternNode, Quantifier } from "./pattern_node.ts";

/**
 * Compiles a pattern of the rule language. The result tells whether the pattern is found somewhere in a text, in time
 * linear in the text's length (RE2's automata; `RegExp` backtracks).
 *
 * @throws {SyntaxError} with a message for the rule's author
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  const compiled = RE2JS.compile(toRe2(parsePattern(pattern)), RE2JS.DOTALL);
  return (text) => compiled.test(text);
}

/** The pattern in RE2's syntax, every class and character written out by code point. */
export function toRe2(node: PatternNode): string {
  switch (node.kind) {
    case "alternatives":
      return `(?:${node.branches.map(toRe2).join("|")})`;
    case "sequence":
      return node.parts.map(toRe2).join("");
    case "repeat":
      return `(?:${toRe2(node.atom)})${quantifierToRe2(node.quantifier)}`;
    case "class":
      return `[${node.negated ? "^" : ""}${node.ranges.map(rangeToRe2).join("")}]`;
    case "any":
      return ".";
    case "start":
      return "\\A";
    case "end":
      return "\\z";
  }
}

function quantifierToRe2({ min, max }: Quantifier): string {
  return max === null ? `{${min},}` : max === min ? `{${min}}` : `{${min},${max}}`;
}

function rangeToRe2([from, to]: CodePointRange): string {
  return from === to ? hex(from) : `${hex(from)}-${hex(to)}`;
}

function hex(codePoint: number): string {
  return `\\x{${codePoint.toString(16)}}`;
}
