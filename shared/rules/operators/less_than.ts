import { ORDERED } from "./field_classes.ts";
import { orderOperator } from "./order_operator.ts";

/** `<` in the order of the field's class. */
export const lessThan = orderOperator("<", ORDERED, (order) => order < 0);
