/** The pattern grammar of `matches`. @module */
export { compilePattern } from "./compile_pattern.ts";
export { parsePattern } from "./parse_pattern.ts";
export type { CodePointRange, PatternNode, Quantifier } from "./pattern_node.ts";
