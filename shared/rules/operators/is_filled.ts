import { isBlankValue, presenceOperator } from "./presence_operator.ts";

/** `isFilled`: the opposite of `isBlank`. */
export const isFilled = presenceOperator("isFilled", (value, fieldClass) => !isBlankValue(value, fieldClass));
