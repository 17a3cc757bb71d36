import { equals } from "./equals.ts";
import { negate } from "./negate.ts";

/** `!=`: SQL's `not` of `=`. */
export const notEquals = negate("!=", equals);
