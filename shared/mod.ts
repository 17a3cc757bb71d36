/** Everything that is pure: no environment, network, database, clock or randomness. @module */
export * from "./errors.ts";
export * from "./fix/mod.ts";
export * from "./normalize/mod.ts";
export * from "./rules/mod.ts";
export * from "./schema/mod.ts";
