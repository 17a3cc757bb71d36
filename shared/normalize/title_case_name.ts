import { letterCaseOf } from "./letter_case.ts";
import type { Normalizer } from "./normalizer.ts";

// Lower case inside a name, unless they begin it.
const PARTICLES = new Set(
  "van von der den de del della di da dos das du la le el al bin ibn ten ter zu y e".split(" "),
);
const NUMERALS = new Set(["II", "III", "IV"]);
const SUFFIXES = new Map([["jr", "Jr"], ["sr", "Sr"], ["phd", "PhD"], ["md", "MD"]]);
// Letters with marks, spaces, hyphens, apostrophes, full stops, commas: anything else is no plain name.
const NAME = /^[\p{L}\p{M}\s'’.,-]+$/u;
const WORD = /[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*/gu;

/**
 * `JOHN MCDONALD` → `John McDonald`. Only names all in one letter case are changed: whoever mixed the cases meant it.
 * Two letters in capitals may be initials, and stay.
 */
export const titleCaseName: Normalizer = (value) => {
  const written = letterCaseOf(value);
  if (written !== "lower" && written !== "upper") return value;
  if (!NAME.test(value)) return value;
  if (written === "upper" && value.trim().length <= 2) return value;
  const titled = value.replace(WORD, (word, at: number) => {
    const begins = value.slice(0, at).trim() === "";
    return titleWord(word, written === "upper", begins);
  });
  // A letter whose capital is more than one character ("ß", "ﬁ") cannot be told back.
  return titled.toLowerCase() === value.toLowerCase() && titled.length === value.length ? titled : value;
};

function titleWord(word: string, wasUpper: boolean, begins: boolean): string {
  const lower = word.toLowerCase();
  if (!begins && PARTICLES.has(lower)) return lower;
  if (!begins && NUMERALS.has(word.toUpperCase())) return word.toUpperCase();
  if (!begins && SUFFIXES.has(lower)) return SUFFIXES.get(lower) ?? lower;
  if (wasUpper && /^[B-DF-HJ-NP-TV-XZ]{2,3}$/.test(word)) return word;
  if (/^mc\p{L}{3,}$/u.test(lower)) return `Mc${capitalize(lower.slice(2))}`;
  const [first = "", ...rest] = lower.split(/(?<=['’])/);
  // O'Brien, D'Angelo; but Ben's.
  if (rest.length > 0 && /^(?:o|d|l)['’]$/.test(first)) {
    return capitalize(first) + rest.map(capitalize).join("");
  }
  return capitalize(lower);
}

function capitalize(text: string): string {
  const [first = ""] = text;
  return first.toUpperCase() + text.slice(first.length);
}
