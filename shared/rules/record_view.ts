import type { Lookup, MatchCounts, NormalizerMaps } from "../schema/claim.ts";
import type { FieldValue } from "../schema/json_patch.ts";

/** What a condition may look at: one record's values, and what the reference sets say of them. */
export interface RecordView {
  /** The value of a field; undefined when it is not available. */
  value(field: string): FieldValue | undefined;
  /** What a set says of a value; undefined when that was not delivered: then it is asked for. */
  lookup(setKey: string, value: string): Lookup | undefined;
  /** A moving moment such as `today-P30D`, computed by Postgres; null: its organization is not known. */
  moment(key: string): string | null | undefined;
  /** What a to-many match counted; undefined when that was not delivered. */
  counts(key: string): MatchCounts | undefined;
  /** ISO 3166-1 alpha-2 code of the country that a value without one belongs to. */
  readonly defaultCountry: string | null;
  /** Whether a to-one reference is set although its record cannot be read. */
  isDangling(relation: string): boolean;
  /** How many records share this one's key of a unique rule; 1 where it has the key alone, or none. */
  groupSize(ruleId: string): number;
}

/** What a fix step may look at besides. */
export interface FixView extends RecordView {
  readonly normalizerMaps: NormalizerMaps;
}
