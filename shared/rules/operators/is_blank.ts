import { isBlankValue, presenceOperator } from "./presence_operator.ts";

/** `isBlank`: null or, for text, nothing but white space. */
export const isBlank = presenceOperator("isBlank", isBlankValue);
