import { and, is, type RuleInput, saveRule, type World } from "../support/mod.ts";
import type { Hit } from "./executions.ts";

/** Each is saved three times: as a block and as an issue rule in shadow, and as an active issue rule. */
export const conditions: Record<string, RuleInput> = {
  own: { applies_when: and(is("status", "!=", "draft")), condition: and(is("amount", ">", "0")) },
  path: { applies_when: and(is("status", "=", "won")), condition: and(is("customer.is_active", "=", true)) },
  named: { applies_when: and(is("customer_id", "notNull")), condition: and(is("customer.name", "isFilled")) },
  moment: { condition: and(is("due_on", ">=", "today-P1D")) },
  note: { kind: "unique", condition: { fields: [{ field: "note" }] }, message: "{group_size} have it." },
};
/** Those of which a replay is exact. */
export const exact = Object.keys(conditions).filter((name) => conditions[name]!.kind !== "unique");

/** The names of violations without how the rule was saved. */
export const plain = (hits: readonly Hit[], as: string, names = Object.keys(conditions)) =>
  hits.map((hit) => hit.split(":") as [string, string])
    .filter(([rule]) => rule.endsWith(`-${as}`) && names.includes(rule.slice(0, -as.length - 1)))
    .map(([rule, record]) => `${rule.slice(0, -as.length - 1)}:${record}`).sort();

/** Saves them all; returns their ids by key. */
export async function saveAll(world: World): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  for (const [name, parts] of Object.entries(conditions)) {
    const save = (as: string, more: RuleInput) =>
      saveRule(world.sql, {
        message: "It is so.",
        org_id: "acme",
        ...parts,
        rule_key: `${name}-${as}`,
        ...more,
      });
    ids[`${name}-block`] = await save("block", { enforcement: "block", status: "shadow" });
    ids[`${name}-later`] = await save("later", { status: "shadow" });
    ids[`${name}-issue`] = await save("issue", {});
  }
  return ids;
}
