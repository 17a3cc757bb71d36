/** An in-memory stand-in for the database, for what a real one cannot be made to do: answer late, refuse, disappear. */
import { type ClaimedBatch, claimedBatchSchema, type Lookups } from "../../../shared/schema/claim.ts";
import type { Applied, Verdict } from "../../../shared/schema/verdict.ts";
import {
  type CallFailure,
  DatabaseCallError,
} from "../../../supabase/functions/_shared/database_call_error.ts";
import type { Governance } from "../../../supabase/functions/_shared/governance_client.ts";
import type { Log } from "../../../supabase/functions/_shared/log.ts";
import type { RetryOptions } from "../../../supabase/functions/_shared/retry.ts";
import { drain, type DrainTools } from "../../../supabase/functions/evaluate/drain.ts";
import { PlanStore } from "../../../supabase/functions/_shared/plan_store.ts";

export const silent: Log = { info: () => {}, error: () => {} };
export const noWait: RetryOptions = { delaysMs: [0, 0], sleep: () => Promise.resolve() };

/** A call that fails as the database would fail it. */
export function failure(kind: CallFailure, name = "apply_verdicts"): DatabaseCallError {
  return new DatabaseCallError(name, kind, "", `it is ${kind}`);
}

/** A batch as `claim_changes` answers it, with a rule that wants every record's name filled. */
export function batch(keys: readonly string[], parts: Record<string, unknown> = {}): ClaimedBatch {
  return claimedBatchSchema.parse({
    lease_id: "lease",
    lease_seconds: 60,
    entity_type: "lead",
    rules_version: "1",
    rules: [{
      id: "rule-1",
      rule_key: "needs-name",
      version: 1,
      org_id: null,
      enforcement: "issue",
      severity: "low",
      status: "active",
      applies_when: null,
      condition: { combinator: "and", rules: [{ field: "name", operator: "isFilled" }] },
      message: "No name.",
      fix: null,
    }],
    classes: { name: "text", born: "date" },
    now: "2026-11-23T10:00:00.000000Z",
    lookups: {},
    normalizer_maps: {},
    records: keys.map((key) => record(key)),
    more: true,
    ...parts,
  });
}

/** A record of such a batch, as it comes over the wire. */
export function record(key: string, fields: Record<string, unknown> = { name: null, born: null }): unknown {
  return {
    key,
    token: 1,
    queue_ids: ["1"],
    event_id: null,
    org_id: "org",
    exists: true,
    verify_only: false,
    default_country: null,
    fields,
    dangling: [],
  };
}

/** Hands out batches, and notes everything that it is asked. */
export class FakeGovernance implements Governance {
  readonly applied: string[][] = [];
  readonly failed: string[] = [];
  readonly released: string[] = [];
  readonly limits: number[] = [];
  readonly known: Readonly<Record<string, string>>[] = [];
  readonly costs: (readonly [entityType: string, records: number])[] = [];
  rings = 0;
  heartbeats = 0;
  /** What a test wants to happen when verdicts are applied. */
  onApply: (keys: readonly string[], verdicts: readonly Verdict[]) => Applied | Promise<Applied> = () => ({});
  onClaim: () => void | Promise<void> = () => {};
  isLeaseHeld = true;

  constructor(readonly batches: ClaimedBatch[]) {}

  async claimChanges(limit: number, known: Readonly<Record<string, string>>): Promise<ClaimedBatch | null> {
    this.limits.push(limit);
    this.known.push(known);
    await this.onClaim();
    return this.batches.shift() ?? null;
  }

  heartbeat(): Promise<boolean> {
    this.heartbeats++;
    return Promise.resolve(this.isLeaseHeld);
  }

  async applyVerdicts(_batch: ClaimedBatch, verdicts: readonly Verdict[]): Promise<Applied> {
    const keys = verdicts.map((verdict) => verdict.key);
    const answer = await this.onApply(keys, verdicts);
    this.applied.push(keys);
    return answer;
  }

  failChanges(_leaseId: string, keys: readonly string[]): Promise<void> {
    this.failed.push(...keys);
    return Promise.resolve();
  }

  lookUpValues(): Promise<Lookups> {
    return Promise.resolve(new Map());
  }

  releaseChanges(leaseId: string): Promise<void> {
    this.released.push(leaseId);
    return Promise.resolve();
  }

  noteCost(entityType: string, records: number, _busyMs: number): Promise<void> {
    this.costs.push([entityType, records]);
    return Promise.resolve();
  }

  ringDoorbell(): Promise<void> {
    this.rings++;
    return Promise.resolve();
  }
}

/** Drains a fake with an ample budget. */
export function drainFake(governance: Governance, tools: Partial<DrainTools> = {}) {
  return drain({
    governance,
    plans: new PlanStore(() => {}),
    log: silent,
    batchSize: 100,
    budget: { records: 1000, wallMs: 60_000, busyMs: 60_000 },
    now: () => performance.now(),
    retry: noWait,
    ...tools,
  });
}
