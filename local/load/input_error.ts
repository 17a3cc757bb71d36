/** One thing that is wrong with the files to import, said so that a person finds the place. */
export class InputError extends Error {
  override readonly name = "InputError";

  /** `file` is the file's name, `line` counts from 1, `column` is the column's name. */
  constructor(
    readonly file: string,
    readonly reason: string,
    readonly line?: number,
    readonly column?: string,
  ) {
    const place = [file, line && `line ${line}`, column && `column "${column}"`].filter(Boolean).join(", ");
    super(`${place} ${reason}.`);
  }
}

/** All that is wrong with the files to import. Nothing has been written. */
export class InputErrors extends Error {
  override readonly name = "InputErrors";

  constructor(readonly errors: readonly InputError[], readonly total: number = errors.length) {
    const more = total > errors.length ? [`… and ${total - errors.length} more.`] : [];
    super(["Nothing was imported:", ...errors.map((error) => `  ${error.message}`), ...more].join("\n"));
  }
}
