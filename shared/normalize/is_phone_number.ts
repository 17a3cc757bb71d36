import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/max";

// Longer text is no number; the parser's own limit is 250.
const MAX_LENGTH = 80;

/**
 * Whether a text is a number of a numbering plan; null when it is written without its country's code and `country`
 * (ISO 3166-1 alpha-2) does not help.
 */
export function isPhoneNumber(text: string, country: string | null): boolean | null {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH || !/\d/.test(trimmed)) return false;
  const region = country?.toUpperCase() ?? "";
  const isKnown = isSupportedCountry(region);
  if (!isKnown && !/^[+＋]/.test(trimmed)) return null;
  const options = isKnown ? { defaultCountry: region as CountryCode } : {};
  return parsePhoneNumberFromString(trimmed, { ...options, extract: false })?.isValid() ?? false;
}
