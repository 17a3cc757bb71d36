/** Where local state lies and how it is built. */
export { buildOnce } from "./build_once.ts";
export { hashOf } from "./hash.ts";
export { ephemeralDir, portDir, projectDir, stateRoot } from "./paths.ts";
