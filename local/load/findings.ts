import type { IntegrationClient } from "./client.ts";
import { LoadError } from "./load_error.ts";
import { readAll } from "./read_all.ts";

/** What one rule found. */
export interface RuleFinding {
  readonly rule_key: string;
  readonly severity: string;
  /** Open issues. */
  readonly count: number;
  /** How many of them come with a suggested fix. */
  readonly suggested: number;
  /** The message of one of them. */
  readonly example: string;
  /** The values that are suggested, the most frequent first, with how often. */
  readonly suggestions: readonly { readonly value: string; readonly count: number }[];
}

/** What the rules said of an organization's records. */
export interface Findings {
  readonly issues: readonly RuleFinding[];
  /** Corrections that were applied and not taken back. */
  readonly fixed: number;
}

interface IssueRow {
  readonly rule_key: string;
  readonly severity: string;
  readonly message: string;
  readonly suggested_fix: readonly { readonly op: string; readonly value?: unknown }[] | null;
}

/** Reads back what the rules found in an organization: open issues by rule and severity, and applied fixes. */
export async function readFindings(client: IntegrationClient, orgId: string): Promise<Findings> {
  const groups = new Map<string, IssueRow[]>();
  const issues = readAll<IssueRow>(client, {
    schema: "governance",
    table: "data_quality_issues",
    columns: ["rule_key", "severity", "message", "suggested_fix"],
    where: { org_id: orgId, status: "open" },
  });
  for await (const issue of issues) {
    const key = `${issue.rule_key} ${issue.severity}`;
    const group = groups.get(key);
    if (group) group.push(issue);
    else groups.set(key, [issue]);
  }
  const { count, error } = await client.schema("governance").from("fixes")
    .select("id", { count: "exact", head: true }).eq("org_id", orgId).is("reverted_at", null);
  if (error) throw new LoadError(`Could not read fixes: ${error.message}`);
  return { issues: [...groups.values()].map(summarize).sort((a, b) => b.count - a.count), fixed: count ?? 0 };
}

function summarize(issues: readonly IssueRow[]): RuleFinding {
  const { rule_key, severity, message } = issues[0]!;
  const values = new Map<string, number>();
  for (const { suggested_fix } of issues) {
    for (const { op, value } of suggested_fix ?? []) {
      if (op === "replace") values.set(String(value), (values.get(String(value)) ?? 0) + 1);
    }
  }
  return {
    rule_key,
    severity,
    count: issues.length,
    suggested: issues.filter((issue) => issue.suggested_fix !== null).length,
    example: message,
    suggestions: [...values].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count),
  };
}
