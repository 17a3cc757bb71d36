/**
 * `deno task test [paths]`: runs the tests on one throw-away Postgres and ends with a line `N passed, N failed`.
 *
 * @module
 */
import { parseFlags, UsageError } from "./cli/flags.ts";
import { runTask } from "./cli/run_task.ts";
import { countTests, describeCounts } from "./cli/test_counts.ts";
import type { PostgresVersion } from "./postgres/mod.ts";
import { untilToldToStop } from "./process/mod.ts";
import { projectDir } from "./state/mod.ts";
import { startTestCluster, testClusterVariable } from "./test_cluster.ts";

const help = `Runs the tests.

  deno task test [flags] [paths]

  paths              files or folders; default: tests
  --filter <text>    only tests whose name contains it
  --postgres <15|17> which Postgres; default 17
  --help             this text

The last line is "N passed, N failed", with ", N skipped" where some were.`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, { boolean: ["help"], string: ["filter", "postgres"], words: true });
  if (flags["help"]) {
    console.log(help);
    return 0;
  }
  const version = Number(flags["postgres"] ?? 17);
  if (version !== 15 && version !== 17) {
    throw new UsageError(`--postgres is 15 or 17, not "${flags["postgres"]}".`);
  }
  const paths = flags._.length > 0 ? flags._ : ["tests"];
  for (const path of paths) {
    await Deno.stat(path).catch(() => Promise.reject(new UsageError(`There is no "${path}".`)));
  }
  const filter = typeof flags["filter"] === "string" ? [`--filter=${flags["filter"]}`] : [];

  const told = untilToldToStop();
  const running = runTests([...filter, ...paths], version, pathsNeedPostgres(paths));
  const counts = await Promise.race([running, told]);
  if (typeof counts === "string") return 130; // the tests and their Postgres end with this process
  console.log(describeCounts(counts));
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

async function runTests(args: readonly string[], version: PostgresVersion, needsPostgres: boolean) {
  const cluster = needsPostgres ? await startTestCluster(version) : undefined;
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", "--allow-all", "--quiet", "--permit-no-files", ...args],
      cwd: projectDir,
      stdin: "null",
      stdout: "piped",
      env: {
        TEST_POSTGRES_VERSION: String(version),
        ...(cluster && { [testClusterVariable]: JSON.stringify(cluster.cluster) }),
      },
    }).spawn();
    const output: string[] = [];
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      output.push(chunk);
      await Deno.stdout.write(new TextEncoder().encode(chunk));
    }
    return countTests(output.join(""), (await child.status).success);
  } finally {
    await cluster?.stop();
  }
}

/** Pure code is tested without any database; whoever changes it should not wait for one. */
function pathsNeedPostgres(paths: readonly string[]): boolean {
  return !paths.every((path) => /^(\.\/)?tests\/unit(\/|$)/.test(path));
}

if (import.meta.main) await runTask(main);
