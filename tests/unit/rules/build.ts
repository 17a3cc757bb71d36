/** Small builders, so that a case says only what it is about. */
import { type BatchContext, evaluateRecord, planRules } from "../../../shared/rules/mod.ts";
import {
  type ClaimedRecord,
  claimedRecordSchema,
  type Lookup,
  lookupSchema,
} from "../../../shared/schema/claim.ts";
import type { FieldValue } from "../../../shared/schema/json_patch.ts";
import type { FieldClass } from "../../../shared/schema/rule.ts";
import type { Verdict } from "../../../shared/schema/verdict.ts";

export type Fields = Readonly<Record<string, FieldValue>>;

/** A delivered rule: an active issue rule of the instance unless the case says otherwise. */
export function rule(parts: Record<string, unknown> = {}): Record<string, unknown> {
  const key = parts["rule_key"] ?? "a-rule";
  return {
    id: `id-of-${key}`,
    rule_key: key,
    version: 1,
    org_id: null,
    except_orgs: [],
    enforcement: "issue",
    severity: "medium",
    status: "active",
    applies_when: null,
    condition: null,
    message: "A message.",
    fix: null,
    ...parts,
  };
}

/** A group of comparisons that must all hold. */
export function and(...rules: unknown[]): unknown {
  return { combinator: "and", rules };
}

/** A group of comparisons of which one must hold. */
export function or(...rules: unknown[]): unknown {
  return { combinator: "or", rules };
}

/** A claimed record with these fields. */
export function record(fields: Fields, parts: Record<string, unknown> = {}): ClaimedRecord {
  return claimedRecordSchema.parse({
    key: "r1",
    token: 1,
    queue_ids: ["1"],
    event_id: "7",
    org_id: "org",
    exists: true,
    verify_only: false,
    default_country: "US",
    fields,
    dangling: [],
    ...parts,
  });
}

/** Set → value → what the set says of it, in the organization `org`. */
export function context(lookups: Record<string, Record<string, unknown>> = {}): BatchContext {
  return {
    lookups: new Map(
      Object.entries(lookups).map(([set, values]) => [
        set,
        new Map([[
          "org",
          new Map(
            Object.entries(values).map((
              [value, found],
            ): [string, Lookup] => [value, lookupSchema.parse(found)]),
          ),
        ]]),
      ]),
    ),
    normalizerMaps: new Map(),
    moments: new Map(),
  };
}

/** Evaluates one record by some rules; fields without a class are text. */
export function judge(
  rules: readonly unknown[],
  subject: ClaimedRecord,
  classes: Readonly<Record<string, FieldClass>> = {},
  batch: BatchContext = context(),
): Verdict {
  const all = new Map<string, FieldClass>(Object.entries(classes));
  for (const field of subject.fields.keys()) if (!all.has(field)) all.set(field, "text");
  return evaluateRecord(planRules(rules, all), subject, batch);
}

/** What a condition comes to: true, false, null for unknown, or the reason why it was not evaluated. */
export function outcome(
  condition: unknown,
  fields: Fields,
  classes: Readonly<Record<string, FieldClass>> = {},
  batch: BatchContext = context(),
): boolean | null | string {
  const verdict = judge(
    [
      rule({ rule_key: "holds", condition }),
      rule({ rule_key: "fails", condition: { combinator: "and", not: true, rules: [condition] } }),
    ],
    record(fields),
    classes,
    batch,
  );
  const [first] = verdict.unevaluated;
  if (first !== undefined) return first.reason;
  const violated = verdict.violations.map((violation) => violation.rule_key);
  if (violated.includes("holds")) return false;
  return violated.includes("fails") ? true : null;
}
