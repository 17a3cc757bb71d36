import type { ClaimedRecord, Lookup, Lookups, NormalizerMaps } from "../schema/claim.ts";
import type { FieldValue } from "../schema/json_patch.ts";
import type { FixView } from "./record_view.ts";

/** What is the same for all records of a batch. */
export interface BatchContext {
  readonly lookups: Lookups;
  readonly normalizerMaps: NormalizerMaps;
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

  /** The same record, to try things on. */
  copy(): RecordState {
    const copy = new RecordState(this.record, this.context);
    for (const [field, value] of this.#fixed) copy.set(field, value);
    return copy;
  }

  lookup(setKey: string, field: string, value: string): Lookup | undefined {
    const direct = this.#delivered(setKey, value);
    if (direct !== undefined) return direct;
    // A fix has changed the value, so nobody asked about it; a candidate of the old value is known to be a member.
    const before = this.candidates(setKey, field, value);
    return before?.candidates.includes(value)
      ? { ...before, member: true, candidates: [], canonical: null }
      : undefined;
  }

  candidates(setKey: string, field: string, value: string): Lookup | undefined {
    const direct = this.#delivered(setKey, value);
    if (direct !== undefined) return direct;
    const original = this.record.fields.get(field);
    const before = typeof original === "string" ? this.#delivered(setKey, original) : undefined;
    return before?.member ? undefined : before;
  }

  #delivered(setKey: string, value: string): Lookup | undefined {
    return this.context.lookups.get(setKey)?.get(this.record.org_id ?? "")?.get(value);
  }
}
