import { beginsWith } from "./begins_with.ts";
import { negate } from "./negate.ts";

/** `doesNotBeginWith`: SQL's `not` of `beginsWith`. */
export const doesNotBeginWith = negate("doesNotBeginWith", beginsWith);
