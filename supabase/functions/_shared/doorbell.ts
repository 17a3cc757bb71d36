import type { Log } from "./log.ts";

/** What a doorbell sets going. */
export interface DoorbellTools {
  /** Works until nothing is left, or until the budget of a call is used. */
  readonly drain: () => Promise<{ readonly isMoreLeft: boolean }>;
  readonly ringNext: () => Promise<void>;
  readonly log: Log;
}

/**
 * One drain at a time in this process. A ring during a drain starts no competitor, but is never lost: another drain
 * follows, with a budget of its own, because the ring was a call of its own.
 */
export class Doorbell {
  #running: Promise<void> | null = null;
  #again = false;

  constructor(readonly tools: DoorbellTools) {}

  /** Resolves when the drain that serves this ring is over; never rejects. */
  ring(): Promise<void> {
    if (this.#running === null) this.#running = this.#run();
    else this.#again = true;
    return this.#running;
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      await this.#drainOnce();
      // No await between this look and the end: a ring either is seen here, or finds nothing running.
    } while (this.#again);
    this.#running = null;
  }

  async #drainOnce(): Promise<void> {
    const { drain, ringNext, log } = this.tools;
    try {
      const report = await drain();
      if (report.isMoreLeft && !this.#again) await ringNext();
    } catch (error) {
      // The queue keeps what was not done: leases expire, and the scheduled drain comes by.
      log.error("The drain stopped.", error);
    }
  }
}
