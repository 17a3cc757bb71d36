import type { Normalizer } from "./normalizer.ts";

interface PostalForm {
  /** What a code of the country is, in capitals and without spaces and hyphens. */
  readonly code: RegExp;
  /** How it is written. */
  readonly written: string;
}

// Codes that cannot be taken for another country's, so that they are sure without knowing the country.
const UNMISTAKABLE: readonly PostalForm[] = [
  { code: /^([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z])(\d[ABCEGHJ-NPRSTV-Z]\d)$/, written: "$1 $2" }, // Canada
  { code: /^([A-Z]{1,2}\d[A-Z\d]?)(\d[ABD-HJLNP-UW-Z]{2})$/, written: "$1 $2" }, // United Kingdom
];

const BY_COUNTRY: Readonly<Record<string, PostalForm>> = {
  US: { code: /^(\d{5})(\d{4})$/, written: "$1-$2" },
  NL: { code: /^([1-9]\d{3})([A-Z]{2})$/, written: "$1 $2" },
  JP: { code: /^(\d{3})(\d{4})$/, written: "$1-$2" },
  BR: { code: /^(\d{5})(\d{3})$/, written: "$1-$2" },
  PT: { code: /^(\d{4})(\d{3})$/, written: "$1-$2" },
  PL: { code: /^(\d{2})(\d{3})$/, written: "$1-$2" },
  SE: { code: /^(\d{3})(\d{2})$/, written: "$1 $2" },
};

/** Trims, and writes what is a postal code of the country as its post writes it. */
export const postalCode: Normalizer = (value, { country }) => {
  const trimmed = value.trim();
  const letters = trimmed.replace(/[\s-]/g, "");
  // Asked before letters become capitals: "ß" would turn into two.
  if (!/^[A-Za-z0-9]{1,12}$/.test(letters)) return value;
  const bare = letters.toUpperCase();
  const own = BY_COUNTRY[country?.toUpperCase() ?? ""];
  const form = [...(own ? [own] : []), ...UNMISTAKABLE].find(({ code }) => code.test(bare));
  return form ? bare.replace(form.code, form.written) : trimmed;
};
