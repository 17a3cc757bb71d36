import type { Governance } from "../_shared/governance_client.ts";
import type { Log } from "../_shared/log.ts";

/** A lease that is prolonged while its batch is worked on. */
export interface Lease {
  /** True when another evaluator may have the records: stop working on them. */
  readonly isLost: boolean;
  /** Prolongs it no more. */
  stop(): void;
}

/** Prolongs a lease three times in its length, until it is stopped. */
export function keepLease(governance: Governance, leaseId: string, leaseSeconds: number, log: Log): Lease {
  let isLost = false;
  const timer = setInterval(() => {
    governance.heartbeat(leaseId).then(
      (isHeld) => {
        isLost ||= !isHeld;
      },
      // One missed beat loses nothing; when all are missed, the lease expires and the tokens fence us off.
      (error) => log.error("The lease could not be prolonged.", error, { lease_id: leaseId }),
    );
  }, leaseSeconds * 1000 / 3);
  return {
    get isLost() {
      return isLost;
    },
    stop: () => clearInterval(timer),
  };
}
