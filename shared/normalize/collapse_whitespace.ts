import type { Normalizer } from "./normalizer.ts";

/** Makes each run of white space one space, and removes it at both ends. `\s` and `trim` mean the same characters. */
export const collapseWhitespace = ((value) => value.replace(/\s+/g, " ").trim()) satisfies Normalizer;
