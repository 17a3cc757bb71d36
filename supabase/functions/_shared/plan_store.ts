import type { ClaimedBatch } from "../../../shared/schema/claim.ts";
import { planRules, type RuleFault, type RulePlan } from "../../../shared/rules/mod.ts";

/** The rule sets that this process has planned, one version per entity. */
export class PlanStore {
  readonly #plans = new Map<string, { readonly version: string; readonly plan: RulePlan }>();

  /** @param onFault is told of every rule that cannot run, once per version */
  constructor(readonly onFault: (fault: RuleFault, entityType: string) => void) {}

  /** Entity → version, for the claim: what is known need not be sent again. */
  knownVersions(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#plans].map(([entity, { version }]) => [entity, version]));
  }

  /** The plan for a batch; null when its rules were not sent although this process does not know them. */
  planFor(batch: ClaimedBatch): RulePlan | null {
    const known = this.#plans.get(batch.entity_type);
    if (known?.version === batch.rules_version) return known.plan;
    if (batch.rules === null || batch.classes === null) return null;
    const plan = planRules(batch.rules, batch.classes);
    for (const fault of plan.faults) this.onFault(fault, batch.entity_type);
    this.#plans.set(batch.entity_type, { version: batch.rules_version, plan });
    return plan;
  }

  /** The rules of an entity have changed: the next claim brings them. */
  forget(entityType: string): void {
    this.#plans.delete(entityType);
  }
}
