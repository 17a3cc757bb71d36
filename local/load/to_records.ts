import Big from "big.js";
import type { ExportRow } from "./sales_export.ts";

/** A record as REST takes it. */
export type NewRecord = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly external_id: string;
};

const currency = "USD";

/** The records that names in the export may stand for: name → id, names compared exactly. */
export type IdsByName = ReadonlyMap<string, string>;

/** A product of the catalogue. */
export function toProduct(row: ExportRow<"products">, orgId: string): NewRecord {
  return {
    id: crypto.randomUUID(),
    org_id: orgId,
    external_id: row.product,
    name: row.product,
    family: row.series,
    list_price: row.sales_price,
    currency,
  };
}

/** An account. `parents` holds the accounts that exist already, and those of this load. */
export function toAccount(
  row: ExportRow<"accounts">,
  orgId: string,
  id: string,
  parents: IdsByName,
): NewRecord {
  return {
    id,
    org_id: orgId,
    external_id: row.account,
    name: row.account,
    industry: row.sector,
    country: row.office_location,
    founded_year: row.year_established,
    annual_revenue: row.revenue === null ? null : new Big(row.revenue).times(1_000_000).toFixed(2),
    employees: row.employees,
    parent_name: row.subsidiary_of,
    parent_id: parentOf(row, id, parents),
  };
}

/** What a load knows when it comes to the deals. */
export interface DealContext {
  readonly orgId: string;
  readonly accounts: IdsByName;
  readonly products: IdsByName;
  readonly pipelineId: string;
  /** Stage name → id. */
  readonly stages: IdsByName;
}

/** An opportunity. A name that stands for no record exactly stays text: the rules judge it. */
export function toDeal(row: ExportRow<"pipeline">, context: DealContext): NewRecord {
  const stageId = lookUp(context.stages, row.deal_stage);
  return {
    id: crypto.randomUUID(),
    org_id: context.orgId,
    external_id: row.opportunity_id,
    name: row.opportunity_id,
    account_name: row.account,
    account_id: lookUp(context.accounts, row.account),
    product_name: row.product,
    product_id: lookUp(context.products, row.product),
    stage_name: row.deal_stage,
    stage_id: stageId,
    pipeline_id: stageId && context.pipelineId,
    status: statusOf(row.deal_stage),
    opened_on: row.engage_date,
    closed_on: row.close_date,
    amount: row.close_value,
    currency,
    owner_name: row.sales_agent,
  };
}

function lookUp(ids: IdsByName, name: string | null): string | null {
  return name === null ? null : ids.get(name) ?? null;
}

function parentOf(row: ExportRow<"accounts">, id: string, parents: IdsByName): string | null {
  const parent = lookUp(parents, row.subsidiary_of);
  return parent === id ? null : parent;
}

function statusOf(stage: string | null): "open" | "won" | "lost" {
  const name = stage?.trim().toLowerCase();
  return name === "won" || name === "lost" ? name : "open";
}
