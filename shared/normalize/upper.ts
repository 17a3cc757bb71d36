import type { Normalizer } from "./normalizer.ts";

/** Upper case, by Unicode and no language in particular. */
export const upper: Normalizer = (value) => value.toUpperCase();
