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
 * wrong type, an empty key. Rows are not kept.
 */
export async function checkExport(dir: string): Promise<ExportCounts> {
  const faults = new Faults();
  const counts: Record<ExportPart, number> = { accounts: 0, products: 0, teams: 0, pipeline: 0 };
  for (const part of Object.keys(salesExport) as ExportPart[]) {
    try {
      counts[part] = await checkPart(dir, part, faults);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.add(error);
    }
  }
  if (faults.total > 0) throw new InputErrors(faults.first, faults.total);
  return counts;
}

async function checkPart(dir: string, part: ExportPart, faults: Faults): Promise<number> {
  const { file, row: schema } = salesExport[part];
  let rows = 0;
  for await (const { line, values } of readCsv(join(dir, file), file, Object.keys(schema.shape))) {
    rows++;
    const parsed = schema.safeParse(values);
    for (const issue of parsed.error?.issues ?? []) {
      faults.add(new InputError(file, issue.message, line, String(issue.path[0])));
    }
  }
  return rows;
}

/** Counts all faults and keeps the first. */
class Faults {
  readonly first: InputError[] = [];
  total = 0;

  add(error: InputError): void {
    this.total++;
    if (this.first.length < shownErrors) this.first.push(error);
  }
}
