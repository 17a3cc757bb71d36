import { z } from "zod";
import type { IntegrationClient } from "./client.ts";
import { dataOf } from "./load_error.ts";

const issuedSchema = z.object({ key_id: z.uuid(), key: z.string() });

/** Runs work with an integration key that may import into one organization, and takes the key back at the end. */
export async function withImportKey<Result>(
  client: IntegrationClient,
  orgId: string,
  work: (key: string) => Promise<Result>,
): Promise<Result> {
  const governance = client.schema("governance");
  const issued = await governance.rpc("issue_integration_key", {
    p_org_id: orgId,
    // A source belongs to one organization.
    p_source_key: `import:sales-export:${orgId}`,
    p_label: "Sales export",
    p_scopes: ["import"],
    p_calls_per_minute: 100_000,
  });
  const { key_id, key } = issuedSchema.parse(dataOf("issue a key", issued));
  try {
    return await work(key);
  } finally {
    await governance.rpc("revoke_integration_key", { p_key_id: key_id });
  }
}
