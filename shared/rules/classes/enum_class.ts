import { textClass } from "./text_class.ts";
import type { ClassHandler } from "./class_handler.ts";

/** Enum types, by the text of their labels. Their order is not part of the language. */
export const enumClass: ClassHandler = { ...textClass, name: "enum", ordered: false };
