/** Where something stands in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a rule's file. */
export interface FileFault extends Place {
  /** The file's path below the folder of rules. */
  readonly file: string;
  readonly message: string;
}

/** As compilers write it, so that editors and CI make a link of it. */
export function formatFault({ file, line, column, message }: FileFault): string {
  return `${file}:${line}:${column}: ${message}`;
}

/** By file, then by place. */
export function sortFaults(faults: readonly FileFault[]): FileFault[] {
  return faults.toSorted((a, b) =>
    (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column
  );
}
