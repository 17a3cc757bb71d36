import type { Governance } from "../_shared/governance_client.ts";
import { describeError, type Log } from "../_shared/log.ts";

/** What judging records took, by entity: a part of the health of its rules. */
export class EvaluateCosts {
  readonly #spent = new Map<string, { readonly records: number; readonly busyMs: number }>();

  /** Adds a batch. */
  note(entityType: string, records: number, busyMs: number): void {
    const before = this.#spent.get(entityType) ?? { records: 0, busyMs: 0 };
    this.#spent.set(entityType, { records: before.records + records, busyMs: before.busyMs + busyMs });
  }

  /** Reports everything, once a drain. Nothing depends on it, so what cannot be told is only logged. */
  async report(governance: Governance, log: Log): Promise<void> {
    for (const [entityType, { records, busyMs }] of this.#spent) {
      try {
        await governance.noteCost(entityType, records, busyMs);
      } catch (error) {
        log.info("What evaluating costs could not be reported.", { reason: describeError(error) });
      }
    }
  }
}
