import { runInBackground } from "../../_shared/background.ts";
import { Doorbell } from "../../_shared/doorbell.ts";
import { refuseUnlessDoorbell } from "../../_shared/doorbell_request.ts";
import { Environment } from "../../_shared/env.ts";
import type { Log } from "../../_shared/log.ts";
import { problem } from "../../_shared/problem.ts";
import { OutboxGateway } from "../gateways/webhooks_gateway.ts";
import { createServices } from "../http/services.ts";
import { deliverWebhooks } from "./deliver.ts";

/** The address that the schedule rings when deliveries are due; it takes the doorbell's token and nobody else's. */
export const DELIVERY_PATH = "/governance-api/webhooks/deliver";

/** Answers the ring at once and empties the outbox behind it. */
export function createDeliveryBell(log: Log): (request: Request) => Promise<Response> {
  let running: { readonly token: string; readonly doorbell: Doorbell } | null = null;
  const start = (environment: Environment) => {
    const outbox = new OutboxGateway(createServices(log, environment).system);
    return {
      token: environment.require("DOORBELL_TOKEN"),
      doorbell: new Doorbell({
        drain: () => deliverWebhooks({ outbox, log, now: () => performance.now(), wallMs: 90_000 }),
        // What is left is due already: the schedule rings again within ten seconds.
        ringNext: () => Promise.resolve(),
        log,
      }),
    };
  };
  return async (request) => {
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
  };
}
