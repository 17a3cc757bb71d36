import { z } from "zod";
import type { DatabaseClient } from "../http/caller.ts";
import { ask } from "./ask.ts";

/** What an undo came to. */
export const undoneSchema = z.object({ batch_id: z.uuid().nullable(), records: z.number() });

/** The SQL functions about applied fixes, with the caller's rights. */
export class FixesGateway {
  constructor(readonly client: DatabaseClient) {}

  async undo(fixId: string) {
    return await ask(this.client.rpc("undo_fix", { p_fix_id: fixId }), undoneSchema);
  }

  async undoBatch(batchId: string) {
    return await ask(this.client.rpc("undo_fix_batch", { p_batch_id: batchId }), undoneSchema);
  }
}
