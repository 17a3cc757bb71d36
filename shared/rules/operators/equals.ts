import { COMPARABLE } from "./field_classes.ts";
import { orderOperator } from "./order_operator.ts";

/** `=`: both sides are the same value. */
export const equals = orderOperator("=", COMPARABLE, (order) => order === 0);
