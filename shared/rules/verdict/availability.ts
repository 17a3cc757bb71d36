import type { ClaimedRecord } from "../../schema/claim.ts";
import type { PlannedRule } from "../plan/mod.ts";
import type { FixView } from "../record_view.ts";

/** Tells why a rule cannot be evaluated for a record; null when it can. */
export function whyUnavailable(
  rule: PlannedRule,
  record: ClaimedRecord,
  view: FixView,
  allDelivered: boolean,
): string | null {
  if (!allDelivered) {
    for (const field of rule.reads) {
      const relation = record.dangling.find((prefix) =>
        field.startsWith(`${prefix}.`) && prefix !== rule.demandedRelation
      );
      if (relation !== undefined) return `The record that "${relation}" points to cannot be read.`;
      if (!record.fields.has(field)) return `The field "${field}" was not delivered.`;
    }
  }
  for (const key of rule.moments) {
    if (view.moment(key) === undefined) return `The moment "${key}" was not delivered.`;
  }
  for (const { key, relation } of rule.matches) {
    const counts = view.counts(key);
    if (counts === undefined) return `How many of "${relation}" match was not delivered.`;
    if (counts[3] > 0) return `One of "${relation}" points to a record that cannot be read.`;
  }
  for (const { setKey, field } of rule.questions) {
    const value = view.value(field);
    if (typeof value === "string" && view.lookup(setKey, value) === undefined) {
      return `Whether "${field}" is in "${setKey}" was not delivered.`;
    }
  }
  for (const { setKey, field } of rule.stepQuestions) {
    const value = view.value(field);
    const isKnown = view.normalizerMaps.has(setKey) || typeof value !== "string" ||
      view.lookup(setKey, value) !== undefined;
    if (!isKnown) return `What "${setKey}" has near "${field}" was not delivered.`;
  }
  return null;
}

/** Whether everything that any rule reads is there, so that the rules need not be asked one by one. */
export function isAllDelivered(reads: readonly string[], record: ClaimedRecord): boolean {
  return record.dangling.length === 0 && reads.every((field) => record.fields.has(field));
}
