/** Normalizers of text, one file each, and the nearest member of a set. @module */
import type { NormalizerName } from "../schema/fix_step.ts";
import { blankToNull } from "./blank_to_null.ts";
import { collapseWhitespace } from "./collapse_whitespace.ts";
import { companyName } from "./company_name.ts";
import { countryCode } from "./country_code.ts";
import { email } from "./email.ts";
import { lower } from "./lower.ts";
import type { Normalizer } from "./normalizer.ts";
import { phoneE164 } from "./phone_e164.ts";
import { postalCode } from "./postal_code.ts";
import { titleCaseName } from "./title_case_name.ts";
import { trim } from "./trim.ts";
import { upper } from "./upper.ts";
import { url } from "./url.ts";
import { usStateCode } from "./us_state_code.ts";

export { EMAIL_PATTERN, isEmailAddress } from "./email.ts";
export { findCountryCode } from "./country_code.ts";
export { isPhoneNumber } from "./is_phone_number.ts";
export { nearest, type NearestMember, type NearestOptions } from "./nearest.ts";
export type { Normalizer, NormalizerContext } from "./normalizer.ts";

export const NORMALIZERS = {
  trim,
  collapse_whitespace: collapseWhitespace,
  lower,
  upper,
  title_case_name: titleCaseName,
  email,
  phone_e164: phoneE164,
  us_state_code: usStateCode,
  country_code: countryCode,
  postal_code: postalCode,
  company_name: companyName,
  url,
  blank_to_null: blankToNull,
} satisfies Record<NormalizerName, Normalizer>;
