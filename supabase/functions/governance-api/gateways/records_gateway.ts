import { z } from "zod";
import {
  type ClaimedBatch,
  claimedBatchSchema,
  type Lookups,
  lookupsSchema,
} from "../../../../shared/schema/claim.ts";
import type { Json } from "../../../../shared/schema/database.ts";
import { patchSchema } from "../../../../shared/schema/json_patch.ts";
import type { LookedUpValue } from "../../_shared/evaluate_batch.ts";
import type { DatabaseClient } from "../http/caller.ts";
import { type GivenRecord, numbered } from "../http/records.ts";
import { ask } from "./ask.ts";

/** The fields that a change policy holds back, and the change request in which they wait; none while it is only tried. */
export const divertedSchema = z.object({ request_id: z.uuid().nullable(), fields: z.array(z.string()) });

/** What became, or would become, of one record of a list. */
export const outcomeSchema = z.object({
  n: z.number(),
  key: z.string().nullish(),
  outcome: z.enum(["inserted", "updated", "unchanged", "refused", "diverted"]),
  diverted: divertedSchema.nullish(),
  error: z.object({
    code: z.string(),
    message: z.string(),
    fields: z.array(z.string()).optional(),
    same_as: z.number().optional(),
    violations: z.array(z.object({
      rule_key: z.string(),
      severity: z.string(),
      fields: z.array(z.string()),
      message: z.string(),
    })).optional(),
  }).nullish(),
});
export type Outcome = z.output<typeof outcomeSchema>;

const trialSchema = z.object({
  write_fixes: z.array(
    z.object({ key: z.string(), rule_id: z.string(), rule_key: z.string(), patch: patchSchema }),
  ),
  /** Rules whose words the caller must not be shown: of the record named, or of all. */
  hidden: z.array(z.tuple([z.string(), z.string().nullable()])),
  rule_index: z.record(z.string(), z.object({ rule_key: z.string(), severity: z.string() })),
});

/** A trial as evaluate would have claimed it. */
export interface Trial extends z.output<typeof trialSchema> {
  readonly batch: ClaimedBatch;
}

export const storedSchema = z.object({ outcomes: z.array(outcomeSchema), trial_id: z.uuid() });
/** What became of a list of records; what evaluate will be given of them waits under the trial's id. */
export type Stored = z.output<typeof storedSchema>;

/** The SQL functions that take lists of records. */
export class RecordsGateway {
  /** @param client acts with the caller's rights; `system` fetches what the caller may not see */
  constructor(readonly client: DatabaseClient, readonly system: DatabaseClient) {}

  async try(entityType: string, orgId: string, records: readonly GivenRecord[]): Promise<Stored> {
    return await ask(this.client.rpc("try_records", listOf(entityType, orgId, records)), storedSchema);
  }

  async store(
    entityType: string,
    orgId: string,
    records: readonly GivenRecord[],
    allOrNothing: boolean,
  ): Promise<Stored> {
    const parameters = { ...listOf(entityType, orgId, records), p_all_or_nothing: allOrNothing };
    return await ask(this.client.rpc("store_records", parameters), storedSchema);
  }

  /** @param knownVersion the version of the entity's rules that need not be sent again */
  async takeTrial(trialId: string, knownVersion: string | undefined): Promise<Trial> {
    const parameters = {
      p_trial_id: trialId,
      ...(knownVersion !== undefined && { p_known_version: knownVersion }),
    };
    const [trial, batch] = await ask(
      this.system.rpc("take_trial", parameters),
      z.unknown().transform((raw) => [trialSchema.parse(raw), claimedBatchSchema.parse(raw)] as const),
    );
    return { ...trial, batch };
  }

  /** What the reference sets say of values that fixes would make. */
  async lookUpValues(values: readonly LookedUpValue[]): Promise<Lookups> {
    return await ask(
      this.system.rpc("look_up_values", { p_values: values as unknown as Json }),
      lookupsSchema,
    );
  }
}

function listOf(entityType: string, orgId: string, records: readonly GivenRecord[]) {
  return { p_entity_type: entityType, p_org_id: orgId, p_records: numbered(records) as unknown as Json };
}
