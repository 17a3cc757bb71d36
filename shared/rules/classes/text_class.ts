import { type ClassHandler, quoted } from "./class_handler.ts";

/**
 * Orders texts by code point, as `collate "C"` does in a UTF-8 database.
 *
 * JavaScript's `<` goes by UTF-16 unit, which puts the supplementary characters (from U+10000, written with surrogates
 * D800–DFFF) before U+E000–U+FFFF.
 */
export function compareByCodePoint(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** text, varchar, char(n) without its padding, citext, domains over them: case-sensitive, not normalised. */
export const textClass: ClassHandler = {
  name: "text",
  ordered: true,
  canonicalize(value) {
    if (typeof value !== "string") throw new TypeError(`${quoted(value)} is not a text.`);
    return value;
  },
  compare: (left, right) => compareByCodePoint(String(left), String(right)),
};
