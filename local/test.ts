/**
 * `deno task test [paths]`: runs the tests on one throw-away Postgres and ends with a line `N passed, N failed`.
 *
 * @module
 */
import { parseFlags, UsageError } from "./cli/flags.ts";
import { runTask } from "./cli/run_task.ts";
import { countTests, describeCounts } from "./cli/test_counts.ts";
import type { PostgresVersion } from "./postgres/mod.ts";
import { startGuarded, untilToldToStop } from "./process/mod.ts";
import { projectDir } from "./state/mod.ts";
import { startTestCluster, testClusterVariable } from "./test_cluster.ts";

const help = `Runs the tests.

  deno task test [flags] [paths]

  paths              files or folders; default: tests
  --filter <text>    only tests whose name contains it
  --postgres <15|17> which Postgres; default 17
  --minutes <number> end the run, as failed, after so many; default 35
  --help             this text

The last line is "N passed, N failed", with ", N skipped" where some were.`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, {
    boolean: ["help"],
    string: ["filter", "postgres", "minutes"],
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
  const paths = flags._.length > 0 ? flags._ : ["tests"];
  for (const path of paths) {
    await Deno.stat(path).catch(() => Promise.reject(new UsageError(`There is no "${path}".`)));
  }
  const filter = typeof flags["filter"] === "string" ? [`--filter=${flags["filter"]}`] : [];

  const told = untilToldToStop();
  const running = runTests([...filter, ...paths], version, pathsNeedPostgres(paths), minutes);
  const counts = await Promise.race([running, told]);
  if (typeof counts === "string") return 130; // the tests and their Postgres end with this process
  console.log(describeCounts(counts));
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

async function runTests(
  args: readonly string[],
  version: PostgresVersion,
  needsPostgres: boolean,
  minutes: number,
) {
  const cluster = needsPostgres ? await startTestCluster(version) : undefined;
  try {
    const tests = startGuarded({
      command: Deno.execPath(),
      args: ["test", "--allow-all", "--quiet", "--permit-no-files", ...args],
      cwd: projectDir,
      env: {
        TEST_POSTGRES_VERSION: String(version),
        ...(cluster && { [testClusterVariable]: JSON.stringify(cluster.cluster) }),
      },
      piped: true,
      graceSeconds: 3,
    });
    const limit = setTimeout(() => {
      console.log(`\nThe tests did not end within ${minutes} minutes.`);
      tests.stop();
    }, minutes * 60_000);
    const output: string[] = [];
    for await (const chunk of tests.stdout!.pipeThrough(new TextDecoderStream())) {
      output.push(chunk);
      await Deno.stdout.write(new TextEncoder().encode(chunk));
    }
    clearTimeout(limit);
    return countTests(output.join(""), await tests.exited === 0);
  } finally {
    await cluster?.stop();
  }
}

/** Pure code is tested without any database; whoever changes it should not wait for one. */
function pathsNeedPostgres(paths: readonly string[]): boolean {
  return !paths.every((path) => /^(\.\/)?tests\/unit(\/|$)/.test(path));
}

if (import.meta.main) await runTask(main);
