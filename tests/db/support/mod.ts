export * from "./evaluator.ts";
export * from "./locks.ts";
export * from "./outcomes.ts";
export * from "./real_evaluator.ts";
export * from "./refused.ts";
export * from "./rules.ts";
export * from "./shop.ts";
export * from "./world.ts";
