import { FIELD_CLASSES, type FieldClass } from "../../schema/rule.ts";
import { CLASSES } from "../classes/mod.ts";

/** Every class. */
export const EVERY_CLASS: readonly FieldClass[] = FIELD_CLASSES;

/** The classes whose values can be told equal. */
export const COMPARABLE: readonly FieldClass[] = FIELD_CLASSES.filter((name) => name !== "other");

/** The classes whose values have an order. */
export const ORDERED: readonly FieldClass[] = FIELD_CLASSES.filter((name) => CLASSES[name].ordered);

/** Text only. */
export const TEXT_ONLY: readonly FieldClass[] = ["text"];
