import type { Normalizer } from "./normalizer.ts";

/** Lower case, by Unicode and no language in particular. */
export const lower: Normalizer = (value) => value.toLowerCase();
