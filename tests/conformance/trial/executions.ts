import type { TransactionSql } from "postgres";
import { planRules } from "../../../shared/rules/mod.ts";
import { claimedBatchSchema, type Lookups, lookupsSchema } from "../../../shared/schema/claim.ts";
import { evaluateBatch, type LookedUpValue } from "../../../supabase/functions/_shared/evaluate_batch.ts";
import { Verdicts } from "./verdicts.ts";

/** The executions that a rule may have. Each judges all saved rules on all records of the trial. */
export const EXECUTION_NAMES = ["typescript", "write", "scan"] as const;
export type ExecutionName = (typeof EXECUTION_NAMES)[number];
export type Execution = (sql: TransactionSql) => Promise<Verdicts>;

export const EXECUTIONS: Readonly<Record<ExecutionName, Execution>> = {
  typescript: judgeInTypeScript,
  write: (sql) => judgeInSql(sql, "select * from trial.write_verdicts()"),
  scan: (sql) => judgeInSql(sql, "select * from trial.scan_verdicts('subject')"),
};

/** The write, one record a statement: what is there beside a record decides whether it is unique. */
export const writeOneByOne: Execution = (sql) => judgeInSql(sql, "select * from trial.write_verdicts(1)");

/** What evaluate says of what is really delivered to it. */
async function judgeInTypeScript(sql: TransactionSql): Promise<Verdicts> {
  const verdicts = new Verdicts();
  const batch = await claimBatch(sql);
  if (batch === null) return verdicts;
  const plan = planRules(batch.rules ?? [], batch.classes ?? new Map());
  const keys = new Map((batch.rules ?? []).map((rule) => {
    const { id, rule_key } = rule as { id: string; rule_key: string };
    return [id, rule_key];
  }));
  const { verdicts: said, broken } = await evaluateBatch(plan, batch, {
    lookUp: (values) => lookUp(sql, values),
  });
  for (const verdict of said) {
    for (const { rule_key, message } of verdict.violations) {
      verdicts.note(rule_key, verdict.key, { kind: "violation", message });
    }
    for (const { rule_id, reason } of verdict.unevaluated) {
      verdicts.note(keys.get(rule_id)!, verdict.key, { kind: "unevaluated", message: reason });
    }
  }
  for (const { key, error } of broken) {
    for (const rule of keys.values()) {
      verdicts.note(rule, key, { kind: "violation", message: `The evaluation broke: ${error}` });
    }
  }
  return verdicts;
}

/** Claims as evaluate does; null when nothing waits. */
export async function claimBatch(sql: TransactionSql) {
  const [row] = await sql`select governance.claim_changes(5000) as batch`;
  return row!["batch"] === null ? null : claimedBatchSchema.parse(row!["batch"]);
}

/** Asks the reference sets as evaluate does. */
export async function lookUp(sql: TransactionSql, values: readonly LookedUpValue[]): Promise<Lookups> {
  const [row] = await sql`select governance.look_up_values(${sql.json(values as never)}) as found`;
  return lookupsSchema.parse(row!["found"]);
}

async function judgeInSql(sql: TransactionSql, query: string): Promise<Verdicts> {
  const verdicts = new Verdicts();
  for (const { rule_key, record_key, message } of await sql.unsafe(query)) {
    verdicts.note(rule_key, record_key, { kind: "violation", message });
  }
  return verdicts;
}
