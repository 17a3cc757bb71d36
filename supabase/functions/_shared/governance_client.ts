import { z } from "zod";
import {
  type ClaimedBatch,
  claimedBatchSchema,
  type Lookups,
  lookupsSchema,
} from "../../../shared/schema/claim.ts";
import { type Applied, appliedSchema, type Verdict } from "../../../shared/schema/verdict.ts";
import type { LookedUpValue } from "./evaluate_batch.ts";
import { SqlFunctions } from "./sql_functions.ts";
import type { SecretClientOptions } from "./secret_client.ts";

/** What `evaluate` asks of the database. */
export interface Governance {
  /** Leases a batch of changed records of one entity; null when there is nothing to claim. */
  claimChanges(limit: number, knownVersions: Readonly<Record<string, string>>): Promise<ClaimedBatch | null>;
  /** Prolongs a lease; false when it is lost. */
  heartbeat(leaseId: string): Promise<boolean>;
  /** Tells how long judging so many records of an entity took. */
  noteCost(entityType: string, records: number, busyMs: number): Promise<void>;
  /** Applies verdicts of one lease in one transaction. */
  applyVerdicts(batch: ClaimedBatch, verdicts: readonly Verdict[]): Promise<Applied>;
  /** Reports records that failed alone: they back off, and after five times are dead. */
  failChanges(leaseId: string, keys: readonly string[], error: string): Promise<void>;
  /** Gives a batch back untouched. */
  releaseChanges(leaseId: string): Promise<void>;
  /** Asks the reference sets about values that were not delivered. */
  lookUpValues(values: readonly LookedUpValue[]): Promise<Lookups>;
  /** Wakes the next `evaluate`. */
  ringDoorbell(): Promise<void>;
}

/**
 * The SQL functions of schema `governance`, one method each, through REST with the secret key.
 *
 * @throws {DatabaseCallError} from every method
 */
export class GovernanceClient implements Governance {
  readonly #functions: SqlFunctions;

  constructor(options: SecretClientOptions) {
    this.#functions = new SqlFunctions(options);
  }

  async claimChanges(
    limit: number,
    knownVersions: Readonly<Record<string, string>>,
  ): Promise<ClaimedBatch | null> {
    const parameters = { p_limit: limit, p_known_versions: knownVersions };
    return await this.#functions.ask("claim_changes", parameters, claimedBatchSchema.nullable());
  }

  async heartbeat(leaseId: string): Promise<boolean> {
    return await this.#functions.ask("heartbeat", { p_lease_id: leaseId }, z.boolean());
  }

  async noteCost(entityType: string, records: number, busyMs: number): Promise<void> {
    const parameters = { p_entity_type: entityType, p_records: records, p_busy_ms: busyMs };
    await this.#functions.ask("note_evaluate_cost", parameters, z.unknown());
  }

  async applyVerdicts(batch: ClaimedBatch, verdicts: readonly Verdict[]): Promise<Applied> {
    return await this.#functions.ask("apply_verdicts", {
      p_lease_id: batch.lease_id,
      p_entity_type: batch.entity_type,
      p_rules_version: batch.rules_version,
      p_verdicts: verdicts,
    }, appliedSchema);
  }

  async failChanges(leaseId: string, keys: readonly string[], error: string): Promise<void> {
    await this.#functions.ask(
      "fail_changes",
      { p_lease_id: leaseId, p_keys: keys, p_error: error },
      z.unknown(),
    );
  }

  async releaseChanges(leaseId: string): Promise<void> {
    await this.#functions.ask("release_changes", { p_lease_id: leaseId }, z.unknown());
  }

  async lookUpValues(values: readonly LookedUpValue[]): Promise<Lookups> {
    return await this.#functions.ask("look_up_values", { p_values: values }, lookupsSchema);
  }

  async ringDoorbell(): Promise<void> {
    await this.#functions.ask("ring_doorbell", {}, z.unknown());
  }
}
