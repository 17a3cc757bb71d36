import { EvaluationBrokeError } from "../../errors.ts";

/** A date or instant as it sorts: its year, then the rest as text of fixed width. */
interface TimeKey {
  readonly year: number;
  readonly rest: string;
}

const TIME_TEXT =
  /^(\d{4,})-(\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?)?(?:Z|\+00(?::?00)?)?( BC)?(?:Z)?$/;

/**
 * Orders two dates, or two instants in UTC, given as Postgres's text. `Date` would lose microseconds, infinity,
 * years after 275760 and the years before Christ.
 *
 * @throws {EvaluationBrokeError} when a text is neither
 */
export function compareTimeText(left: string, right: string): number {
  const a = timeKey(left);
  const b = timeKey(right);
  if (a.year !== b.year) return a.year < b.year ? -1 : 1;
  return a.rest < b.rest ? -1 : a.rest > b.rest ? 1 : 0;
}

function timeKey(text: string): TimeKey {
  if (text === "infinity") return { year: Infinity, rest: "" };
  if (text === "-infinity") return { year: -Infinity, rest: "" };
  const match = TIME_TEXT.exec(text);
  if (match === null) throw new EvaluationBrokeError(`"${text}" was delivered as a date or an instant.`);
  const [, year, day, time = "00:00:00", fraction = "", bc] = match;
  return {
    // Before Christ, the greater number is the earlier year.
    year: bc === undefined ? Number(year) : -Number(year),
    rest: `${day}T${time}.${fraction.padEnd(6, "0")}`,
  };
}
