import { endsWith } from "./ends_with.ts";
import { negate } from "./negate.ts";

/** `doesNotEndWith`: SQL's `not` of `endsWith`. */
export const doesNotEndWith = negate("doesNotEndWith", endsWith);
