import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";

/** A whole stack for one flow test: `await using stack = await startTestStack();`. Free ports, no data left behind. */
export type TestStack = Stack & AsyncDisposable;

/** Starts a stack with migrations and demo users, and with `seed: true` the seed as well. Takes about a second. */
export async function startTestStack(options: Pick<StackOptions, "seed" | "log"> = {}): Promise<TestStack> {
  const stack = await startOnFreePort(options);
  return { ...stack, [Symbol.asyncDispose]: () => stack.stop() };
}

/** The port is chosen before the functions start, which are told of it, and another process may take it meanwhile. */
async function startOnFreePort(options: Pick<StackOptions, "seed" | "log">): Promise<Stack> {
  for (let tries = 1;; tries++) {
    try {
      return await startStack({ seed: false, ...options, port: 0, ephemeral: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || tries === 3) throw error;
    }
  }
}
