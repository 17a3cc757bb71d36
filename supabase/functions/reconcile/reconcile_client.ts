import { z } from "zod";
import type { SecretClientOptions } from "../_shared/secret_client.ts";
import { SqlFunctions } from "../_shared/sql_functions.ts";

const advancedSchema = z.object({
  run_id: z.uuid(),
  job: z.string(),
  status: z.enum(["running", "succeeded", "failed"]),
  counts: z.record(z.string(), z.unknown()).optional(),
  error: z.string().optional(),
}).nullable();

/** What one chunk of a run came to; null when no run waits. */
export type Advanced = z.infer<typeof advancedSchema>;

/** What `reconcile` asks of the database. */
export interface Reconciliation {
  /** One chunk of the run that waits longest. */
  advance(): Promise<Advanced>;
  /** Wakes the next `reconcile`, if a run waits. */
  callNext(): Promise<void>;
}

/**
 * The SQL functions of reconciliation, one method each.
 *
 * @throws {DatabaseCallError} from every method
 */
export class ReconcileClient implements Reconciliation {
  readonly #functions: SqlFunctions;

  constructor(options: SecretClientOptions) {
    this.#functions = new SqlFunctions(options);
  }

  async advance(): Promise<Advanced> {
    return await this.#functions.ask("advance_reconciliation", {}, advancedSchema);
  }

  async callNext(): Promise<void> {
    await this.#functions.ask("call_reconcile", {}, z.unknown());
  }
}
