import { delay } from "@std/async/delay";

/** Something that runs in the background until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

/** What a background loop gets to work with. */
export interface LoopContext {
  /** Aborted by {@linkcode Running.stop}. */
  readonly signal: AbortSignal;
  /** Ends the present or the next {@linkcode LoopContext.wait}. */
  readonly wake: () => void;
  /** Sleeps until the time is over, or something called `wake` since the last sleep. */
  wait(milliseconds: number): Promise<void>;
}

/** A loop and what belongs to it. */
export interface LoopOptions {
  readonly name: string;
  readonly log: (message: string) => void;
  /** Runs until `signal` is aborted. Where it throws, as when Postgres goes away, it is run again after a moment. */
  run(context: LoopContext): Promise<void>;
  readonly close?: () => void;
}

/** Runs a loop until it is stopped, and again when it fails. */
export function keepRunning({ name, log, run, close }: LoopOptions): Running {
  const controller = new AbortController();
  const { signal } = controller;
  let woken = false;
  let endWait: (() => void) | undefined;
  const wake = () => {
    woken = true;
    endWait?.();
  };
  signal.addEventListener("abort", wake, { once: true });

  async function wait(milliseconds: number): Promise<void> {
    if (!woken) {
      const timer = new AbortController();
      endWait = () => timer.abort();
      await delay(milliseconds, { signal: timer.signal }).catch(() => {});
      endWait = undefined;
    }
    woken = signal.aborted;
  }

  const ended = (async () => {
    let lastMessage = "";
    while (!signal.aborted) {
      try {
        await run({ signal, wake, wait });
      } catch (error) {
        if (signal.aborted) break;
        const message = error instanceof Error ? error.message || error.name : String(error);
        if (message !== lastMessage) log(`${name}: ${message}`);
        lastMessage = message;
        await delay(250, { signal }).catch(() => {});
      }
    }
    close?.();
  })();
  return {
    async stop() {
      controller.abort();
      await ended;
    },
  };
}
