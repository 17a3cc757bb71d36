import { textOperator } from "./text_operator.ts";

/** `contains`, literally and by case. */
export const contains = textOperator("contains", (text, sought) => text.includes(sought));
