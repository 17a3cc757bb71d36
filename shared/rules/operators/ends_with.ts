import { textOperator } from "./text_operator.ts";

/** `endsWith`, literally and by case. */
export const endsWith = textOperator("endsWith", (text, sought) => text.endsWith(sought));
