import { matches } from "./matches.ts";
import { negate } from "./negate.ts";

/** `doesNotMatch`: SQL's `not` of `matches`. */
export const doesNotMatch = negate("doesNotMatch", matches);
