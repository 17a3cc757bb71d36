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

/** One record as it was delivered, with the values that fixes have given it in memory since. */
export class RecordState implements FixView {
  readonly #fixed = new Map<string, FieldValue>();

  constructor(readonly record: ClaimedRecord, readonly context: BatchContext) {}

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
    const copy = new RecordState(this.record, this.context);
    for (const [field, value] of this.#fixed) copy.set(field, value);
    return copy;
  }

  lookup(setKey: string, field: string, value: string): Lookup | undefined {
    const direct = this.#delivered(setKey, value);
    if (direct !== undefined) return direct;
    // A fix has changed the value, so nobody asked about it; what the set named for the old value is a member.
    const before = this.#deliveredBefore(setKey, field);
    if (before === undefined || !isNamed(value, before)) return undefined;
    return { ...before, member: true, candidates: [], canonical: null };
  }

  moment(key: string): string | null | undefined {
    return this.context.moments.get(this.record.org_id ?? "")?.get(key);
  }

  counts(key: string): MatchCounts | undefined {
    return this.record.counts.get(key);
  }

  candidates(setKey: string, field: string, value: string): Lookup | undefined {
    const direct = this.#delivered(setKey, value);
    if (direct !== undefined) return direct;
    const before = this.#deliveredBefore(setKey, field);
    return before?.member ? undefined : before;
  }

  #deliveredBefore(setKey: string, field: string): Lookup | undefined {
    const original = this.record.fields.get(field);
    return typeof original === "string" ? this.#delivered(setKey, original) : undefined;
  }

  #delivered(setKey: string, value: string): Lookup | undefined {
    return this.context.lookups.get(setKey)?.get(this.record.org_id ?? "")?.get(value);
  }
}

/** Whether a set named this value, as a candidate or as what a synonym stands for. */
function isNamed(value: string, lookup: Lookup): boolean {
  return [...lookup.candidates, ...(lookup.canonical === null ? [] : [lookup.canonical])].some((name) =>
    name === value || (!lookup.case_sensitive && name.toLowerCase() === value.toLowerCase())
  );
}
