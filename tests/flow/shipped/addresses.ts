import type { Pair } from "./pair.ts";

/** The rules on addresses, which are the same wherever one stands. */
export const addresses: Readonly<Record<string, Pair>> = Object.fromEntries(
  ["accounts", "contacts", "leads", "members"].flatMap((table) => {
    const entity = table.slice(0, -1);
    return Object.entries<Pair>({
      "state-is-code": {
        table,
        fires: { state: "FLA" },
        passes: { state: "Québec", country: "Canada" },
        becomes: { state: "FL" },
      },
      "state-known": {
        table,
        fires: { state: "Texass", country: "USA" },
        passes: { state: "Bayern", country: "Germany" },
      },
      "zip-agrees-with-state": {
        table,
        fires: { state: "NY", postal_code: "90210" },
        passes: { state: "CA", postal_code: "90210" },
      },
      "postal-code-looks-valid": {
        table,
        fires: { postal_code: "1234", country: "Germany" },
        passes: { postal_code: "1234", country: "Austria" },
      },
      "phone-looks-valid": {
        table,
        fires: { phone: "12345" },
        passes: { phone: "+14105550142" },
      },
    }).map(([suffix, pair]) => [`${entity}-${suffix}`, pair] as const);
  }),
);
