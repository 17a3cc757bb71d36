import { isIn } from "./in.ts";
import { negate } from "./negate.ts";

/** `notIn`: SQL's `not` of `in`, so that everything, null too, is outside an empty list. */
export const notIn = negate("notIn", isIn);
