/**
 * `deno task start`: the whole product on this machine, until Ctrl-C.
 *
 * @module
 */
import { parseFlags, parsePort } from "./cli/flags.ts";
import { showProgress } from "./cli/progress.ts";
import { runTask } from "./cli/run_task.ts";
import { describeStack, stackAsJson } from "./cli/summary.ts";
import { untilToldToStop } from "./process/mod.ts";
import { startStack } from "./stack.ts";

const help = `Starts the whole product with its demo data, and stops it again on Ctrl-C.

  deno task start [flags]

  --port <number>  base port of the API (Postgres gets the next one); default 54321, 0 picks free ones
  --ephemeral      a database that is thrown away at the end
  --no-seed        no demo data in a new database; the demo users exist all the same
  --reset          throw the data of this port away first
  --json           nothing on standard output but, when ready, one line of JSON
  --help           this text

The data of each port lie in .local/ and are continued by the next start.`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, {
    boolean: ["ephemeral", "no-seed", "reset", "json", "help"],
    string: ["port"],
  });
  if (flags["help"]) {
    console.log(help);
    return 0;
  }
  const told = untilToldToStop();
  const progress = showProgress();
  const starting = startStack({
    ...(typeof flags["port"] === "string" && { port: parsePort(flags["port"]) }),
    ephemeral: flags["ephemeral"] === true,
    seed: flags["no-seed"] !== true,
    reset: flags["reset"] === true,
    progress,
    log: progress.line,
  });
  // told to stop in the middle of the start: what runs already is guarded, and ends with this process
  const stack = await Promise.race([starting, told]);
  if (typeof stack === "string") return 130;

  if (flags["json"]) console.log(stackAsJson(stack));
  else console.log(describeStack(stack, (Date.now() - performance.timeOrigin) / 1000));

  const reason = await Promise.race([told, stack.died.then(() => "Postgres ended")]);
  progress.line(`Stopping: ${reason}.`);
  await stack.stop();
  return reason === "Postgres ended" ? 1 : 0;
}

if (import.meta.main) await runTask(main);
