/**
 * `governance-api`: what people and integrations ask of the governing layer, over HTTP. What a caller may do is decided
 * by row level security and by SQL functions, with the caller's own rights.
 *
 * @module
 */
import { jsonLog } from "../_shared/log.ts";
import { createApp } from "./app.ts";
import { routes } from "./routes/mod.ts";
import { createDeliveryBell, DELIVERY_PATH } from "./webhooks/delivery_bell.ts";

const log = jsonLog("governance-api");
const app = createApp(routes, log);
const deliver = createDeliveryBell(log);

export default {
  fetch(request: Request): Response | Promise<Response> {
    return new URL(request.url).pathname.endsWith(DELIVERY_PATH) ? deliver(request) : app.fetch(request);
  },
};
