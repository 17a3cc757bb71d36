/**
 * `reconcile`: the nightly accountant. A call wakes it; it answers at once and advances the runs that wait, one chunk a
 * transaction.
 *
 * @module
 */
import { runInBackground } from "../_shared/background.ts";
import { Doorbell } from "../_shared/doorbell.ts";
import { refuseUnlessDoorbell } from "../_shared/doorbell_request.ts";
import { Environment } from "../_shared/env.ts";
import { jsonLog } from "../_shared/log.ts";
import { problem } from "../_shared/problem.ts";
import { advanceRuns } from "./advance_runs.ts";
import { ReconcileClient } from "./reconcile_client.ts";

const log = jsonLog("reconcile");
let running: { readonly token: string; readonly doorbell: Doorbell } | null = null;

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      const { token, doorbell } = running ??= start(new Environment());
      const refused = await refuseUnlessDoorbell(request, token);
      if (refused !== null) return refused;
      runInBackground(doorbell.ring(), (error) => log.error("The background work broke.", error));
      return Response.json({ status: "accepted" }, { status: 202 });
    } catch (error) {
      log.error("The call could not be served.", error);
      return problem("configuration-missing");
    }
  },
};

function start(environment: Environment) {
  const reconciliation = new ReconcileClient({
    url: environment.require("SUPABASE_URL"),
    secretKey: environment.secretKey(),
  });
  const wallMs = environment.positiveInteger("RECONCILE_WALL_MS", 100_000);
  let isEnding = false;
  addEventListener("beforeunload", () => {
    isEnding = true;
  });
  const doorbell = new Doorbell({
    drain: () =>
      advanceRuns({ reconciliation, log, now: () => performance.now(), wallMs, isEnding: () => isEnding }),
    ringNext: () => reconciliation.callNext(),
    log,
  });
  return { token: environment.require("DOORBELL_TOKEN"), doorbell };
}
