import { civilFromDays, daysFromCivil, isCalendarDay } from "./calendar.ts";
import { type ClassHandler, quoted } from "./class_handler.ts";
import { compareTimeText } from "./time_text.ts";

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** timestamptz, and timestamp read as UTC: `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
export const instantClass: ClassHandler = {
  name: "instant",
  ordered: true,
  canonicalize(value) {
    const utc = typeof value === "string" ? toUtc(value) : null;
    if (utc === null) throw new TypeError(`${quoted(value)} is not a moment such as "2026-11-23T10:00:00Z".`);
    return utc;
  },
  compare: (left, right) => compareTimeText(String(left), String(right)),
};

/** An instant with any offset in the delivered form; null when it is none. */
function toUtc(text: string): string | null {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (match[8] === "-" ? -1 : 1);
  if (year === 0 || !isCalendarDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return null;
  if (Math.abs(offset) >= 16 * 60 || Number(match[10] ?? 0) > 59) return null;
  const minutes = daysFromCivil(year, month, day) * 1440 + hour * 60 + minute - offset;
  const civil = civilFromDays(Math.floor(minutes / 1440));
  if (civil.year < 1) return null;
  const inDay = minutes - Math.floor(minutes / 1440) * 1440;
  const date = `${pad(civil.year, 4)}-${pad(civil.month, 2)}-${pad(civil.day, 2)}`;
  const time = `${pad(Math.floor(inDay / 60), 2)}:${pad(inDay % 60, 2)}:${pad(second, 2)}`;
  return `${date}T${time}.${(match[7] ?? "").padEnd(6, "0")}Z`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
