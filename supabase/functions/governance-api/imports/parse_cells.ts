import { parse } from "@std/csv/parse";
import type { CutRecord } from "./cut_records.ts";

/** A record of CSV with its cells, or why it has none. */
export interface ParsedRecord {
  readonly record: CutRecord;
  readonly cells: string[] | null;
  readonly fault: string | null;
}

/** Parts records into cells (RFC 4180): all at once, and where one of them is no CSV, one by one. */
export function parseCells(records: readonly CutRecord[], delimiter: string): readonly ParsedRecord[] {
  const good = records.filter(({ fault }) => fault === null);
  const parsed = tryParse(good.map(({ text }) => text).join("\n"), delimiter);
  const together = parsed.length === good.length ? parsed : null;
  let place = 0;
  return records.map((record) => {
    if (record.fault !== null) return { record, cells: null, fault: record.fault };
    if (together !== null) return { record, cells: together[place++]!, fault: null };
    const [cells] = tryParse(record.text, delimiter);
    return {
      record,
      cells: cells ?? null,
      fault: cells ? null : "The line is no CSV: a quotation mark stands where none may be.",
    };
  });
}

function tryParse(text: string, separator: string): string[][] {
  if (text === "") return [];
  try {
    return parse(text, { separator });
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
