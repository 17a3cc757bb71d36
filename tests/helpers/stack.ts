import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";

/** A whole stack for one flow test: `await using stack = await startTestStack();`. Free ports, no data left behind. */
export type TestStack = Stack & AsyncDisposable;

/** Starts a stack with migrations and demo users, and with `seed: true` the seed as well. Takes about a second. */
export async function startTestStack(options: Pick<StackOptions, "seed" | "log"> = {}): Promise<TestStack> {
  const stack = await startStack({ seed: false, ...options, port: 0, ephemeral: true });
  return { ...stack, [Symbol.asyncDispose]: () => stack.stop() };
}
