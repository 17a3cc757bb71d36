/** Shows how far a long piece of work is, on standard error: a bar on a terminal, plain lines elsewhere. */
export class Progress {
  #done = 0;
  #started = performance.now();
  #drawn = 0;

  constructor(
    readonly label: string,
    readonly total: number,
    readonly isTerminal: boolean = Deno.stderr.isTerminal(),
  ) {}

  /** More is done. */
  advance = (count: number): void => this.set(this.#done + count);

  /** So much is done. */
  set(done: number): void {
    this.#done = done;
    if (!this.isTerminal || performance.now() - this.#drawn < 50) return;
    this.#drawn = performance.now();
    print(`\r\x1b[K${this.#bar()}`);
  }

  /** Ends it with its last line. */
  end(): void {
    print(
      this.isTerminal
        ? `\r\x1b[K${this.#bar()}\n`
        : `${this.label}: ${format(this.#done)} of ${format(this.total)}\n`,
    );
  }

  #bar(): string {
    const share = this.total === 0 ? 1 : Math.min(1, this.#done / this.total);
    const filled = Math.round(share * 24);
    const seconds = (performance.now() - this.#started) / 1000;
    const rate = seconds > 0.5 ? `  ${format(Math.round(this.#done / seconds))}/s` : "";
    const bar = "█".repeat(filled) + "░".repeat(24 - filled);
    return `${this.label.padEnd(10)} ${bar} ${format(this.#done)} of ${format(this.total)}${rate}`;
  }
}

/** A number with a comma between thousands. */
export function format(value: number): string {
  return value.toLocaleString("en-US");
}

function print(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
