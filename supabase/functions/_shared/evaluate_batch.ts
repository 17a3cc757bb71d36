import { evaluateRecord, type RulePlan } from "../../../shared/rules/mod.ts";
import { type ClaimedBatch, claimedRecordSchema } from "../../../shared/schema/claim.ts";
import type { Verdict } from "../../../shared/schema/verdict.ts";
import { describeError } from "./log.ts";

/** What became of a batch: verdicts, and the records that broke, each alone. */
export interface BatchVerdicts {
  readonly verdicts: readonly Verdict[];
  readonly broken: readonly { readonly key: string; readonly error: string }[];
}

/** Evaluates a batch record by record, so that one that breaks takes no other with it. */
export function evaluateBatch(plan: RulePlan, batch: ClaimedBatch): BatchVerdicts {
  const context = { lookups: batch.lookups, normalizerMaps: batch.normalizer_maps, moments: batch.moments };
  const verdicts: Verdict[] = [];
  const broken: { key: string; error: string }[] = [];
  for (const raw of batch.records) {
    try {
      verdicts.push(evaluateRecord(plan, claimedRecordSchema.parse(raw), context));
    } catch (error) {
      broken.push({ key: keyOf(raw), error: describeError(error) });
    }
  }
  return { verdicts, broken };
}

function keyOf(raw: unknown): string {
  const key = typeof raw === "object" && raw !== null && "key" in raw ? raw.key : undefined;
  if (typeof key !== "string") throw new TypeError("A claimed record has no key.");
  return key;
}
