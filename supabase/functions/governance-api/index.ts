/**
 * `governance-api`: what people and integrations ask of the governing layer, over HTTP. What a caller may do is decided
 * by row level security and by SQL functions, with the caller's own rights.
 *
 * @module
 */
import { jsonLog } from "../_shared/log.ts";
import { createApp } from "./app.ts";
import { routes } from "./routes/mod.ts";

const app = createApp(routes, jsonLog("governance-api"));

export default { fetch: (request: Request): Response | Promise<Response> => app.fetch(request) };
