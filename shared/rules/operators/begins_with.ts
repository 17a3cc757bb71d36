import { textOperator } from "./text_operator.ts";

/** `beginsWith`, literally and by case. */
export const beginsWith = textOperator("beginsWith", (text, sought) => text.startsWith(sought));
