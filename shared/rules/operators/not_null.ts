import { presenceOperator } from "./presence_operator.ts";

/** `notNull`: there is a value, be it blank. */
export const isNotNull = presenceOperator("notNull", (value) => value !== null);
