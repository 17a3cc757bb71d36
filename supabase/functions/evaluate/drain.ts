import type { ClaimedBatch } from "../../../shared/schema/claim.ts";
import type { Governance } from "../_shared/governance_client.ts";
import type { Log } from "../_shared/log.ts";
import { type RetryOptions, retryUnreachable, SHORT_RETRY } from "../_shared/retry.ts";
import { addCounts, applyVerdicts } from "./apply_verdicts.ts";
import { type Budget, Spending } from "./budget.ts";
import { evaluateBatch } from "../_shared/evaluate_batch.ts";
import { EvaluateCosts } from "./costs.ts";
import { keepLease } from "./lease.ts";
import type { PlanStore } from "../_shared/plan_store.ts";

/** What a drain works with. */
export interface DrainTools {
  readonly governance: Governance;
  readonly plans: PlanStore;
  readonly log: Log;
  readonly batchSize: number;
  readonly budget: Budget;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** True when the platform is about to end this process. */
  readonly isEnding?: () => boolean;
  readonly retry?: RetryOptions;
}

/** What a drain came to. */
export interface DrainReport {
  /** The budget was used before the queue was empty: ring the next. */
  readonly isMoreLeft: boolean;
  readonly claimed: number;
  readonly failed: number;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Claims, evaluates and applies, batch by batch, until nothing is left to claim or the budget is used.
 *
 * @throws {DatabaseCallError} when the database is not reached; what is claimed then is claimed again by others
 */
export async function drain(tools: DrainTools): Promise<DrainReport> {
  const { governance, plans, log } = tools;
  const retry = tools.retry ?? SHORT_RETRY;
  const spending = new Spending(tools.budget, tools.now);
  const costs = new EvaluateCosts();
  let report = { isMoreLeft: false, claimed: 0, failed: 0, counts: {} as Readonly<Record<string, number>> };
  for (;;) {
    const limit = tools.isEnding?.() ? 0 : spending.nextClaim(tools.batchSize);
    if (limit === 0) {
      report = { ...report, isMoreLeft: true };
      break;
    }
    const batch = await retryUnreachable(() => governance.claimChanges(limit, plans.knownVersions()), retry);
    if (batch === null) break;
    spending.claimed(batch.records.length);
    const busyBefore = spending.busyMs;
    const done = await workOnBatch(tools, batch, spending, retry);
    costs.note(batch.entity_type, batch.records.length, spending.busyMs - busyBefore);
    report = {
      ...report,
      claimed: report.claimed + batch.records.length,
      failed: report.failed + done.failed,
      counts: addCounts(report.counts, done.counts),
    };
  }
  if (report.claimed > 0) {
    await costs.report(governance, log);
    log.info("Drained.", {
      ...spending.summary,
      failed: report.failed,
      more: report.isMoreLeft,
      ...report.counts,
    });
  }
  return report;
}

/** Evaluates and applies one claimed batch while its lease is kept. */
async function workOnBatch(
  tools: DrainTools,
  batch: ClaimedBatch,
  spending: Spending,
  retry: RetryOptions,
): Promise<Pick<DrainReport, "failed" | "counts">> {
  const { governance, plans, log } = tools;
  const about = {
    entity_type: batch.entity_type,
    lease_id: batch.lease_id,
    rules_version: batch.rules_version,
  };
  const lease = keepLease(governance, batch.lease_id, batch.lease_seconds, log);
  try {
    const plan = spending.busy(() => plans.planFor(batch));
    if (plan === null) {
      return await giveBack(tools, batch, retry, "The claim came without the rules that it needs.");
    }
    const { verdicts, broken } = await evaluateBatch(plan, batch, {
      lookUp: (values) => retryUnreachable(() => governance.lookUpValues(values), retry),
      busy: (work) => spending.busy(work),
    });
    for (const { key, error } of broken) {
      log.error("A record could not be evaluated.", error, { ...about, record_key: key });
      await retryUnreachable(() => governance.failChanges(batch.lease_id, [key], error), retry);
    }
    const applied = await applyVerdicts({ governance, lease, retry, log }, batch, verdicts);
    if (applied.end === "outdated") {
      return await giveBack(tools, batch, retry, "The rules changed since the claim.");
    }
    if (applied.end === "lost") log.info("The lease is lost: others have the records now.", about);
    return { failed: broken.length + applied.failed, counts: applied.counts };
  } finally {
    lease.stop();
  }
}

/** Gives a batch back that was judged by the wrong rules; the next claim brings the right ones. */
async function giveBack(
  { governance, plans, log }: DrainTools,
  batch: ClaimedBatch,
  retry: RetryOptions,
  why: string,
): Promise<Pick<DrainReport, "failed" | "counts">> {
  log.info(why, { entity_type: batch.entity_type, lease_id: batch.lease_id });
  plans.forget(batch.entity_type);
  await retryUnreachable(() => governance.releaseChanges(batch.lease_id), retry);
  return { failed: 0, counts: {} };
}
