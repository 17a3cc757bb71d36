import { z } from "zod";
import type { Fault } from "../../../../shared/errors.ts";
import type { Json } from "../../../../shared/schema/database.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { ask } from "./ask.ts";
import { outcomeSchema } from "./records_gateway.ts";

/** A payload of a source, checked; the version as a number that rises. */
export interface Payload {
  readonly n: number;
  readonly external_id: string;
  readonly version: string;
  readonly key?: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A payload that is not as the interface describes it. */
export interface RefusedPayload {
  readonly external_id: string | null;
  readonly payload: unknown;
  readonly faults: readonly Fault[];
}

const ingestedSchema = outcomeSchema.extend({
  external_id: z.string(),
  outcome: z.enum(["inserted", "updated", "unchanged", "repeated", "outdated", "refused"]),
});
export type Ingested = z.output<typeof ingestedSchema>;

/** The SQL functions that take what sources send. */
export class IngestGateway {
  /** @param system the database with the secret key: SQL is told whose key was proven */
  constructor(readonly system: DatabaseClient, readonly keyId: string) {}

  async ingest(entityType: string, payloads: readonly Payload[]): Promise<Ingested[]> {
    const parameters = {
      p_key_id: this.keyId,
      p_entity_type: entityType,
      p_records: payloads as unknown as Json,
    };
    return await ask(this.system.rpc("ingest_records", parameters), z.array(ingestedSchema));
  }

  async keepRefused(entityType: string | null, refused: readonly RefusedPayload[]): Promise<void> {
    const parameters = {
      p_key_id: this.keyId,
      p_entity_type: entityType as string,
      p_refused: refused as unknown as Json,
    };
    await ask(this.system.rpc("keep_refused_payloads", parameters), z.unknown());
  }
}
