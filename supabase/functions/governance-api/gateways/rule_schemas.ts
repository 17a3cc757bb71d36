import { z } from "zod";
import {
  dimensionSchema,
  enforcementSchema,
  ruleStatusSchema,
  severitySchema,
  timingSchema,
} from "../../../../shared/schema/rule.ts";
import { entityTypeSchema, orgIdSchema } from "../http/records.ts";

/** The name of a rule, the same in every organization that has it. */
export const ruleKeySchema = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "This is no key of a rule.")
  .max(80);
export const reasonSchema = z.string().trim().min(1).max(1000);
/** The version that the caller has seen: another is refused. */
export const expectedVersionSchema = z.number().int().min(1).max(2_147_483_647)
  .describe("The version that the caller has seen; a rule that changed since is refused.");

const part = z.record(z.string(), z.unknown());

/** What an admin decides about a rule after it was made. */
export const ruleSettingsSchema = z.strictObject({
  dimension: dimensionSchema,
  severity: severitySchema,
  enforcement: enforcementSchema,
  timing: timingSchema,
  status: ruleStatusSchema,
  applies_when: part.nullable().describe(
    "Query builder group: the records that the rule speaks of; null: all.",
  ),
  condition: part.nullable().describe(
    "Query builder group that must hold, or the parameters of the other kinds.",
  ),
  message: z.string().trim().min(1).max(500),
  description: z.string().max(2000).nullable(),
  fix: z.array(part).max(50).nullable(),
  due_in: z.string().max(100).nullable().describe("An interval as Postgres reads it: 14 days."),
  default_owner: z.uuid().nullable(),
}).partial();

const identity = {
  rule_key: ruleKeySchema,
  org_id: orgIdSchema.nullable().describe(
    "null: for every organization, which takes an instance administrator.",
  ),
  entity_type: entityTypeSchema,
  kind: z.enum(["condition", "unique", "reference"]),
};

/** A rule that is to be made. */
export const newRuleSchema = ruleSettingsSchema.required({ dimension: true, message: true }).extend({
  ...identity,
  kind: identity.kind.optional(),
});

/** A rule as a trial takes it: a definition, or the id of a saved one with what is to be different. */
export const triedRuleSchema = ruleSettingsSchema.extend(z.strictObject(identity).partial().shape).extend({
  id: z.uuid().optional(),
}).refine(({ id, entity_type }) => id !== undefined || entity_type !== undefined, {
  message: "Give the id of a saved rule, or the entity_type and the rest of a definition.",
});

/** A rule as it is saved. */
export const ruleSchema = z.object({
  id: z.uuid(),
  rule_key: z.string(),
  org_id: z.string().nullable(),
  entity_type: z.string(),
  kind: z.string(),
  dimension: z.string(),
  severity: z.string(),
  enforcement: z.string(),
  timing: z.string(),
  status: z.string(),
  suspended_reason: z.string().nullable(),
  applies_when: z.unknown(),
  condition: z.unknown(),
  message: z.string(),
  description: z.string().nullable(),
  sentence: z.string().nullable(),
  reads: z.array(z.string()),
  fix: z.unknown(),
  due_in: z.string().nullable(),
  default_owner: z.string().nullable(),
  version: z.number(),
  created_by: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

const warningSchema = z.object({
  code: z.string(),
  certainty: z.enum(["known", "unknown"]),
  message: z.string(),
});

/** What checking a rule says: its sentence, and what speaks against it. */
export const checkedRuleSchema = z.object({ sentence: z.string(), warnings: z.array(warningSchema) });

/** What saving a rule says. */
export const savedRuleSchema = z.object({
  id: z.uuid(),
  rule_key: z.string(),
  version: z.number(),
  status: z.string(),
  sentence: z.string().nullable(),
  warnings: z.array(warningSchema),
});

/** One version of a rule, with what changed in words. */
export const ruleVersionSchema = z.object({
  version: z.number(),
  changed_at: z.string(),
  changed_by: z.string().nullable(),
  changed_role: z.string(),
  reason: z.string().nullable(),
  sentence: z.string().nullable(),
  changes: z.array(z.string()),
  definition: z.record(z.string(), z.unknown()),
});
