import { isCalendarDay } from "./calendar.ts";
import { type ClassHandler, quoted } from "./class_handler.ts";
import { compareTimeText } from "./time_text.ts";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** date, as `YYYY-MM-DD`. */
export const dateClass: ClassHandler = {
  name: "date",
  ordered: true,
  canonicalize(value) {
    const match = typeof value === "string" ? DATE.exec(value) : null;
    if (
      match === null || match[1] === "0000" ||
      !isCalendarDay(Number(match[1]), Number(match[2]), Number(match[3]))
    ) {
      throw new TypeError(`${quoted(value)} is not a date such as "2026-11-23".`);
    }
    return match[0];
  },
  compare: (left, right) => compareTimeText(String(left), String(right)),
};
