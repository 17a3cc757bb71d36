import Big from "big.js";
import { type ClassHandler, quoted } from "./class_handler.ts";

interface Decimal {
  cmp(other: Decimal): -1 | 0 | 1;
  toFixed(): string;
}
// The package carries no types; this is all that is used of it.
const decimal = Big as unknown as (text: string) => Decimal;

/** A decimal written without an exponent. */
export function plainDecimal(text: string): string {
  return decimal(text).toFixed();
}

const DECIMAL = /^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const PLAIN = /^-?\d+(?:\.\d+)?$/;
const SIGNIFICANT_DIGITS_OF_A_DOUBLE = 15;

/** Where a number stands before its digits are looked at: -Infinity < numbers < Infinity < NaN, as in Postgres. */
function rank(text: string): number {
  if (text === "NaN") return 3;
  if (text === "Infinity") return 2;
  if (text === "-Infinity") return 0;
  return 1;
}

/** Orders two numbers given as decimal text, exactly. */
export function compareNumbers(left: string, right: string): number {
  // A double tells all decimals of up to 15 digits apart, and plain text this short has no more.
  if (isShort(left) && isShort(right)) return Number(left) - Number(right);
  const difference = rank(left) - rank(right);
  if (difference !== 0 || rank(left) !== 1) return difference;
  return decimal(left).cmp(decimal(right));
}

function isShort(text: string): boolean {
  return text.length <= SIGNIFICANT_DIGITS_OF_A_DOUBLE && PLAIN.test(text);
}

function significantDigits(value: number): number {
  const digits = String(Math.abs(value)).replace(/e.*$/, "").replace(".", "").replace(/^0+/, "");
  return digits.replace(/0+$/, "").length;
}

/** smallint … numeric, real, double: exact decimals as text. */
export const numberClass: ClassHandler = {
  name: "number",
  ordered: true,
  canonicalize(value) {
    if (typeof value === "string") {
      if (DECIMAL.test(value)) return value;
      throw new TypeError(`"${value}" is not a number.`);
    }
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new TypeError(`${quoted(value)} is not a number.`);
    }
    if (significantDigits(value) > SIGNIFICANT_DIGITS_OF_A_DOUBLE) {
      throw new TypeError(`${value} has more than 15 significant digits; write it in quotes.`);
    }
    return String(value);
  },
  compare: (left, right) => compareNumbers(String(left), String(right)),
};
