import { z } from "zod";
import type { DatabaseClient } from "../http/caller.ts";
import { ask } from "./ask.ts";

/** A sweep, as far as it is. */
export const sweepSchema = z.object({
  run_id: z.uuid(),
  entity_type: z.string(),
  reason: z.string(),
  status: z.enum(["queued", "running", "succeeded", "failed", "cancelled"]),
  created_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
});

/** Sweeps on demand, with the caller's rights. */
export class SweepsGateway {
  constructor(readonly client: DatabaseClient) {}

  async start(entityType: string) {
    return await this.read(await ask(this.client.rpc("sweep", { p_entity_type: entityType }), z.uuid()));
  }

  async read(runId: string) {
    return await ask(this.client.rpc("sweep_status", { p_run_id: runId }), sweepSchema);
  }
}
