/** The classes of values, one file each. @module */
import type { FieldClass } from "../../schema/rule.ts";
import { booleanClass } from "./boolean_class.ts";
import type { ClassHandler } from "./class_handler.ts";
import { dateClass } from "./date_class.ts";
import { enumClass } from "./enum_class.ts";
import { instantClass } from "./instant_class.ts";
import { numberClass } from "./number_class.ts";
import { otherClass } from "./other_class.ts";
import { textClass } from "./text_class.ts";
import { uuidClass } from "./uuid_class.ts";

export type { ClassHandler, PresentValue } from "./class_handler.ts";
export { quoted } from "./class_handler.ts";
export { compareByCodePoint } from "./text_class.ts";

export const CLASSES = {
  text: textClass,
  number: numberClass,
  boolean: booleanClass,
  uuid: uuidClass,
  enum: enumClass,
  date: dateClass,
  instant: instantClass,
  other: otherClass,
} satisfies Record<FieldClass, ClassHandler>;
