/** Rules as YAML files: text from rules and rules from text, with the place of every fault. @module */
export * from "./fault.ts";
export * from "./file_path.ts";
export * from "./read_rule_file.ts";
export * from "./rule_file.ts";
export * from "./write_rule_file.ts";
