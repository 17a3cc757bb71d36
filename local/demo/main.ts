/**
 * `deno task demo`: what the product does, told on a database of its own.
 *
 * @module
 */
import { parseFlags, UsageError } from "../cli/flags.ts";
import { showProgress } from "../cli/progress.ts";
import { startStack } from "../stack.ts";
import { StoryError } from "./read.ts";
import { tellStory } from "./story.ts";

const help =
  `Starts the product on a fresh database that is thrown away at the end, and shows through its public interfaces
a blocked write, a messy lead that comes out clean, an issue that opens and closes, and an undo.

  deno task demo [--help]`;

async function main(args: readonly string[]): Promise<number> {
  if (parseFlags(args, { boolean: ["help"] })["help"]) {
    console.log(help);
    return 0;
  }
  const progress = showProgress();
  const stack = await startStack({ port: 0, ephemeral: true, seed: false, progress });
  try {
    await tellStory(stack);
    console.log("");
    return 0;
  } finally {
    await stack.stop();
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    if (error instanceof StoryError) console.error(`\nThe story does not hold: ${error.message}`);
    else console.error(error instanceof UsageError ? error.message : error);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
