import { delay } from "@std/async/delay";
import type { IntegrationClient } from "./client.ts";
import { dataOf, LoadError } from "./load_error.ts";

/** What is waiting to be evaluated, in all organizations. */
export interface QueueStatus {
  readonly pending: number;
  readonly leased: number;
  readonly dead: number;
  /** Whole entities that are still being swept. */
  readonly sweeps: number;
}

const pollMs = 250;
const standstillMs = 90_000;

/** Waits until every change has been evaluated and every sweep is done. Throws {@linkcode LoadError} when the queue stands still. */
export async function waitForQueue(
  client: IntegrationClient,
  progress: (status: QueueStatus) => void = () => {},
): Promise<QueueStatus> {
  let last = "";
  let since = Date.now();
  while (true) {
    const status = await queueStatus(client);
    progress(status);
    if (status.pending + status.leased + status.sweeps === 0) return status;
    const now = JSON.stringify(status);
    if (now !== last) [last, since] = [now, Date.now()];
    if (Date.now() - since > standstillMs) {
      throw new LoadError(
        `The queue stands still at ${status.pending} waiting and ${status.leased} leased changes: is evaluate running?`,
      );
    }
    await delay(pollMs);
  }
}

async function queueStatus(client: IntegrationClient): Promise<QueueStatus> {
  const status = dataOf(
    "read the queue",
    await client.schema("governance").rpc("queue_status"),
  ) as QueueStatus;
  const { pending, leased, dead, sweeps } = status;
  return { pending, leased, dead, sweeps };
}
