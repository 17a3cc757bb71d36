/** The edge functions of `supabase/functions/`, each in a process of its own, as hosted Supabase runs them. */
export type { FunctionLimits, FunctionLog, Functions, FunctionsOptions, FunctionStats } from "./types.ts";
export { HOSTED_LIMITS } from "./limits.ts";
export { startFunctions } from "./start_functions.ts";
