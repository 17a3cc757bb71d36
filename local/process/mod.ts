/** Processes that cannot outlive their starter, and the accounts they run as. */
export { type Guarded, type GuardedOptions, startGuarded } from "./guarded.ts";
export { canTraverse, giveTo, type OsUser, postgresOsUser } from "./os_user.ts";
export { keepRunning, type LoopContext, type LoopOptions, type Running } from "./keep_running.ts";
export { type Listener, openListener } from "./listener.ts";
export { untilToldToStop } from "./until_told.ts";
