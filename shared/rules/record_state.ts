import type {
  ClaimedRecord,
  Lookup,
  Lookups,
  MatchCounts,
  Moments,
  NormalizerMaps,
} from "../schema/claim.ts";
import type { FieldValue } from "../schema/json_patch.ts";
import type { FixView } from "./record_view.ts";

/** What is the same for all records of a batch. */
export interface BatchContext {
  readonly lookups: Lookups;
  readonly normalizerMaps: NormalizerMaps;
  readonly moments: Moments;
}

/** What a rule wanted to know of a value that nobody had looked up, because a fix has just made it. */
export interface OpenQuestion {
  readonly setKey: string;
  readonly orgId: string;
  readonly value: string;
}

/** One record as it was delivered, with the values that fixes have given it in memory since. */
export class RecordState implements FixView {
  readonly #fixed = new Map<string, FieldValue>();

  /** @param openQuestions where openQuestions go that the delivered lookups do not answer */
  constructor(
    readonly record: ClaimedRecord,
    readonly context: BatchContext,
    readonly openQuestions: OpenQuestion[],
  ) {}

  get defaultCountry(): string | null {
    return this.record.default_country;
  }

  get normalizerMaps(): NormalizerMaps {
    return this.context.normalizerMaps;
  }

  value(field: string): FieldValue | undefined {
    const fixed = this.#fixed.get(field);
    return fixed === undefined ? this.record.fields.get(field) : fixed;
  }

  set(field: string, value: FieldValue): void {
    this.#fixed.set(field, value);
  }

  isDangling(relation: string): boolean {
    return this.record.dangling.includes(relation);
  }

  groupSize(ruleId: string): number {
    return this.record.groups.get(ruleId) ?? 1;
  }

  /** The same record, to try things on. */
  copy(): RecordState {
    const copy = new RecordState(this.record, this.context, this.openQuestions);
    for (const [field, value] of this.#fixed) copy.set(field, value);
    return copy;
  }

  lookup(setKey: string, value: string): Lookup | undefined {
    const orgId = this.record.org_id ?? "";
    const found = this.context.lookups.get(setKey)?.get(orgId)?.get(value);
    if (found === undefined) this.openQuestions.push({ setKey, orgId, value });
    return found;
  }

  moment(key: string): string | null | undefined {
    return this.context.moments.get(this.record.org_id ?? "")?.get(key);
  }

  counts(key: string): MatchCounts | undefined {
    return this.record.counts.get(key);
  }
}
