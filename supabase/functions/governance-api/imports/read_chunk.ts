import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { parseStorable } from "../http/read_json.ts";
import { type CutRecord, cutRecords } from "./cut_records.ts";
import { decodePart, detectEncoding } from "./encoding.ts";
import { parseCells } from "./parse_cells.ts";
import { type Reading, type ReadingOptions, sniff } from "./sniff.ts";

/** What a chunk ended with. */
export interface Carry {
  readonly text: string;
  /** Base64. */
  readonly bytes: string;
  readonly next_line: number;
}

/** A staged row: the line it begins on, what stands there, and why it cannot be read. */
export type StagedRow = readonly [line: number, raw: unknown, fault: string | null];

/** What a chunk of a file holds. */
export interface ReadChunk {
  /** Null while too little has come to tell. */
  readonly reading: Reading | null;
  readonly rows: readonly StagedRow[];
  readonly carry: Carry;
}

/** Longest text that is kept of a line that cannot be read. */
const MAX_UNREADABLE = 10_000;
export const MAX_COLUMNS = 500;

/**
 * Reads one chunk of a file, of which it is told what the chunk before ended with. Nothing in a file makes it fail: a
 * line that cannot be read becomes a row that says so.
 */
export function readChunk(
  bytes: Uint8Array,
  options: ReadingOptions,
  carry: Carry,
  isLast: boolean,
): ReadChunk {
  const given = concat(decodeBase64(carry.bytes), bytes);
  const encoding = options.encoding ?? detectEncoding(given);
  const { text: decoded, rest: restBytes } = decodePart(given, encoding, isLast);
  const text = carry.text + decoded;
  const known = options.format != null && (options.columns?.length ?? 0) > 0 || options.format === "ndjson";
  if (!known && !isLast && !text.includes("\n") && text.length < 100_000) {
    return {
      reading: null,
      rows: [],
      carry: { text, bytes: encodeBase64(restBytes), next_line: carry.next_line },
    };
  }
  const reading = known ? { ...options, encoding } as Reading : sniff(text, encoding, options);
  const { records, rest, nextLine } = cutRecords(
    text,
    reading.format === "csv" ? reading.delimiter : null,
    carry.next_line,
    isLast,
  );
  // The header is the first record of the file, which is in the chunk that tells how the file is read.
  const body = !known && reading.has_header ? records.slice(1) : records;
  const { rows, columns } = reading.format === "csv" ? csvRows(body, reading) : ndjsonRows(body);
  return {
    reading: { ...reading, columns },
    rows,
    carry: { text: rest, bytes: encodeBase64(restBytes), next_line: nextLine },
  };
}

interface Rows {
  readonly rows: readonly StagedRow[];
  readonly columns: readonly string[];
}

function csvRows(records: readonly CutRecord[], { columns, delimiter }: Reading): Rows {
  const width = columns.length;
  const rows = parseCells(records, delimiter!).map(({ record, cells, fault }): StagedRow => {
    const why = fault ?? unstorable(record.text) ?? (cells === null ? "The line is no CSV." : null);
    if (why !== null || cells === null) return unreadable(record, why ?? "");
    while (cells.length > width && cells.at(-1) === "") cells.pop();
    if (cells.length === width) return [record.line, cells, null];
    return unreadable(record, `The line has ${cells.length} cells; the file has ${width} columns.`);
  });
  return { rows, columns };
}

function ndjsonRows(records: readonly CutRecord[]): Rows {
  const columns = new Set<string>();
  const rows = records.map((record): StagedRow => {
    const why = record.fault ?? unstorable(record.text);
    if (why !== null) return unreadable(record, why);
    const { value, faults } = parseStorable(record.text);
    if (faults.length > 0) return unreadable(record, faults.map(({ message }) => message).join(" "));
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return unreadable(record, "The line is no JSON object.");
    }
    for (const name of Object.keys(value)) if (columns.size < MAX_COLUMNS) columns.add(name);
    return [record.line, value, null];
  });
  return { rows, columns: [...columns] };
}

function unstorable(text: string): string | null {
  if (text.includes("\0")) return "The line holds the character U+0000, which the database cannot store.";
  return text.includes("\ufffd")
    ? "The line holds bytes that are no character in the file's encoding."
    : null;
}

function unreadable({ line, text }: CutRecord, why: string): StagedRow {
  return [line, text.slice(0, MAX_UNREADABLE).replaceAll("\0", "\ufffd").toWellFormed(), why];
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
