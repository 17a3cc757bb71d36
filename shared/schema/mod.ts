/** The shapes that cross a boundary, checked there and nowhere else. @module */
export * from "./claim.ts";
export * from "./fix_step.ts";
export * from "./json_patch.ts";
export * from "./rule.ts";
export * from "./rule_group.ts";
export * from "./verdict.ts";
