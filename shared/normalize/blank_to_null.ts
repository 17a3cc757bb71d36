import type { Normalizer } from "./normalizer.ts";

/** Nothing but white space is no value. */
export const blankToNull: Normalizer = (value) => value.trim() === "" ? null : value;
