/** A record longer than this is none that anybody can read. */
export const MAX_RECORD = 100_000;
/** So often a part looks for the end of a quotation that has none; behind that every line is a record. */
const MAX_LOST_QUOTES = 200;

/** A record of a file as text: for CSV it may span lines, for NDJSON never. */
export interface CutRecord {
  /** The line of the file on which it begins, counted from 1. */
  readonly line: number;
  readonly text: string;
  /** Why it cannot be read. */
  readonly fault: string | null;
}

/** The records of a part, and what its end begins. */
export interface CutPart {
  readonly records: readonly CutRecord[];
  readonly rest: string;
  readonly nextLine: number;
}

const UNFINISHED = -1;
const LOST = -2;

/**
 * Cuts text into records at the line breaks that stand in no quotation. A quotation that does not end within
 * `MAX_RECORD` costs its own line only: the next line is a record again.
 *
 * @param delimiter null for NDJSON, which knows no quotations across lines
 */
export function cutRecords(
  text: string,
  delimiter: string | null,
  firstLine: number,
  isLast: boolean,
): CutPart {
  const records: CutRecord[] = [];
  let line = firstLine;
  let at = 0;
  let lost = 0;
  while (at < text.length) {
    let end = delimiter === null || lost >= MAX_LOST_QUOTES
      ? text.indexOf("\n", at)
      : endOfRecord(text, at, delimiter, isLast);
    let fault: string | null = null;
    if (end === UNFINISHED) {
      if (!isLast && text.length - at <= MAX_RECORD) break;
      end = text.length;
    } else if (end === LOST) {
      if (!isLast && text.length - at <= MAX_RECORD) break;
      fault = "A quotation begins and does not end.";
      lost++;
      end = text.indexOf("\n", at);
      if (end < 0) end = text.length;
    }
    if (end - at > MAX_RECORD) fault = `The record is longer than ${MAX_RECORD} characters.`;
    const record = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
    if (record.trim() !== "") records.push({ line, text: record, fault });
    line += countBreaks(record) + 1;
    at = end + 1;
  }
  return { records, rest: text.slice(Math.min(at, text.length)), nextLine: line };
}

function endOfRecord(text: string, start: number, delimiter: string, isLast: boolean): number {
  let newline = text.indexOf("\n", start);
  const firstQuote = text.indexOf('"', start);
  if (firstQuote < 0 || (newline >= 0 && firstQuote > newline)) return newline;
  let at = start;
  let next = text.indexOf(delimiter, start);
  while (true) {
    if (text[at] === '"') {
      const closed = endOfQuotation(text, at + 1, start);
      if (closed < 0) return LOST;
      // A quotation mark at the very end may be the first half of an escaped one.
      if (closed >= text.length) return isLast ? UNFINISHED : LOST;
      at = closed;
    }
    if (newline >= 0 && newline < at) newline = text.indexOf("\n", at);
    if (next >= 0 && next < at) next = text.indexOf(delimiter, at);
    if (next < 0 || (newline >= 0 && newline < next)) return newline;
    at = next + 1;
  }
}

/** The place behind a quotation's end; -1 where it has none within reach. */
function endOfQuotation(text: string, from: number, start: number): number {
  let at = from;
  while (true) {
    const quote = text.indexOf('"', at);
    if (quote < 0 || quote - start > MAX_RECORD) return -1;
    if (text[quote + 1] !== '"') return quote + 1;
    at = quote + 2;
  }
}

function countBreaks(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
