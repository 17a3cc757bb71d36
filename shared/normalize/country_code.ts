import { COUNTRIES } from "./data/countries.ts";
import { foldName } from "./fold_name.ts";
import type { Normalizer } from "./normalizer.ts";

const CODES = new Map(
  COUNTRIES.trim().split("\n").flatMap((line) => {
    const [code = "", ...names] = line.split("|");
    return [code, ...names].map((name) => [foldName(name), code] as const);
  }),
);

/** The ISO 3166-1 alpha-2 code of a country given by name, code or known synonym. */
export function findCountryCode(name: string): string | undefined {
  return CODES.get(foldName(name));
}

/** A country's name, alpha-3 code or known synonym → ISO 3166-1 alpha-2. */
export const countryCode: Normalizer = (value) => findCountryCode(value) ?? value;
