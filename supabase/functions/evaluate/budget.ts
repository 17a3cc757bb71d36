/** What one call may use. */
export interface Budget {
  readonly records: number;
  readonly wallMs: number;
  /** Time spent evaluating, which is what uses CPU. */
  readonly busyMs: number;
}

/** What one call has used of its budget. */
export class Spending {
  readonly #startedAt: number;
  #records = 0;
  #busyMs = 0;

  constructor(readonly budget: Budget, readonly now: () => number) {
    this.#startedAt = now();
  }

  /** How many records the next claim may ask for; 0: the budget is used. */
  nextClaim(batchSize: number): number {
    const isOver = this.now() - this.#startedAt >= this.budget.wallMs || this.#busyMs >= this.budget.busyMs;
    return isOver ? 0 : Math.max(0, Math.min(batchSize, this.budget.records - this.#records));
  }

  /** Notes a claim: it counts, whatever becomes of it, so that no failure can make a call endless. */
  claimed(records: number): void {
    this.#records += Math.max(1, records);
  }

  /** Runs work that uses CPU, and notes its time. */
  busy<T>(work: () => T): T {
    const from = this.now();
    try {
      return work();
    } finally {
      this.#busyMs += this.now() - from;
    }
  }

  /** How long work that uses CPU took. */
  get busyMs(): number {
    return this.#busyMs;
  }

  /** For the log. */
  get summary(): { records: number; busy_ms: number; wall_ms: number } {
    return {
      records: this.#records,
      busy_ms: Math.round(this.#busyMs),
      wall_ms: Math.round(this.now() - this.#startedAt),
    };
  }
}
