/** Patches of one record: built, applied, taken back. @module */
export { patchOfChanges } from "../rules/mod.ts";
export { applyPatch, fieldOf, type RecordValues } from "./apply_patch.ts";
export { invertPatch } from "./invert_patch.ts";
