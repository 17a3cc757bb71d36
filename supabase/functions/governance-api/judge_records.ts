import { z } from "zod";
import { patchSchema } from "../../../shared/schema/json_patch.ts";
import type { Verdict } from "../../../shared/schema/verdict.ts";
import { evaluateBatch } from "../_shared/evaluate_batch.ts";
import {
  divertedSchema,
  type Outcome,
  RecordsGateway,
  type Stored,
  type Trial,
} from "./gateways/records_gateway.ts";
import { hideFrom } from "./hide_rules.ts";
import { ApiProblem } from "./http/api_problem.ts";
import type { Caller } from "./http/caller.ts";
import type { GivenRecord } from "./http/records.ts";
import type { Services } from "./http/services.ts";

const reasonSchema = z.object({
  code: z.string(),
  message: z.string(),
  rule_key: z.string().nullable(),
  fields: z.array(z.string()),
});

/** What would become of one record. */
export const recordVerdictSchema = z.object({
  n: z.number().describe("The record's place in the call, from 0."),
  key: z.string().nullable(),
  operation: z.enum(["insert", "update", "none"]),
  verdict: z.enum(["written", "fixed", "issues", "diverted", "blocked", "same_key"]).describe(
    "written as it is; written and corrected; written with issues; nothing is written, all of it waits in a change request; not written, for every one of the reasons; the call has the record already.",
  ),
  reasons: z.array(reasonSchema),
  same_as: z.number().nullable(),
  diverted: divertedSchema.nullable()
    .describe("The fields that a change policy holds back, and the change request in which they wait."),
  fixes: z.array(z.object({ rule_key: z.string(), patch: patchSchema })),
  issues: z.array(z.object({
    rule_key: z.string(),
    severity: z.string(),
    fields: z.array(z.string()),
    message: z.string(),
    suggested_fix: patchSchema.nullable(),
  })),
  unevaluated: z.array(z.object({ rule_key: z.string(), reason: z.string() }))
    .describe("Rules that could not be evaluated: neither a pass nor a violation."),
});
export type RecordVerdict = z.output<typeof recordVerdictSchema>;

/** Who asks, and what the process works with. */
interface Context {
  readonly caller: Caller;
  readonly services: Services;
}

/**
 * Says what would become of records if they were written now: the database stores them with the caller's rights and
 * takes them back; what waits for evaluate otherwise is evaluated here, by the same code.
 */
export async function validateRecords(
  entityType: string,
  orgId: string,
  records: readonly GivenRecord[],
  context: Context,
): Promise<RecordVerdict[]> {
  const gateway = new RecordsGateway(context.caller.client, context.services.system);
  return await judge(gateway, entityType, await gateway.try(entityType, orgId, records), context.services);
}

/**
 * Writes records and says what became of them. What evaluate does a moment later (corrections, issues) is said already,
 * by the same code.
 */
export async function writeRecords(
  entityType: string,
  orgId: string,
  records: readonly GivenRecord[],
  allOrNothing: boolean,
  context: Context,
): Promise<RecordVerdict[]> {
  const gateway = new RecordsGateway(context.caller.client, context.services.system);
  const stored = await gateway.store(entityType, orgId, records, allOrNothing);
  return await judge(gateway, entityType, stored, context.services);
}

/** Says what became of records that were stored or tried, as `validateRecords` and `writeRecords` do. */
export async function judgeStored(
  entityType: string,
  stored: Stored,
  { caller, services }: Context,
): Promise<RecordVerdict[]> {
  return await judge(new RecordsGateway(caller.client, services.system), entityType, stored, services);
}

async function judge(
  gateway: RecordsGateway,
  entityType: string,
  { outcomes, trial_id }: Stored,
  { plans, log }: Services,
): Promise<RecordVerdict[]> {
  const trial = await gateway.takeTrial(trial_id, plans.knownVersions()[entityType]);
  const plan = plans.planFor(trial.batch);
  if (plan === null) throw new ApiProblem("internal", {}, {}, new Error("A trial came without its rules."));
  const { verdicts, broken } = await evaluateBatch(plan, trial.batch, {
    lookUp: (values) => gateway.lookUpValues(values),
  });
  for (const { key, error } of broken) log.error("A record broke.", error, { record_key: key });
  const byKey = new Map(verdicts.map((verdict) => [verdict.key, verdict]));
  const brokenKeys = new Map(broken.map(({ key, error }) => [key, error]));
  const writeFixes = Map.groupBy(trial.write_fixes, ({ key }) => key);
  const shown = hideFrom(trial.hidden);
  return outcomes.map((outcome) => {
    const key = outcome.key ?? "";
    if (outcome.outcome === "refused") return refused(outcome);
    return accepted(
      outcome,
      shown.verdict(byKey.get(key)),
      shown.fixes(writeFixes.get(key) ?? []),
      trial.rule_index,
      brokenKeys.get(key),
    );
  });
}

const nothing = { same_as: null, diverted: null, reasons: [], fixes: [], issues: [], unevaluated: [] };

function refused({ n, key, error }: Outcome): RecordVerdict {
  const base = { ...nothing, n, key: key ?? null, operation: "none" as const };
  if (error?.same_as !== undefined) return { ...base, verdict: "same_key", same_as: error.same_as };
  const reasons = error?.violations?.map(({ rule_key, fields, message }) => ({
    code: "blocked",
    message,
    rule_key,
    fields,
  })) ?? [{
    code: error?.code ?? "internal",
    message: error?.message ?? "",
    rule_key: null,
    fields: error?.fields ?? [],
  }];
  return { ...base, verdict: "blocked", reasons };
}

function accepted(
  { n, key, outcome, diverted }: Outcome,
  verdict: Verdict | undefined,
  write_fixes: Trial["write_fixes"],
  rule_index: Trial["rule_index"],
  broke: string | undefined,
): RecordVerdict {
  const ruleKey = (id: string) => rule_index[id]?.rule_key ?? id;
  const fixes = [
    ...write_fixes.map(({ rule_key, patch }) => ({ rule_key, patch })),
    ...(verdict?.fixes ?? []).map(({ rule_id, patch }) => ({ rule_key: ruleKey(rule_id), patch })),
  ];
  const issues = (verdict?.violations ?? []).map((violation) => ({
    rule_key: violation.rule_key,
    severity: rule_index[violation.rule_id]?.severity ?? "",
    fields: violation.fields,
    message: violation.message,
    suggested_fix: violation.suggested_fix,
  }));
  const unevaluated = (verdict?.unevaluated ?? []).map(({ rule_id, reason }) => ({
    rule_key: ruleKey(rule_id),
    reason,
  }));
  if (broke !== undefined) unevaluated.push({ rule_key: "system-evaluation", reason: broke });
  return {
    ...nothing,
    n,
    key: key ?? null,
    operation: outcome === "inserted" ? "insert" : outcome === "updated" ? "update" : "none",
    diverted: diverted ?? null,
    verdict: outcome === "diverted"
      ? "diverted"
      : issues.length > 0
      ? "issues"
      : fixes.length > 0
      ? "fixed"
      : "written",
    fixes,
    issues,
    unevaluated,
  };
}
