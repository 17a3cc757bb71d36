import { Environment } from "../../_shared/env.ts";
import type { Log } from "../../_shared/log.ts";
import { PlanStore } from "../../_shared/plan_store.ts";
import { createSecretClient } from "../../_shared/secret_client.ts";
import type { DatabaseClient } from "./caller.ts";

/** What one process of the API works with for as long as it lives. */
export interface Services {
  /** The database with the secret key: only for what no caller may see, and for integrations, whose rights SQL checks by their key. */
  readonly system: DatabaseClient;
  /** The rule sets that this process has planned. */
  readonly plans: PlanStore;
  readonly log: Log;
}

/**
 * Makes the services of this process.
 *
 * @throws {ConfigurationMissingError} that names the variable
 */
export function createServices(log: Log, environment: Environment = new Environment()): Services {
  const client = createSecretClient({
    url: environment.require("SUPABASE_URL"),
    secretKey: environment.secretKey(),
  });
  return {
    system: client.schema("governance") as unknown as DatabaseClient,
    plans: new PlanStore((fault, entityType) =>
      log.error("A rule cannot run.", fault.reason, { entity_type: entityType, rule_id: fault.rule_id })
    ),
    log,
  };
}
