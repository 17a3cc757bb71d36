import { join } from "@std/path";
import { readCsv } from "./csv/read_csv.ts";
import { InputError, InputErrors } from "./input_error.ts";
import { type ExportPart, salesExport } from "./sales_export.ts";

/** How many rows each file of the export has. */
export type ExportCounts = Readonly<Record<ExportPart, number>>;

const shownErrors = 20;

/**
 * Reads the whole export once, so that nothing is written when something in it is wrong.
 *
 * Throws {@linkcode InputErrors} with every fault: a file or column that is missing, a line that is no CSV, a value of the
 * wrong type, an empty or repeated key. Rows are not kept.
 */
export async function checkExport(dir: string): Promise<ExportCounts> {
  const errors: InputError[] = [];
  const counts: Record<ExportPart, number> = { accounts: 0, products: 0, teams: 0, pipeline: 0 };
  for (const part of Object.keys(salesExport) as ExportPart[]) {
    try {
      counts[part] = await checkPart(dir, part, errors);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new InputErrors(errors.slice(0, shownErrors), errors.length);
  return counts;
}

async function checkPart(dir: string, part: ExportPart, errors: InputError[]): Promise<number> {
  const { file, key, row: schema } = salesExport[part];
  const seen = new Map<string, number>();
  let rows = 0;
  for await (const { line, values } of readCsv(join(dir, file), file, Object.keys(schema.shape))) {
    rows++;
    const parsed = schema.safeParse(values);
    for (const issue of parsed.error?.issues ?? []) {
      errors.push(new InputError(file, issue.message, line, String(issue.path[0])));
    }
    const value = values[key] ?? "";
    const before = seen.get(value);
    if (before !== undefined && value !== "") {
      errors.push(new InputError(file, `is "${value}", which line ${before} has already`, line, key));
    }
    seen.set(value, before ?? line);
  }
  return rows;
}
