import { CsvParseStream } from "@std/csv/parse-stream";
import { InputError } from "../input_error.ts";
import { LineCounter } from "./line_counter.ts";

/** One record of a CSV file by column name. */
export interface CsvRow {
  /** The line of the file on which it begins, counted from 1. */
  readonly line: number;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Reads a CSV file (RFC 4180, UTF-8, first line names the columns) record by record.
 *
 * Throws {@linkcode InputError}, naming file, line and column, when the file cannot be read, lacks one of `columns`, or
 * has a line that is not CSV. Columns that nobody asked for are passed over.
 */
export async function* readCsv(
  path: string,
  name: string,
  columns: readonly string[],
): AsyncGenerator<CsvRow> {
  const lines = new LineCounter();
  const records = (await openFile(path, name))
    .pipeThrough(new TextDecoderStream("utf-8", { fatal: true }) as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(lines)
    .pipeThrough(new CsvParseStream() as ReadableWritablePair<string[], string>);
  let places: ReadonlyMap<string, number> | undefined;
  let width = 0;
  try {
    for await (const fields of records) {
      const line = lines.next;
      lines.advance(fields);
      if (places === undefined) {
        places = placesOf(fields, name, columns);
        width = fields.length;
        continue;
      }
      if (fields.length !== width) {
        throw new InputError(
          name,
          `has ${fields.length} fields where the first line names ${width} columns`,
          line,
        );
      }
      yield {
        line,
        values: Object.fromEntries(columns.map((column) => [column, fields[places!.get(column)!] ?? ""])),
      };
    }
  } catch (error) {
    throw explain(error, name, lines.next);
  }
  if (places === undefined) throw new InputError(name, "is empty: its first line must name the columns");
}

async function openFile(path: string, name: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  try {
    return (await Deno.open(path)).readable;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new InputError(name, `is missing: there is no ${path}`);
    throw new InputError(name, `cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function placesOf(
  header: readonly string[],
  name: string,
  columns: readonly string[],
): ReadonlyMap<string, number> {
  const names = header.map((column) => column.trim());
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new InputError(name, `has no column ${list(missing)}; its columns are ${list(names)}`, 1);
  }
  const twice = columns.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice.length > 0) throw new InputError(name, `names the column ${list(twice)} twice`, 1);
  return new Map(columns.map((column) => [column, names.indexOf(column)]));
}

function explain(error: unknown, name: string, line: number): unknown {
  if (error instanceof SyntaxError) {
    const [, column, what] = /column (\d+): (.*)$/.exec(error.message) ?? [];
    return new InputError(name, column ? `is no CSV at character ${column}: ${what}` : error.message, line);
  }
  if (error instanceof TypeError) return new InputError(name, "is not UTF-8 text", line);
  return error;
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
