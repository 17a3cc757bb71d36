/** The stewards of the two organizations. */
export const STEWARDS = {
  acme: "00000000-0000-4000-8000-00000000a004",
  globex: "00000000-0000-4000-8000-00000000b004",
} as const;

export type Org = keyof typeof STEWARDS;
export const ORGS: readonly Org[] = ["acme", "globex"];
