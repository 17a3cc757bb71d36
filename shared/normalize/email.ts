import type { Normalizer } from "./normalizer.ts";

/**
 * An e-mail address as people have them (the HTML standard's form, without its empty and leading dots). Written in the
 * rule language's own pattern grammar, so that every execution can share it.
 */
export const EMAIL_PATTERN = "^[A-Za-z0-9!#$%&'*+/=?\\^_`{|}~\\-]+(\\.[A-Za-z0-9!#$%&'*+/=?\\^_`{|}~\\-]+)*" +
  "@[A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?)*$";

const EMAIL = new RegExp(EMAIL_PATTERN);
const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;

/** Whether a text is an e-mail address, lengths (RFC 5321) included. */
export function isEmailAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS && text.indexOf("@") <= MAX_LOCAL && EMAIL.test(text);
}

/** Trims and lower-cases what is an e-mail address. */
export const email: Normalizer = (value) => {
  const trimmed = value.trim();
  return isEmailAddress(trimmed) ? trimmed.toLowerCase() : value;
};
