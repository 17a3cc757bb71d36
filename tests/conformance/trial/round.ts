import type { Sql, TransactionSql } from "postgres";
import type { RuleKind } from "../../../shared/schema/rule.ts";
import { quoteName } from "./columns.ts";
import { type Table, TABLES, writtenColumns } from "./tables.ts";

/** A rule as a case or the fuzzer writes it; the entity is `subject`. */
export interface TrialRule {
  readonly rule_key: string;
  readonly org_id?: string | null;
  readonly kind?: RuleKind;
  readonly enforcement?: "block" | "issue" | "fix";
  readonly timing?: string;
  readonly applies_when?: unknown;
  readonly condition?: unknown;
  readonly message?: string;
  readonly fix?: unknown;
  readonly status?: string;
  /** What an organization's own row of this rule says instead. */
  readonly override?: Readonly<Record<string, unknown>> & { readonly org_id: string };
  /** Further rules on the same records, saved with it under keys of their own. */
  readonly companions?: readonly Omit<TrialRule, "rule_key" | "override" | "companions">[];
}

/** What comes between the key of a rule and the number of its companion. */
const COMPANION = "-companion-";

/** A row of a trial table, every value in its text form. */
export type TrialRow = Readonly<Record<string, string | null>>;
export type TrialRows = Readonly<
  Record<Exclude<Table, "children">, readonly TrialRow[]> & { children?: readonly TrialRow[] }
>;

/** Runs `work` with these records written, and undoes everything. */
export async function withRecords<T>(
  sql: Sql,
  rows: TrialRows,
  work: (transaction: TransactionSql) => Promise<T>,
): Promise<T> {
  const undo = new Error("undone on purpose");
  let result: T | undefined;
  try {
    await sql.begin(async (transaction) => {
      for (const table of TABLES) {
        await insertRows(transaction, table, rows[table] ?? []);
        if (table === "children") await transaction`delete from governance_private.change_queue`;
      }
      result = await work(transaction);
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return result as T;
}

/** Writes rows of one table in one statement. */
export async function insertRows(
  sql: TransactionSql,
  table: Table,
  rows: readonly TrialRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = writtenColumns(table);
  const values = columns.map(({ name, type }) => `(x ->> '${name.replaceAll("'", "''")}')::${type}`);
  await sql.unsafe(
    `insert into trial.${table} (${columns.map(({ name }) => quoteName(name)).join(", ")})
     select ${values.join(", ")} from jsonb_array_elements($1::jsonb) x`,
    [rows as never],
  );
}

/** Saves rules in one statement. */
export async function saveRules(sql: TransactionSql | Sql, rules: readonly TrialRule[]): Promise<void> {
  if (rules.length === 0) return;
  const save = async (own: TransactionSql) => {
    // Trial rules may be as harsh as they like.
    await own`select governance_private.begin_rule_change('A trial.', true)`;
    await own`
      insert into governance.data_quality_rules
        (rule_key, org_id, entity_type, kind, dimension, enforcement, timing, status, applies_when, condition, message, fix)
      select r.rule_key, r.org_id, r.entity_type, r.kind, r.dimension, r.enforcement, r.timing, r.status, r.applies_when, r.condition,
        r.message, r.fix
      from jsonb_populate_recordset(null::governance.data_quality_rules, ${
      own.json(rules.flatMap(rowsOf) as never)
    }) r`;
    await own`select governance_private.end_rule_change()`;
  };
  if ("begin" in sql) await sql.begin(save);
  else await save(sql);
}

/** The rows that a rule is saved as: its own, perhaps an organization's, and those of its companions. */
function rowsOf({ override, companions = [], ...rule }: TrialRule): readonly Record<string, unknown>[] {
  return [
    rule,
    ...override === undefined ? [] : [{ ...rule, ...override }],
    ...companions.map((each, index) => ({
      ...rule.timing !== undefined && { timing: rule.timing },
      ...each,
      rule_key: `${rule.rule_key}${COMPANION}${index}`,
    })),
  ].map(wholeRule);
}

/** A rule with what a case leaves out. */
export function wholeRule(rule: TrialRule): Record<string, unknown> {
  return {
    entity_type: "subject",
    kind: "condition",
    dimension: "validity",
    enforcement: "issue",
    status: "active",
    message: "It does not hold.",
    ...rule,
  };
}

/** The rules that saving would not refuse. */
export async function withoutRefused(
  sql: TransactionSql,
  rules: readonly TrialRule[],
): Promise<readonly TrialRule[]> {
  const found = await sql`
    select split_part(r.rule_key, ${COMPANION}, 1) as rule_key, bool_and((governance_private.compile_rule(r)).faults = '[]') as accepted from jsonb_populate_recordset(null::governance.data_quality_rules, ${
    sql.json(rules.flatMap((rule) => rowsOf({ timing: "write", ...rule })) as never)
  }) r group by 1`;
  const accepted = new Set(found.filter(({ accepted }) => accepted).map(({ rule_key }) => rule_key));
  return rules.filter(({ rule_key }) => accepted.has(rule_key));
}
