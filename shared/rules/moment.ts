import type { FieldClass } from "../schema/rule.ts";

const MOMENT =
  /^(now|today)(?:[+-]P(?=.)(?:\d{1,9}Y)?(?:\d{1,9}M)?(?:\d{1,9}W)?(?:\d{1,9}D)?(T(?=.)(?:\d{1,9}H)?(?:\d{1,9}M)?(?:\d{1,9}S)?)?)?$/;

/** Whether a value is meant as a moving moment: no date and no instant that a rule may write begins with a letter. */
export function isMoment(value: unknown, fieldClass: FieldClass): value is string {
  return (fieldClass === "date" || fieldClass === "instant") && typeof value === "string" &&
    /^[a-z]/.test(value);
}

/** What is wrong with a moving moment; null for nothing. What it comes to, only Postgres says. */
export function momentFault(text: string, fieldClass: FieldClass): string | null {
  const match = MOMENT.exec(text);
  if (match === null) return `"${text}" is not a moment such as now, today, now-PT1H or today+P1M.`;
  if (fieldClass !== "date") return null;
  if (match[1] === "now") return `"${text}" is a moment of the day, and a date is compared with "today".`;
  return match[2] === undefined ? null : `"${text}" moves a date by hours.`;
}
