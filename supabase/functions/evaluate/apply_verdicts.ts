import type { ClaimedBatch } from "../../../shared/schema/claim.ts";
import type { Applied, Verdict } from "../../../shared/schema/verdict.ts";
import { DatabaseCallError } from "../_shared/database_call_error.ts";
import type { Governance } from "../_shared/governance_client.ts";
import { type RetryOptions, retryUnreachable } from "../_shared/retry.ts";
import type { Log } from "../_shared/log.ts";
import type { Lease } from "./lease.ts";

/** What applying a batch works with. */
export interface ApplyTools {
  readonly governance: Governance;
  readonly lease: Lease;
  readonly retry: RetryOptions;
  readonly log: Log;
}

/** How applying a batch ended. */
export type ApplyEnd = "applied" | "outdated" | "lost";

/** What applying a batch came to. */
export interface ApplyReport {
  readonly end: ApplyEnd;
  /** Sums over the calls. */
  readonly counts: Readonly<Record<string, number>>;
  readonly failed: number;
}

/**
 * Applies verdicts with one call. What the database refuses is halved, until the record that it refuses alone is known
 * and reported as failed.
 *
 * @throws {DatabaseCallError} when the database is not reached: the lease expires, and the batch is claimed again
 */
export async function applyVerdicts(
  tools: ApplyTools,
  batch: ClaimedBatch,
  verdicts: readonly Verdict[],
): Promise<ApplyReport> {
  const { governance, lease, retry, log } = tools;
  if (lease.isLost) return { end: "lost", counts: {}, failed: 0 };
  if (verdicts.length === 0) return { end: "applied", counts: {}, failed: 0 };
  try {
    const applied = await retryUnreachable(() => governance.applyVerdicts(batch, verdicts), retry);
    return { end: applied.outdated ? "outdated" : "applied", counts: countsOf(applied), failed: 0 };
  } catch (error) {
    if (!(error instanceof DatabaseCallError) || error.failure !== "refused") throw error;
    const [only] = verdicts;
    if (verdicts.length === 1 && only !== undefined) {
      log.error("A verdict was refused.", error, { entity_type: batch.entity_type, record_key: only.key });
      await retryUnreachable(() => governance.failChanges(batch.lease_id, [only.key], error.message), retry);
      return { end: "applied", counts: {}, failed: 1 };
    }
  }
  const half = Math.ceil(verdicts.length / 2);
  const first = await applyVerdicts(tools, batch, verdicts.slice(0, half));
  if (first.end !== "applied") return first;
  const second = await applyVerdicts(tools, batch, verdicts.slice(half));
  return {
    end: second.end,
    counts: addCounts(first.counts, second.counts),
    failed: first.failed + second.failed,
  };
}

function countsOf(applied: Applied): Record<string, number> {
  return Object.fromEntries(
    Object.entries(applied).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}

/** Sums two reports' counts. */
export function addCounts(
  left: Readonly<Record<string, number>>,
  right: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...left };
  for (const [name, count] of Object.entries(right)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
