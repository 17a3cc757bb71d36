import { ORDERED } from "./field_classes.ts";
import { orderOperator } from "./order_operator.ts";

/** `>=` in the order of the field's class. */
export const atLeast = orderOperator(">=", ORDERED, (order) => order >= 0);
