import { z } from "zod";
import { planCondition } from "../plan/plan_condition.ts";
import { zodFaults } from "../plan/zod_faults.ts";
import type { Kind } from "./kind.ts";

const parametersSchema = z.strictObject({ relation: z.string().min(1), condition: z.unknown().optional() });

/**
 * `reference`: the record that a to-one relation points to exists and satisfies a condition. No reference passes; one
 * whose record cannot be read violates.
 */
export const referenceKind: Kind = {
  plan(rule, scope) {
    const parsed = parametersSchema.safeParse(rule.condition);
    if (!parsed.success) {
      scope.faults.push(...zodFaults(parsed.error, "/condition"));
      return { condition: null };
    }
    const { relation } = parsed.data;
    const target = rule.target_field ?? "";
    const at = scope.at("/condition");
    if (at.read(target) === undefined) at.fault("/relation", `There is no relation "${relation}".`);
    const condition = planCondition(
      throughRelation(parsed.data.condition, relation),
      scope,
      "/condition/condition",
    );
    return {
      demandedRelation: relation,
      condition: (view) => {
        if (view.isDangling(relation)) return false;
        if ((view.value(target) ?? null) === null) return null;
        return condition === null ? true : condition(view);
      },
    };
  },
};

/** A group's fields as seen through a relation. What is wrong with its shape is told when it is planned. */
function throughRelation(node: unknown, relation: string): unknown {
  if (typeof node !== "object" || node === null) return node;
  if ("rules" in node && Array.isArray(node.rules)) {
    return { ...node, rules: node.rules.map((inner) => throughRelation(inner, relation)) };
  }
  const prefixed = (name: unknown) => typeof name === "string" ? `${relation}.${name}` : name;
  const comparison = node as Record<string, unknown>;
  const { field, value } = comparison;
  const isField = comparison["valueSource"] === "field";
  return {
    ...comparison,
    field: prefixed(field),
    ...(isField ? { value: Array.isArray(value) ? value.map(prefixed) : prefixed(value) } : {}),
  };
}
