import type { ClassHandler } from "./class_handler.ts";

/** jsonb, arrays, ranges and all else: presence only. */
export const otherClass: ClassHandler = {
  name: "other",
  ordered: false,
  canonicalize() {
    throw new TypeError("A field of this type can only be tested for being there.");
  },
  compare: () => 0,
};
