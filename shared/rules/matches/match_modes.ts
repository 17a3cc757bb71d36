import type { MatchCounts } from "../../schema/claim.ts";
import type { MatchMode } from "../../schema/rule_group.ts";
import { not, type Truth } from "../truth.ts";

type Mode = (counts: MatchCounts, threshold: number) => Truth;

const some: Mode = ([t, , u]) => t > 0 ? true : u > 0 ? null : false;
const atLeast: Mode = ([t, , u], k) => t >= k ? true : t + u < k ? false : null;

/** What each mode makes of the elements that are true, false and unknown: never surer than the elements are. */
export const MODES = {
  all: ([, f, u]) => f > 0 ? false : u > 0 ? null : true,
  some,
  none: (counts, k) => not(some(counts, k)),
  atLeast,
  atMost: (counts, k) => not(atLeast(counts, k + 1)),
  exactly: ([t, , u], k) => t > k || t + u < k ? false : u === 0 ? true : null,
} satisfies Record<MatchMode, Mode>;
