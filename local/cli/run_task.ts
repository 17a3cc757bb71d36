import { UsageError } from "./flags.ts";
import { StartRefused } from "../stack/start_refused.ts";

/** Runs a command line's main function and exits with its code; what its user can mend is told without a stack trace. */
export async function runTask(main: (args: readonly string[]) => Promise<number>): Promise<never> {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(error instanceof UsageError || error instanceof StartRefused ? error.message : error);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
