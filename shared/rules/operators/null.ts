import { presenceOperator } from "./presence_operator.ts";

/** `null`: there is no value. */
export const isNull = presenceOperator("null", (value) => value === null);
