import { DatabaseCallError } from "./database_call_error.ts";

/** How often, and how long to wait before each further try. */
export interface RetryOptions {
  readonly delaysMs: readonly number[];
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** A few tries within two seconds: longer outages are the lease's business. */
export const SHORT_RETRY: RetryOptions = {
  delaysMs: [100, 400, 1200],
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Calls again while the database is not reached; what it refuses is not asked twice. */
export async function retryUnreachable<T>(
  call: () => Promise<T>,
  options: RetryOptions = SHORT_RETRY,
): Promise<T> {
  for (const delay of options.delaysMs) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof DatabaseCallError) || error.failure !== "unreachable") throw error;
      await options.sleep(delay);
    }
  }
  return await call();
}
