/** To-many relations with a match mode. @module */
export { MODES } from "./match_modes.ts";
export { planMatch } from "./plan_match.ts";
