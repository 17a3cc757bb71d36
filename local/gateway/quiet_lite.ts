import { requestContext } from "./request_context.ts";

let done = false;

/**
 * Keeps `@supabase/lite` from printing every database error of a REST request with its stack: a refused write is an
 * answer, not a fault of the server. What it prints outside of a request still appears.
 */
export function quietLite(log: (message: string) => void): void {
  if (done) return;
  done = true;
  const print = console.error;
  console.error = (...args: unknown[]) => {
    if (!requestContext.getStore()) return print(...args);
    const error = args[0] as { code?: unknown; message?: unknown } | undefined;
    // Outside of the request, so that a log that prints to the console does not come back here.
    requestContext.exit(() => log(`rest: ${error?.code ?? ""} ${error?.message ?? String(args[0])}`));
  };
}
