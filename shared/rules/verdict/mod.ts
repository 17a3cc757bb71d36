/** Records → verdicts. @module */
export { composeFixes, type RuleFix } from "./compose_fixes.ts";
export { evaluateRecord } from "./evaluate_record.ts";
export { type FieldChange, patchOfChanges } from "./patch_of_changes.ts";
export type { Change } from "./run_steps.ts";
