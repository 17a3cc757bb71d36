/**
 * `deno task demo`: what the product does, told on a database of its own.
 *
 * @module
 */
import { resolve } from "@std/path";
import { parseFlags, UsageError } from "../cli/flags.ts";
import { showProgress } from "../cli/progress.ts";
import { checkExport } from "../load/check_export.ts";
import { InputErrors } from "../load/input_error.ts";
import { LoadError } from "../load/load_error.ts";
import { type Stack, startStack } from "../stack.ts";
import { StoryError } from "./read.ts";
import { tellRulesStory } from "./rules/story.ts";
import { tellStory } from "./story.ts";

const help =
  `Starts the product on a fresh database that is thrown away at the end, and tells a story of it through its public
interfaces. Whatever is said has been read back; a story that does not hold fails.

  deno task demo                       a blocked write, a messy lead that comes out clean, an issue that opens and closes, an undo
  deno task demo rules --data <folder> an admin's hour with rules on a sales export: a pattern becomes a draft, a backtest, a week in
                                       shadow, promotion on evidence, a waiver that ends, a noisy rule that is proposed for retirement
  deno task demo --help                this text

The folder has accounts.csv, products.csv, sales_teams.csv and sales_pipeline.csv, as "deno task load" takes them.`;

/** The story that the command line asks for; null when it asks for help. */
async function chooseStory(args: readonly string[]): Promise<((stack: Stack) => Promise<void>) | null> {
  const flags = parseFlags(args, { boolean: ["help"], string: ["data"], words: true });
  if (flags["help"]) return null;
  const [name, ...more] = flags._;
  if (more.length > 0 || (name !== undefined && name !== "rules")) {
    throw new UsageError(`Unknown: "${more[0] ?? name}". See --help.`);
  }
  const data = flags["data"] as string | undefined;
  if (name === undefined) {
    if (data !== undefined) {
      throw new UsageError("--data goes with the story of rules: deno task demo rules --data …");
    }
    return tellStory;
  }
  if (data === undefined) throw new UsageError("--data needs the folder of a sales export. See --help.");
  const dir = resolve(data);
  // before a database is started for it
  await checkExport(dir);
  return (stack) => tellRulesStory(stack, dir);
}

async function main(args: readonly string[]): Promise<number> {
  const tell = await chooseStory(args);
  if (tell === null) {
    console.log(help);
    return 0;
  }
  const progress = showProgress();
  const stack = await startStack({ port: 0, ephemeral: true, seed: false, progress });
  try {
    await tell(stack);
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
    else {
      const expected = [UsageError, InputErrors, LoadError].some((kind) => error instanceof kind);
      console.error(expected ? (error as Error).message : error);
    }
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
