import type { IntegrationClient } from "./client.ts";
import { dataOf } from "./load_error.ts";
import type { IdsByName } from "./to_records.ts";

/** Where a load puts its records. */
export interface LoadOrganization {
  readonly id: string;
  readonly name: string;
  /** False when an earlier load made it. */
  readonly isNew: boolean;
  readonly pipelineId: string;
  readonly stages: IdsByName;
}

const pipelineName = "Sales";
const stages = [
  { name: "Prospecting", position: 1, outcome: "open" },
  { name: "Engaging", position: 2, outcome: "open" },
  { name: "Won", position: 3, outcome: "won" },
  { name: "Lost", position: 4, outcome: "lost" },
] as const;

/** Finds the organization that loads under this name go to, or makes it, with its pipeline. */
export async function ensureOrganization(client: IntegrationClient, name: string): Promise<LoadOrganization> {
  const external_id = `sales-export:${name}`;
  const found = dataOf(
    "read organizations",
    await client.from("organizations").select("id").match({ external_id }),
  );
  const id: string = found[0]?.id ?? crypto.randomUUID();
  if (found.length === 0) {
    await write(client, "organizations", [{ id, name, external_id, default_currency: "USD" }]);
  }
  const pipelineId = await ensurePipeline(client, id);
  return {
    id,
    name,
    isNew: found.length === 0,
    pipelineId,
    stages: await ensureStages(client, id, pipelineId),
  };
}

async function ensurePipeline(client: IntegrationClient, orgId: string): Promise<string> {
  const match = { org_id: orgId, name: pipelineName };
  const found = dataOf("read pipelines", await client.from("pipelines").select("id").match(match));
  if (found[0]) return found[0].id;
  const id = crypto.randomUUID();
  await write(client, "pipelines", [{ id, ...match, is_default: true }]);
  return id;
}

async function ensureStages(
  client: IntegrationClient,
  orgId: string,
  pipelineId: string,
): Promise<IdsByName> {
  const match = { org_id: orgId, pipeline_id: pipelineId };
  const found = dataOf("read stages", await client.from("pipeline_stages").select("id,name").match(match));
  const known = new Map<string, string>(
    found.map((stage: { id: string; name: string }) => [stage.name, stage.id]),
  );
  const missing = stages.filter((stage) => !known.has(stage.name)).map((stage) => ({
    id: crypto.randomUUID(),
    ...match,
    ...stage,
  }));
  if (missing.length > 0) await write(client, "pipeline_stages", missing);
  for (const stage of missing) known.set(stage.name, stage.id);
  return known;
}

async function write(client: IntegrationClient, table: string, rows: readonly object[]): Promise<void> {
  const { error } = await client.from(table).insert(rows as never);
  dataOf(`write ${table}`, { data: rows, error });
}
