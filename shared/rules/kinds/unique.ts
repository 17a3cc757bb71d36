import { z } from "zod";
import { planMessage } from "../plan/plan_message.ts";
import { zodFaults } from "../plan/zod_faults.ts";
import type { Kind } from "./kind.ts";

const parametersSchema = z.strictObject({
  fields: z.array(z.strictObject({ field: z.string().min(1), normalizer: z.string().optional() })).min(1),
  scope: z.array(z.string().min(1)).optional(),
});

/**
 * `unique`: no two records of an organization have the same key. Keys are kept and compared in the database; what comes
 * with the record is how many share its key.
 */
export const uniqueKind: Kind = {
  plan(rule, scope, classes) {
    const parsed = parametersSchema.safeParse(rule.condition);
    if (!parsed.success) {
      scope.faults.push(...zodFaults(parsed.error, "/condition"));
      return { condition: null };
    }
    const fields = [...parsed.data.fields.map(({ field }) => field), ...parsed.data.scope ?? []];
    for (const field of fields) {
      const at = scope.at("/condition");
      if (at.read(field) === undefined) at.fault("", `There is no field "${field}".`);
    }
    // Taken apart before values are put in, so that a value that looks like the placeholder stays what it is.
    const parts = rule.message.split("{group_size}").map((part) => planMessage(part, classes));
    return {
      condition: (view) => view.groupSize(rule.id) < 2,
      message: (view) => parts.map((part) => part(view)).join(String(view.groupSize(rule.id))),
    };
  },
};
