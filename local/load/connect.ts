import { join } from "@std/path";
import { type Stack, startStack } from "../stack.ts";
import type { Progress } from "../stack.ts";
import { portDir } from "../state/mod.ts";
import { connectIntegration, type Target } from "./client.ts";
import { LoadError } from "./load_error.ts";
import { waitForQueue } from "./wait_for_queue.ts";

/** A product to load into, and how to let go of it. */
export interface Connection {
  readonly target: Target;
  close(): Promise<void>;
}

/** Starts a stack of its own, with an empty database that is thrown away at the end. */
export async function connectEphemeral(
  progress: Progress,
  log: (line: string) => unknown,
): Promise<Connection> {
  const stack: Stack = await startStack({ port: 0, ephemeral: true, seed: false, progress, log });
  try {
    await finishFirstSweep(stack);
  } catch (error) {
    await stack.stop();
    throw error;
  }
  return { target: stack, close: () => stack.stop() };
}

/** New rules are swept over what there is, here nothing: a load that ran into that would be evaluated twice. */
async function finishFirstSweep(target: Target): Promise<void> {
  const client = connectIntegration(target);
  await client.schema("governance").rpc("ring_doorbell");
  await waitForQueue(client);
}

/** Finds the stack that `deno task start` of this copy runs on a port. Throws {@linkcode LoadError} when none does. */
export async function connectRunning(
  port: number,
  otherwise = "Or load into a database of its own with --ephemeral.",
): Promise<Connection> {
  const advice = `Start it with: deno task start --port ${port}. ${otherwise}`;
  const secretKey = await secretKeyOf(port);
  if (secretKey === undefined) {
    throw new LoadError(`Nothing was ever started on port ${port} from here. ${advice}`);
  }
  const apiUrl = `http://127.0.0.1:${port}`;
  const answer = await fetch(`${apiUrl}/rest/v1/organizations?select=id&limit=1`, {
    headers: { apikey: secretKey },
  })
    .catch(() => undefined);
  await answer?.body?.cancel();
  if (answer === undefined) throw new LoadError(`Nothing answers on port ${port}. ${advice}`);
  if (!answer.ok) {
    throw new LoadError(
      `What answers on port ${port} does not take this copy's key (HTTP ${answer.status}). ${advice}`,
    );
  }
  return { target: { apiUrl, secretKey }, close: () => Promise.resolve() };
}

/** The key that the start on this port keeps beside its data. */
async function secretKeyOf(port: number): Promise<string | undefined> {
  try {
    const { api } = JSON.parse(await Deno.readTextFile(join(await portDir(port), "project.json"))) as {
      api: { secret: Record<string, string> };
    };
    return api.secret["default"];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
