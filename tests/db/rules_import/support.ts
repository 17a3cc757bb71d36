import type { Caller, World } from "../support/mod.ts";

/** A rule as its file says it. */
// deno-lint-ignore no-explicit-any -- faulty ones are imported, too
export type FileRule = Record<string, any>;

export interface ImportOptions {
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly retireMissing?: boolean;
  readonly orgId?: string;
  readonly force?: boolean;
}

export interface Told {
  readonly is_saved: boolean;
  readonly rules: {
    index: number | null;
    rule_key: string;
    org_id: string | null;
    outcome: string;
    version: number | null;
    sentence: string | null;
    changes: string[];
    patch: unknown[];
    warnings: { code: string }[];
  }[];
  readonly faults: {
    index: number | null;
    rule_key: string | null;
    at: string;
    code: string;
    message: string;
  }[];
}

/** All rules that a caller sees, as files. */
export async function exportRules(world: World, caller: Caller = "postgres"): Promise<FileRule[]> {
  return await world.as(
    caller,
    async (own) => (await own`select governance.export_rules() as rules`)[0]!.rules,
  );
}

export async function importRules(
  world: World,
  rules: unknown,
  { dryRun = false, reason, retireMissing = false, orgId, force = false }: ImportOptions = {},
  caller: Caller = "postgres",
): Promise<Told> {
  return await world.as(caller, async (own) => {
    const [row] = await own`
      select governance.import_rules(${own.json(rules as never)}, ${dryRun}, ${
      reason ?? null
    }, ${retireMissing},
        ${orgId ?? null}, ${force}) as told`;
    return row!.told;
  });
}

/** How many rules each outcome has. */
export function outcomes(told: Told): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of told.rules) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** `rule_key at code`, for each fault. */
export const places = (faults: Told["faults"]) =>
  faults.map(({ index, at, code }) => `${index} ${at}${code === "rule-invalid" ? "" : ` ${code}`}`);

/** A rule of acme that nothing is wrong with. */
export const good: FileRule = {
  rule_key: "order-has-amount",
  org_id: "acme",
  entity_type: "purchase",
  dimension: "completeness",
  status: "active",
  message: "This order has no amount.",
  condition: { combinator: "and", rules: [{ field: "amount", operator: "notNull" }] },
};
