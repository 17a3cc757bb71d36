import { Doorbell } from "../_shared/doorbell.ts";
import { GovernanceClient } from "../_shared/governance_client.ts";
import type { Log } from "../_shared/log.ts";
import { drain } from "./drain.ts";
import { PlanStore } from "../_shared/plan_store.ts";
import type { Settings } from "./settings.ts";

/** Puts together what one process of `evaluate` works with for as long as it lives. */
export function composeDoorbell(settings: Settings, log: Log): Doorbell {
  const governance = new GovernanceClient(settings);
  const plans = new PlanStore((fault, entityType) =>
    log.error("A rule cannot run.", fault.reason, { entity_type: entityType, rule_id: fault.rule_id })
  );
  let isEnding = false;
  addEventListener("beforeunload", () => {
    isEnding = true;
  });
  return new Doorbell({
    drain: () =>
      drain({
        governance,
        plans,
        log,
        batchSize: settings.batchSize,
        budget: settings.budget,
        now: () => performance.now(),
        isEnding: () => isEnding,
      }),
    ringNext: () => governance.ringDoorbell(),
    log,
  });
}
