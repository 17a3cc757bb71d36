import { join } from "@std/path";
import { readCsv } from "./csv/read_csv.ts";
import { InputError, InputErrors } from "./input_error.ts";
import { type ExportPart, type ExportRow, salesExport } from "./sales_export.ts";

/** A row with the line it stands on. */
export interface ReadRow<Part extends ExportPart> {
  readonly line: number;
  readonly row: ExportRow<Part>;
}

/** Reads one file of the export row by row. Throws {@linkcode InputErrors} with all faults of the first bad row. */
export async function* readPart<Part extends ExportPart>(
  dir: string,
  part: Part,
): AsyncGenerator<ReadRow<Part>> {
  const { file, row: schema } = salesExport[part];
  for await (const { line, values } of readCsv(join(dir, file), file, Object.keys(schema.shape))) {
    const parsed = schema.safeParse(values);
    if (!parsed.success) {
      throw new InputErrors(
        parsed.error.issues.map((issue) => new InputError(file, issue.message, line, String(issue.path[0]))),
      );
    }
    yield { line, row: parsed.data as ExportRow<Part> };
  }
}
