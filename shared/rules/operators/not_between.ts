import { between } from "./between.ts";
import { negate } from "./negate.ts";

/** `notBetween`: SQL's `not` of `between`. */
export const notBetween = negate("notBetween", between);
