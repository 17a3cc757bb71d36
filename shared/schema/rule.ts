import { z } from "zod";

/** The classes of values; both sides of a comparison have the same one. */
export const FIELD_CLASSES = [
  "text",
  "number",
  "boolean",
  "uuid",
  "enum",
  "date",
  "instant",
  "other",
] as const;

/** The class of a field's values. */
export type FieldClass = (typeof FIELD_CLASSES)[number];

export const enforcementSchema = z.enum(["block", "issue", "fix"]);
export type Enforcement = z.infer<typeof enforcementSchema>;

/** What the other columns that people decide on can be, as the table of rules has it. */
export const dimensionSchema = z.enum([
  "completeness",
  "validity",
  "consistency",
  "uniqueness",
  "timeliness",
  "accuracy",
  "integrity",
]);
export const severitySchema = z.enum(["critical", "high", "medium", "low"]);
export const timingSchema = z.enum(["write", "async", "schedule"]);
export const ruleStatusSchema = z.enum(["draft", "shadow", "active", "deprecated"]);

/** The kinds of rules: what their condition is made of. */
export const RULE_KINDS = ["condition", "unique", "reference"] as const;

/** The kind of a rule. */
export type RuleKind = (typeof RULE_KINDS)[number];

/**
 * A rule as it is delivered with a claimed batch. `applies_when`, `condition` and `fix` are checked when the rule is
 * planned, so that one wrong rule does not keep the others from running.
 */
export const deliveredRuleSchema = z.object({
  id: z.string().min(1),
  rule_key: z.string().min(1),
  version: z.number().int(),
  /** The organization whose rule it is; null: a rule of the whole instance. */
  org_id: z.string().nullable(),
  /** Organizations whose own row overrides this rule. */
  except_orgs: z.array(z.string()).nullish().transform((orgs) => orgs ?? []),
  kind: z.enum(RULE_KINDS).nullish().transform((kind) => kind ?? "condition"),
  timing: timingSchema.nullish().transform((timing) => timing ?? "async"),
  /** Of a reference rule: the field that tells whether the record pointed to is there. */
  target_field: z.string().nullish().transform((field) => field ?? null),
  enforcement: enforcementSchema,
  severity: z.string(),
  status: z.enum(["active", "shadow"]),
  applies_when: z.unknown().optional(),
  condition: z.unknown().optional(),
  /** Template with `{field}` placeholders. */
  message: z.string(),
  fix: z.unknown().optional(),
});
export type DeliveredRule = z.infer<typeof deliveredRuleSchema>;

/** The classes of all paths that the rules read. */
export type FieldClasses = ReadonlyMap<string, FieldClass>;
