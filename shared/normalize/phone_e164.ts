import {
  type CountryCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type PhoneNumber,
} from "libphonenumber-js/max";
import type { Normalizer } from "./normalizer.ts";

// Longer text is no number; the parser's own limit is 250.
const MAX_LENGTH = 80;

/**
 * `(213) 373-4253` → `+12133734253`, where the number is valid, or was written with its country's code and loses
 * nothing but spaces and punctuation; never where an extension would be lost.
 */
export const phoneE164: Normalizer = (value, { country }) => {
  const trimmed = value.trim();
  if (trimmed.length > MAX_LENGTH || !/\d/.test(trimmed)) return value;
  const region = country?.toUpperCase() ?? "";
  const number = parsePhoneNumberFromString(trimmed, {
    ...(isSupportedCountry(region) ? { defaultCountry: region as CountryCode } : {}),
    extract: false,
  });
  if (number === undefined || number.ext) return value;
  return number.isValid() || isOnlyPunctuated(trimmed, number) ? number.number : value;
};

// Numbering plans change: a number that is not valid any more, or not yet, is still the same number.
function isOnlyPunctuated(written: string, number: PhoneNumber): boolean {
  const digits = written.replace(/[^0-9]/g, "");
  return /^\+[0-9 ().\/-]+$/.test(written) && digits.length >= 7 && `+${digits}` === number.number;
}
