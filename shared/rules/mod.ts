/** The rule language: rules are planned once per version, records judged by the plan. Pure. @module */
export { CLASSES, compareByCodePoint } from "./classes/mod.ts";
export { OPERATORS } from "./operators/mod.ts";
export { compilePattern, parsePattern } from "./pattern/mod.ts";
export { type OrganizationPlan, planRule, planRules, type RuleFault, type RulePlan } from "./plan/mod.ts";
export { type BatchContext, type OpenQuestion } from "./record_state.ts";
export { evaluateRecord, patchOfChanges } from "./verdict/mod.ts";
