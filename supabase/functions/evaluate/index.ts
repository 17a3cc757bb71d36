/**
 * `evaluate`: a doorbell wakes it; it answers at once and drains the change queue in the background.
 *
 * @module
 */
import { runInBackground } from "../_shared/background.ts";
import type { Doorbell } from "../_shared/doorbell.ts";
import { refuseUnlessDoorbell } from "../_shared/doorbell_request.ts";
import { jsonLog } from "../_shared/log.ts";
import { problem } from "../_shared/problem.ts";
import { composeDoorbell } from "./compose.ts";
import { readSettings, type Settings } from "./settings.ts";

const log = jsonLog("evaluate");
let running: { readonly settings: Settings; readonly doorbell: Doorbell } | null = null;

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      const { settings, doorbell } = running ??= start();
      const refused = await refuseUnlessDoorbell(request, settings.doorbellToken);
      if (refused !== null) return refused;
      runInBackground(doorbell.ring(), (error) => log.error("The background work broke.", error));
      return Response.json({ status: "accepted" }, { status: 202 });
    } catch (error) {
      log.error("The call could not be served.", error);
      return problem("configuration-missing");
    }
  },
};

function start() {
  const settings = readSettings();
  return { settings, doorbell: composeDoorbell(settings, log) };
}
