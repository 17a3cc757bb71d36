import { contains } from "./contains.ts";
import { negate } from "./negate.ts";

/** `doesNotContain`: SQL's `not` of `contains`. */
export const doesNotContain = negate("doesNotContain", contains);
