import { evaluateRecord, type OpenQuestion, type RulePlan } from "../../../shared/rules/mod.ts";
import { type ClaimedBatch, claimedRecordSchema, type Lookups } from "../../../shared/schema/claim.ts";
import type { Verdict } from "../../../shared/schema/verdict.ts";
import { describeError } from "./log.ts";

/** What became of a batch: verdicts, and the records that broke, each alone. */
export interface BatchVerdicts {
  readonly verdicts: readonly Verdict[];
  readonly broken: readonly { readonly key: string; readonly error: string }[];
}

/** What evaluating works with. */
export interface EvaluationTools {
  /** Asks the reference sets about values that fixes have just made: `[set, organization, value]` each. */
  lookUp(values: readonly LookedUpValue[]): Promise<Lookups>;
  /** Runs what computes, to measure it. */
  readonly busy?: <T>(work: () => T) => T;
}

/** Reference set, organization, value. */
export type LookedUpValue = readonly [setKey: string, orgId: string, value: string];

/**
 * Evaluates a batch record by record, so that one that breaks takes no other with it. Records whose fixes made values
 * that rules look up are evaluated again when those are known: one call for all of them, until nothing new is asked.
 */
export async function evaluateBatch(
  plan: RulePlan,
  batch: ClaimedBatch,
  { lookUp, busy = (work) => work() }: EvaluationTools,
): Promise<BatchVerdicts> {
  const verdicts: Verdict[] = [];
  const broken: { key: string; error: string }[] = [];
  const asked = new Set<string>();
  let lookups = batch.lookups;
  let left = batch.records;
  for (;;) {
    const round = busy(() => evaluateRound(plan, { ...batch, records: left, lookups }, asked));
    verdicts.push(...round.verdicts);
    broken.push(...round.broken);
    if (round.open.length === 0) return { verdicts, broken };
    lookups = mergeLookups(lookups, await lookUp(round.values));
    left = round.open;
  }
}

/** One pass over records; those that ask something new stay open, and what they ask is asked from then on. */
function evaluateRound(plan: RulePlan, batch: ClaimedBatch, asked: Set<string>) {
  const context = { lookups: batch.lookups, normalizerMaps: batch.normalizer_maps, moments: batch.moments };
  const verdicts: Verdict[] = [];
  const broken: { key: string; error: string }[] = [];
  const open: unknown[] = [];
  const values = new Map<string, LookedUpValue>();
  for (const raw of batch.records) {
    const questions: OpenQuestion[] = [];
    let verdict: Verdict | undefined;
    let error: unknown;
    try {
      verdict = evaluateRecord(plan, claimedRecordSchema.parse(raw), context, questions);
    } catch (thrown) {
      error = thrown;
    }
    const fresh = questions.map(({ setKey, orgId, value }): LookedUpValue => [setKey, orgId, value])
      .filter((value) => !asked.has(JSON.stringify(value)));
    for (const value of fresh) values.set(JSON.stringify(value), value);
    if (fresh.length > 0) open.push(raw);
    else if (verdict !== undefined) verdicts.push(verdict);
    else broken.push({ key: keyOf(raw), error: describeError(error) });
  }
  for (const value of values.keys()) asked.add(value);
  return { verdicts, broken, open, values: [...values.values()] };
}

function mergeLookups(known: Lookups, found: Lookups): Lookups {
  const merged = new Map(known);
  for (const [setKey, organizations] of found) {
    const bySet = new Map(merged.get(setKey));
    for (const [orgId, values] of organizations) {
      bySet.set(orgId, new Map([...bySet.get(orgId) ?? [], ...values]));
    }
    merged.set(setKey, bySet);
  }
  return merged;
}

function keyOf(raw: unknown): string {
  const key = typeof raw === "object" && raw !== null && "key" in raw ? raw.key : undefined;
  if (typeof key !== "string") throw new TypeError("A claimed record has no key.");
  return key;
}
