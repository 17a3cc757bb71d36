import { z } from "zod";
import { fieldValueSchema } from "./json_patch.ts";
import { ownMap } from "./own_map.ts";
import { FIELD_CLASSES } from "./rule.ts";

/** What a reference set says of one value in one organization. */
export const lookupSchema = z.object({
  /** Null: unknown, because the set is empty for the organization. */
  member: z.boolean().nullish().transform((member) => member ?? null),
  /** Members that look like the value, best first, at most eight. */
  candidates: z.array(z.string()).nullish().transform((candidates) => candidates ?? []),
  /** False: the set ignores letter case. */
  case_sensitive: z.boolean().nullish().transform((sensitive) => sensitive ?? true),
  /** The value that a synonym stands for. */
  canonical: z.string().nullish().transform((canonical) => canonical ?? null),
  /** Of a mapping: the values that agree with this one; null when the mapping does not know it. */
  agrees: z.array(z.string()).nullish().transform((agrees) => agrees ?? null),
});
export type Lookup = z.output<typeof lookupSchema>;

/** Set key → organization → value → what the set says. */
export type Lookups = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Lookup>>>;

/** Organization → `class:moment` → the moment in the delivered form; null: the organization is not known. */
export type Moments = ReadonlyMap<string, ReadonlyMap<string, string | null>>;

/** Of the records that a to-many match looks at: true, false, unknown, and those that could not be judged. */
export const matchCountsSchema = z.tuple([
  z.number().int(),
  z.number().int(),
  z.number().int(),
  z.number().int(),
]);
export type MatchCounts = z.output<typeof matchCountsSchema>;

/** Map name → written value → mapped value. */
export type NormalizerMaps = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A record of a claimed batch. */
export const claimedRecordSchema = z.object({
  key: z.string(),
  /** The attempt, as fencing token. */
  token: z.number().int(),
  queue_ids: z.array(z.string()),
  event_id: z.string().nullable(),
  org_id: z.string().nullable(),
  exists: z.boolean(),
  /** Our own fix wrote it: verify only, apply no further fix. */
  verify_only: z.boolean(),
  /** Claimed by a sweep: the rules that run by schedule judge it too. */
  swept: z.boolean().nullish().transform((swept) => swept ?? false),
  /** Rule → how many records share this one's key; only of groups of two and more. */
  groups: ownMap(z.number().int()).nullish()
    .transform((groups): ReadonlyMap<string, number> => groups ?? new Map()),
  default_country: z.string().nullish().transform((country) => country ?? null),
  fields: ownMap(fieldValueSchema),
  /** To-one relations whose reference is set but whose record cannot be read. */
  dangling: z.array(z.string()).nullish().transform((dangling) => dangling ?? []),
  /** Rule id and place of a match in the rule → what was counted. */
  counts: ownMap(matchCountsSchema).nullish()
    .transform((counts): ReadonlyMap<string, MatchCounts> => counts ?? new Map()),
  /** Ids of the rules that a waiver exempts the record from: they say nothing of it. */
  waived: z.array(z.string()).nullish().transform((waived) => waived ?? []),
  /** Auto-fixes that somebody undid: the rule must not change this field from this value again. */
  undone: z.array(z.object({ rule_id: z.string(), field: z.string(), from: fieldValueSchema }))
    .nullish().transform((undone) => undone ?? []),
});
export type ClaimedRecord = z.output<typeof claimedRecordSchema>;

/** The envelope of a claimed batch. Rules and records are checked one by one, so that one wrong one stands alone. */
export const claimedBatchSchema = z.object({
  lease_id: z.string().min(1),
  lease_seconds: z.number().positive(),
  entity_type: z.string().min(1),
  rules_version: z.string(),
  rules: z.array(z.unknown()).nullable(),
  classes: ownMap(z.enum(FIELD_CLASSES)).nullable(),
  now: z.string(),
  lookups: ownMap(ownMap(ownMap(lookupSchema))).nullish()
    .transform((lookups): Lookups => lookups ?? new Map()),
  moments: ownMap(ownMap(z.string().nullable())).nullish()
    .transform((moments): Moments => moments ?? new Map()),
  normalizer_maps: ownMap(ownMap(z.string())).nullish()
    .transform((maps): NormalizerMaps => maps ?? new Map()),
  records: z.array(z.unknown()),
  more: z.boolean(),
});
export type ClaimedBatch = z.output<typeof claimedBatchSchema>;
