import { US_STATES } from "./data/us_states.ts";
import { foldName } from "./fold_name.ts";
import type { Normalizer } from "./normalizer.ts";

const CODES = new Map(
  US_STATES.trim().split("\n").flatMap((line) => {
    const [code = "", ...names] = line.split("|");
    return [code, ...names].map((name) => [foldName(name), code] as const);
  }),
);

/** `California`, `calif.`, `ca` → `CA`. */
export const usStateCode: Normalizer = (value) => CODES.get(foldName(value)) ?? value;
