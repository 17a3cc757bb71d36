import type { Log } from "../_shared/log.ts";
import { type RetryOptions, retryUnreachable, SHORT_RETRY } from "../_shared/retry.ts";
import type { Reconciliation } from "./reconcile_client.ts";

/** What a call works with. */
export interface AdvanceTools {
  readonly reconciliation: Reconciliation;
  readonly log: Log;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** How long one call may go on. The database works; this only waits. */
  readonly wallMs: number;
  readonly isEnding?: () => boolean;
  readonly retry?: RetryOptions;
}

/**
 * Advances runs chunk by chunk until none waits or the time of a call is used.
 *
 * @throws {DatabaseCallError} when the database is not reached; the run goes on from its last chunk when it is
 */
export async function advanceRuns(tools: AdvanceTools): Promise<{ readonly isMoreLeft: boolean }> {
  const { reconciliation, log, now, wallMs, isEnding, retry = SHORT_RETRY } = tools;
  const startedAt = now();
  while (now() - startedAt < wallMs && !isEnding?.()) {
    const advanced = await retryUnreachable(() => reconciliation.advance(), retry);
    if (advanced === null) return { isMoreLeft: false };
    const about = { run_id: advanced.run_id, job: advanced.job };
    if (advanced.status === "succeeded") log.info("Reconciled.", { ...about, ...advanced.counts });
    if (advanced.status === "failed") log.error("A run failed.", advanced.error, about);
  }
  return { isMoreLeft: true };
}
