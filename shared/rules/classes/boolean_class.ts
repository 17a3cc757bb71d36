import { type ClassHandler, quoted } from "./class_handler.ts";

/** boolean, delivered as a JSON boolean. */
export const booleanClass: ClassHandler = {
  name: "boolean",
  ordered: false,
  canonicalize(value) {
    if (typeof value !== "boolean") throw new TypeError(`${quoted(value)} is neither true nor false.`);
    return value;
  },
  compare: (left, right) => Number(left) - Number(right),
};
