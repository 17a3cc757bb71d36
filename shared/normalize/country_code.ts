import { COUNTRIES } from "./data/countries.ts";
import { foldName } from "./fold_name.ts";
import type { Normalizer } from "./normalizer.ts";

const CODES = new Map(
  COUNTRIES.trim().split("\n").flatMap((line) => {
    const [code = "", ...names] = line.split("|");
    return [code, ...names].map((name) => [foldName(name), code] as const);
  }),
);

/** A country's name, alpha-3 code or known synonym → ISO 3166-1 alpha-2. */
export const countryCode: Normalizer = (value) => CODES.get(foldName(value)) ?? value;
