import { describeError, type Log } from "../../_shared/log.ts";
import type { ClaimedDelivery, DeliveryResult, OutboxGateway } from "../gateways/webhooks_gateway.ts";
import { signMessage } from "./sign_message.ts";

/** What emptying the outbox works with. */
export interface DeliverTools {
  readonly outbox: Pick<OutboxGateway, "claim" | "finish">;
  readonly log: Log;
  /** Milliseconds that rise. */
  readonly now: () => number;
  /** No new batch is begun after so long. */
  readonly wallMs: number;
  /** Default: 10 seconds for a receiver to answer. */
  readonly timeoutMs?: number;
}

const BATCH = 25;

/** Delivers what is due, a batch at a time, until nothing is or the time is up. */
export async function deliverWebhooks(tools: DeliverTools): Promise<{ isMoreLeft: boolean }> {
  const end = tools.now() + tools.wallMs;
  while (tools.now() < end) {
    const batch = await tools.outbox.claim(BATCH);
    if (batch.length === 0) return { isMoreLeft: false };
    const results = await Promise.all(batch.map((delivery) => attempt(delivery, tools.timeoutMs ?? 10_000)));
    await tools.outbox.finish(results);
    const failed = results.filter(({ error }) => error !== null).length;
    tools.log.info("Webhooks were sent.", { sent: results.length - failed, failed });
  }
  return { isMoreLeft: true };
}

async function attempt(
  { delivery_id, attempt, message_id, body, url, secret }: ClaimedDelivery,
  timeoutMs: number,
): Promise<DeliveryResult> {
  const result = { delivery_id, attempt };
  if (secret === null) return { ...result, status: null, error: "The signing secret is gone from Vault." };
  try {
    const timestamp = Math.floor(Date.now() / 1000);
    const response = await fetch(url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": await signMessage(secret, message_id, timestamp, body),
      },
      // Whoever moves tells an admin: a redirect could lead where only the server can go.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    // What it says is of no interest, and may be endless.
    await response.body?.cancel();
    const error = response.ok ? null : `The receiver answered ${response.status}.`;
    return { ...result, status: response.status, error };
  } catch (error) {
    return { ...result, status: null, error: describeError(error).slice(0, 500) };
  }
}
