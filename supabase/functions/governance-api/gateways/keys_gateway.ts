import { z } from "zod";
import type { DatabaseClient } from "../http/caller.ts";
import { KEY_SCOPES } from "../http/route.ts";
import { ask } from "./ask.ts";

export const keySchema = z.object({
  key_id: z.uuid(),
  org_id: z.string(),
  source_key: z.string(),
  label: z.string(),
  scopes: z.array(z.enum(KEY_SCOPES)),
  key_start: z.string(),
  calls_per_minute: z.number(),
  expires_at: z.string().nullable(),
  created_by: z.string().nullable(),
  created_at: z.string(),
  revoked_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
});

/** What a new key is to be. */
export interface KeyRequest {
  readonly org_id: string;
  readonly source_key: string;
  readonly label: string;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly calls_per_minute: number;
}

/** The SQL functions about integration keys, with the caller's rights. */
export class KeysGateway {
  constructor(readonly client: DatabaseClient) {}

  async issue(key: KeyRequest) {
    const parameters = {
      p_org_id: key.org_id,
      p_source_key: key.source_key,
      p_label: key.label,
      p_scopes: [...key.scopes],
      p_calls_per_minute: key.calls_per_minute,
      ...(key.expires_at !== null && { p_expires_at: key.expires_at }),
    };
    return await ask(
      this.client.rpc("issue_integration_key", parameters),
      z.object({ key_id: z.uuid(), key: z.string() }),
    );
  }

  async revoke(keyId: string): Promise<void> {
    await ask(this.client.rpc("revoke_integration_key", { p_key_id: keyId }), z.unknown());
  }

  async list(orgId: string) {
    const columns = Object.keys(keySchema.shape).join(",");
    const rows = this.client.from("integration_keys").select(columns).eq("org_id", orgId).order("created_at")
      .limit(1000);
    return await ask(rows, z.array(keySchema));
  }
}
