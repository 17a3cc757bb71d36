import { z } from "zod";
import { fieldValueSchema, patchSchema } from "./json_patch.ts";

/** What a rule says of one record: it does not hold. */
export const violationSchema = z.object({
  rule_id: z.string(),
  rule_key: z.string(),
  fields: z.array(z.string()),
  message: z.string(),
  observed: z.record(z.string(), fieldValueSchema),
  suggested_fix: patchSchema.nullable(),
});
export type Violation = z.infer<typeof violationSchema>;

const unevaluatedSchema = z.object({ rule_id: z.string(), reason: z.string() });

/** Everything that the rules say of one record at one time. */
export const verdictSchema = z.object({
  key: z.string(),
  token: z.number().int(),
  event_id: z.string().nullable(),
  queue_ids: z.array(z.string()),
  violations: z.array(violationSchema),
  /** The third outcome: neither a pass nor a violation. */
  unevaluated: z.array(unevaluatedSchema),
  /** Patches that compose in this order, at most one per rule. */
  fixes: z.array(z.object({ rule_id: z.string(), patch: patchSchema })),
  /** Shadow rules that would have acted. */
  shadow: z.array(z.object({ rule_id: z.string() })),
  /** With fixes: what holds instead should the database refuse them. */
  if_unfixed: z.object({ violations: z.array(violationSchema), unevaluated: z.array(unevaluatedSchema) })
    .nullable(),
});
export type Verdict = z.infer<typeof verdictSchema>;

/** What `apply_verdicts` answers. */
export const appliedSchema = z.object({
  applied: z.number().int(),
  stale: z.number().int(),
  fixed: z.number().int(),
  opened: z.number().int(),
  refreshed: z.number().int(),
  reopened: z.number().int(),
  resolved: z.number().int(),
  deleted: z.number().int(),
  /** The rule set changed since the claim; nothing was applied. */
  outdated: z.boolean(),
}).partial();
export type Applied = z.infer<typeof appliedSchema>;
