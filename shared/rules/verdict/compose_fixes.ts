import type { Patch } from "../../schema/json_patch.ts";
import { patchOfChanges } from "./patch_of_changes.ts";
import type { Change } from "./run_steps.ts";

/** What one rule changes of one record. */
export interface RuleFix {
  readonly rule_id: string;
  readonly patch: Patch;
}

/**
 * Makes of everything that rules changed in memory, round by round, one patch per rule. The patches compose in their
 * order: each tests what the one before left.
 */
export function composeFixes(changes: readonly Change[]): readonly RuleFix[] {
  const chains = [...chainsByField(changes).values()];
  const rules = [...new Set(changes.map((change) => change.ruleId))];
  const ordered = orderRules(rules, chains);
  // When no order suits every field, each field's whole way goes to the rule that had the last word on it.
  const used = ordered === null ? chains.map(lastWord) : chains;
  return (ordered ?? rules).flatMap((ruleId): RuleFix[] => {
    const own = used.flat().filter((change) => change.ruleId === ruleId);
    return own.length === 0 ? [] : [{ rule_id: ruleId, patch: patchOfChanges(own) }];
  });
}

/** Each field's changes in order, every rule once: what others did between two changes of a rule did not last. */
function chainsByField(changes: readonly Change[]): Map<string, Change[]> {
  const chains = new Map<string, Change[]>();
  for (const change of changes) {
    const chain = chains.get(change.field) ?? [];
    const earlier = chain.findIndex(({ ruleId }) => ruleId === change.ruleId);
    const kept = earlier < 0 ? chain : chain.slice(0, earlier);
    const { from } = chain[earlier] ?? change;
    chains.set(change.field, from === change.to ? kept : [...kept, { ...change, from }]);
  }
  for (const [field, chain] of chains) {
    if (chain.length === 0 || chain[0]?.from === chain.at(-1)?.to) chains.delete(field);
  }
  return chains;
}

/** An order of the rules that follows every chain; null when the chains contradict each other. */
function orderRules(rules: readonly string[], chains: readonly (readonly Change[])[]): string[] | null {
  const pairs = chains.flatMap((chain) =>
    chain.slice(1).map((change, index) => [chain[index]?.ruleId, change.ruleId])
  );
  const ordered: string[] = [];
  const left = new Set(rules);
  while (left.size > 0) {
    const next = [...left].find((rule) =>
      !pairs.some(([before, after]) => after === rule && left.has(before ?? ""))
    );
    if (next === undefined) return null;
    ordered.push(next);
    left.delete(next);
  }
  return ordered;
}

function lastWord(chain: readonly Change[]): Change[] {
  const last = chain.at(-1);
  return last === undefined ? [] : [{ ...last, from: chain[0]?.from ?? null }];
}
