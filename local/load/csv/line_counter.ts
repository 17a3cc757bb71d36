/**
 * Says on which line of the file each record of a CSV stream begins.
 *
 * `CsvParseStream` skips empty lines and counts a quoted line break as none, so its own numbers drift; what passes
 * through here on the way to the parser keeps them right.
 */
export class LineCounter extends TransformStream<string, string> {
  #emptyLines: number[] = [];
  #next = 1;

  constructor() {
    let line = 1;
    let lineIsEmpty = true;
    let quoted = false;
    super({
      transform: (chunk, controller) => {
        for (const char of chunk) {
          if (char === '"') quoted = !quoted;
          if (char === "\n") {
            if (lineIsEmpty && !quoted) this.#emptyLines.push(line);
            line++;
            lineIsEmpty = true;
          } else if (char !== "\r") lineIsEmpty = false;
        }
        controller.enqueue(chunk);
      },
    });
  }

  /** The line on which the next record begins. */
  get next(): number {
    while (this.#emptyLines[0] === this.#next) {
      this.#emptyLines.shift();
      this.#next++;
    }
    return this.#next;
  }

  /** Takes note of a record that has been read. */
  advance(fields: readonly string[]): void {
    this.#next = this.next + 1 +
      fields.reduce((breaks, field) => breaks + (field.match(/\n/g)?.length ?? 0), 0);
  }
}
