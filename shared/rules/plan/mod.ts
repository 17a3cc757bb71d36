/** Rules as delivered → closures. @module */
export { planRule } from "./plan_rule.ts";
export {
  type OrganizationPlan,
  planRules,
  type RuleFault,
  type RulePlan,
  withoutRules,
} from "./plan_rules.ts";
export type { PlannedRule } from "./planned_rule.ts";
