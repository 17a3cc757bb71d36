import { Environment } from "../_shared/env.ts";
import type { Budget } from "./budget.ts";

/** What `evaluate` is told by its environment. */
export interface Settings {
  readonly url: string;
  readonly secretKey: string;
  readonly doorbellToken: string;
  /** Records per claim: one claim is applied in one transaction. */
  readonly batchSize: number;
  readonly budget: Budget;
}

/**
 * Reads the settings. The defaults keep a call well under the platform's two seconds of CPU and 150 seconds of wall time.
 *
 * @throws {ConfigurationMissingError} that names the variable
 */
export function readSettings(environment: Environment = new Environment()): Settings {
  return {
    url: environment.require("SUPABASE_URL"),
    secretKey: environment.secretKey(),
    doorbellToken: environment.require("DOORBELL_TOKEN"),
    batchSize: environment.positiveInteger("EVALUATE_BATCH_SIZE", 500),
    budget: {
      records: environment.positiveInteger("EVALUATE_RECORDS_PER_CALL", 5000),
      wallMs: environment.positiveInteger("EVALUATE_WALL_MS", 100_000),
      busyMs: environment.positiveInteger("EVALUATE_BUSY_MS", 1000),
    },
  };
}
