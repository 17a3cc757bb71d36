interface EdgeRuntimeLike {
  waitUntil(work: Promise<unknown>): unknown;
}

const tracked = new Set<Promise<void>>();

/**
 * Lets work go on after the answer. Where the platform has `EdgeRuntime.waitUntil` it keeps the process for it;
 * elsewhere the promise is only tracked. What the work throws goes to `onError`.
 */
export function runInBackground(work: Promise<unknown>, onError: (error: unknown) => void): void {
  const settled: Promise<void> = work.then(() => {}, onError).finally(() => tracked.delete(settled));
  tracked.add(settled);
  (globalThis as { EdgeRuntime?: EdgeRuntimeLike }).EdgeRuntime?.waitUntil(settled);
}

/** Resolves when all background work that has begun so far is done. */
export async function backgroundSettled(): Promise<void> {
  while (tracked.size > 0) await Promise.all(tracked);
}
