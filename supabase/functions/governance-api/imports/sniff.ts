import type { Encoding } from "./encoding.ts";
import { parseCells } from "./parse_cells.ts";
import { cutRecords } from "./cut_records.ts";

export const DELIMITERS = [",", ";", "\t", "|"] as const;
export type Delimiter = typeof DELIMITERS[number];
export const FORMATS = ["csv", "ndjson"] as const;
export type Format = typeof FORMATS[number];

/** How a file is read: what was said of it, and what its beginning shows. */
export interface Reading {
  readonly format: Format;
  readonly encoding: Encoding;
  readonly delimiter: Delimiter | null;
  readonly has_header: boolean | null;
  readonly columns: readonly string[];
}

/** What whoever imports has said of a file. */
export type ReadingOptions = Partial<{ [Part in keyof Reading]: Reading[Part] | null }>;

const SAMPLE = 50;

/** How a text is read, from its beginning, where nobody has said so. Columns of CSV are those of its first record. */
export function sniff(text: string, encoding: Encoding, options: ReadingOptions): Reading {
  const format = options.format ?? (looksLikeNdjson(text) ? "ndjson" : "csv");
  if (format === "ndjson") return { format, encoding, delimiter: null, has_header: null, columns: [] };
  const delimiter = options.delimiter ?? detectDelimiter(text);
  const [first = [], second] = sampleRows(text, delimiter);
  const has_header = options.has_header ?? looksLikeHeader(first, second);
  return {
    format,
    encoding,
    delimiter,
    has_header,
    columns: nameColumns(has_header ? first : first.map(() => "")),
  };
}

function looksLikeNdjson(text: string): boolean {
  const [line = ""] = text.trimStart().split("\n", 1);
  if (!line.startsWith("{")) return false;
  try {
    return typeof JSON.parse(line) === "object";
  } catch {
    return false;
  }
}

/** The delimiter that parts most records of the beginning into the same number of cells, and into more than one. */
export function detectDelimiter(text: string): Delimiter {
  let best: Delimiter = ",";
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const widths = sampleRows(text, delimiter).map((row) => row.length);
    const usual = mostFrequent(widths);
    if (usual < 2) continue;
    const score = widths.filter((width) => width === usual).length / widths.length +
      Math.min(usual, 100) / 1000;
    if (score > bestScore) [best, bestScore] = [delimiter, score];
  }
  return best;
}

function sampleRows(text: string, delimiter: Delimiter): readonly string[][] {
  const { records } = cutRecords(text.slice(0, 200_000), delimiter, 1, true);
  return parseCells(records.slice(0, SAMPLE), delimiter).flatMap(({ cells }) =>
    cells === null ? [] : [cells]
  );
}

function mostFrequent(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}

/** Names are filled, no two are alike, and none is a number, a date or an address. */
function looksLikeHeader(first: readonly string[], second: readonly string[] | undefined): boolean {
  const names = first.map((name) => name.trim().toLowerCase());
  const isName = (name: string) => name !== "" && !/^[+-]?[\d.,/:\s-]+%?$/.test(name) && !name.includes("@");
  // Exports often end their lines with a delimiter.
  while (names.length > 1 && names.at(-1) === "" && (second?.at(-1) ?? "") === "") names.pop();
  return names.every(isName) && new Set(names).size === names.length;
}

/** Every column has a name, and no two the same. */
export function nameColumns(header: readonly string[]): string[] {
  const taken = new Set<string>();
  const cells = [...header];
  while (cells.length > 1 && header.some((cell) => cell.trim() !== "") && cells.at(-1)!.trim() === "") {
    cells.pop();
  }
  return cells.map((cell, place) => {
    const base = cell.trim().slice(0, 200) || `column ${place + 1}`;
    let name = base;
    for (let copy = 2; taken.has(name); copy++) name = `${base} (${copy})`;
    taken.add(name);
    return name;
  });
}
