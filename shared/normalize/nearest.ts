import { editDistance } from "./edit_distance.ts";
import { letterCaseOf } from "./letter_case.ts";

/** The member that a value is a slip of. */
export interface NearestMember {
  /** The member, in the writer's letter case where the set ignores it. */
  readonly suggestion: string;
  /** Edits between the two without case, spaces and punctuation. */
  readonly distance: number;
}

/** How a set compares its members. */
export interface NearestOptions {
  readonly caseSensitive: boolean;
}

/**
 * Finds the one member that a written value is most likely a slip of; null when none is near, or when two are about as
 * near. Digits must be the same: `GTX 501` is no slip of `GTX 500`.
 */
export function nearest(
  value: string,
  members: readonly string[],
  options: NearestOptions = { caseSensitive: true },
): NearestMember | null {
  const written = fold(value);
  if (written === "") return null;
  const limit = tolerance(Array.from(written).length);
  const ranked = [...new Set(members)]
    .map((member) => ({ member, folded: fold(member) }))
    .map((entry) => ({ ...entry, distance: editDistance(written, entry.folded, 2 * limit + 1) }))
    .sort((a, b) => a.distance - b.distance);
  const [best, second] = ranked;
  if (best === undefined || best.distance > limit || digits(best.folded) !== digits(written)) return null;
  // The second must be clearly farther: twice as far, and never as near.
  if (second !== undefined && second.distance <= Math.max(best.distance, 2 * best.distance - 1)) return null;
  const suggestion = options.caseSensitive ? best.member : inCaseOf(value, best.member);
  return suggestion === value ? null : { suggestion, distance: best.distance };
}

/** How many slips a value of this length may have. */
function tolerance(length: number): number {
  if (length < 4) return 0;
  if (length < 8) return 1;
  if (length < 13) return 2;
  return 3;
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

function digits(text: string): string {
  return text.replace(/[^\p{N}]+/gu, "");
}

function inCaseOf(written: string, member: string): string {
  const letterCase = letterCaseOf(written);
  if (letterCase === "lower") return member.toLowerCase();
  if (letterCase === "upper") return member.toUpperCase();
  return member;
}
