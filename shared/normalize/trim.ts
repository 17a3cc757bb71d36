import type { Normalizer } from "./normalizer.ts";

/** Removes white space at both ends: the 25 characters of `String.prototype.trim`. */
export const trim: Normalizer = (value) => value.trim();
