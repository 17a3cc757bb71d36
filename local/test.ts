/**
 * `deno task test [paths]`: runs the tests on throw-away Postgres and ends with a line `N passed, N failed`.
 *
 * @module
 */
import { parseFlags, UsageError } from "./cli/flags.ts";
import { runTask } from "./cli/run_task.ts";
import { describeCounts } from "./cli/test_counts.ts";
import { untilToldToStop } from "./process/mod.ts";
import { findFolders } from "./testing/find_folders.ts";
import { runFolders } from "./testing/run_folders.ts";

const help = `Runs the tests.

  deno task test [flags] [paths]

  paths              files or folders; default: tests
  --filter <text>    only tests whose name contains it
  --postgres <15|17> which Postgres; default 17
  --jobs <number>    how many folders at a time, each on a Postgres of its own; default 2, or 1 where there is one processor
  --minutes <number> end the run, as failed, after so many; default 35
  --help             this text

The last line is "N passed, N failed", with ", N skipped" where some were.`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, {
    boolean: ["help"],
    string: ["filter", "postgres", "jobs", "minutes"],
    words: true,
  });
  if (flags["help"]) {
    console.log(help);
    return 0;
  }
  const version = Number(flags["postgres"] ?? 17);
  if (version !== 15 && version !== 17) {
    throw new UsageError(`--postgres is 15 or 17, not "${flags["postgres"]}".`);
  }
  const minutes = Number(flags["minutes"] ?? 35);
  if (!(minutes > 0)) throw new UsageError(`--minutes is a number, not "${flags["minutes"]}".`);
  const jobs = Number(flags["jobs"] ?? Math.min(2, navigator.hardwareConcurrency));
  if (!(Number.isInteger(jobs) && jobs > 0)) {
    throw new UsageError(`--jobs is a whole number, not "${flags["jobs"]}".`);
  }
  const filter = flags["filter"] as string | undefined;
  const folders = await findFolders(flags._.length > 0 ? flags._ : ["tests"]);

  const told = untilToldToStop();
  const running = runFolders(folders, jobs, {
    version,
    endsAt: Date.now() + minutes * 60_000,
    ...(filter !== undefined && { filter }),
  });
  const counts = await Promise.race([running, told]);
  if (typeof counts === "string") return 130; // the tests and their Postgres end with this process
  console.log(describeCounts(counts));
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

if (import.meta.main) await runTask(main);
