/** The letter case that a whole text is written in. */
export type LetterCase = "lower" | "upper" | "mixed" | "none";

/** Tells the letter case of a text; `none` where it has no letters that have cases. */
export function letterCaseOf(text: string): LetterCase {
  const lower = text.toLowerCase();
  const upper = text.toUpperCase();
  if (lower === upper) return "none";
  if (text === lower) return "lower";
  if (text === upper) return "upper";
  return "mixed";
}
