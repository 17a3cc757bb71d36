import { z } from "zod";
import {
  dimensionSchema,
  enforcementSchema,
  RULE_KINDS,
  ruleStatusSchema,
  severitySchema,
  timingSchema,
} from "../schema/rule.ts";

/** A group of the query builder, or the parameters of a kind: what stands in it only the database can tell. */
const group = z.record(z.string(), z.unknown()).nullish();

/** A rule as its file says it: what people decide, nothing that the product derives. */
export const ruleFileSchema = z.strictObject({
  rule_key: z.string(),
  /** Whose rule it is; absent: of all organizations. */
  org_id: z.string().nullish(),
  entity_type: z.string(),
  kind: z.enum(RULE_KINDS).nullish(),
  dimension: dimensionSchema,
  severity: severitySchema.nullish(),
  enforcement: enforcementSchema.nullish(),
  timing: timingSchema.nullish(),
  status: ruleStatusSchema.nullish(),
  message: z.string().min(1).max(500),
  description: z.string().nullish(),
  applies_when: group,
  condition: group,
  fix: z.array(z.unknown()).nullish(),
  due_in: z.string().nullish(),
  default_owner: z.string().nullish(),
  /** The version that the file was written from: a later one in the database is not overwritten unasked. */
  version: z.int().min(1).nullish(),
});
export type RuleFile = z.infer<typeof ruleFileSchema>;

/** The order of a file's keys, the same in every file: first which rule, then what it does, at last what it says. */
export const FIELD_ORDER: readonly (keyof RuleFile)[] = [
  "rule_key",
  "org_id",
  "entity_type",
  "kind",
  "dimension",
  "severity",
  "enforcement",
  "timing",
  "status",
  "message",
  "description",
  "applies_when",
  "condition",
  "fix",
  "due_in",
  "default_owner",
  "version",
];

/** The order of the keys within conditions and fix steps; others follow by name. */
const INNER_ORDER: readonly string[] = [
  "combinator",
  "not",
  "relation",
  "step",
  "field",
  "operator",
  "match",
  "mode",
  "threshold",
  "valueSource",
  "value",
  "mapping",
  "label",
  "normalizer",
  "using",
  "from",
  "in",
  "apply",
  "fields",
  "scope",
  "condition",
  "rules",
];

/** A rule with its keys in order and without those that say nothing. */
export function inOrder(rule: RuleFile): Record<string, unknown> {
  return Object.fromEntries(
    FIELD_ORDER.filter((key) => rule[key] !== null && rule[key] !== undefined)
      .map((key) => [key, sorted(rule[key])]),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const rank = (key: string) => (INNER_ORDER.indexOf(key) + 1) || INNER_ORDER.length + 1;
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
