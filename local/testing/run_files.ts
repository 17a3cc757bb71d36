import { countTests, type TestCounts } from "../cli/test_counts.ts";
import { startGuarded } from "../process/mod.ts";
import { projectDir } from "../state/mod.ts";
import { type TestCluster, testClusterVariable } from "../test_cluster.ts";

/** What is the same for every folder of a run. */
export interface RunOptions {
  readonly version: number;
  readonly filter?: string;
  /** The run is over then, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/** Runs some test files in a process of their own; what it writes is given to `write` as it comes. */
export async function runFiles(
  files: readonly string[],
  cluster: TestCluster | undefined,
  { version, filter, endsAt }: RunOptions,
  write: (text: string) => unknown,
): Promise<TestCounts> {
  const args = [...(filter === undefined ? [] : [`--filter=${filter}`]), ...files];
  const tests = startGuarded({
    command: Deno.execPath(),
    args: ["test", "--allow-all", "--quiet", "--permit-no-files", ...args],
    cwd: projectDir,
    env: {
      TEST_POSTGRES_VERSION: String(version),
      ...(cluster && { [testClusterVariable]: JSON.stringify(cluster) }),
    },
    piped: true,
    graceSeconds: 3,
  });
  const limit = setTimeout(() => tests.stop(), Math.max(0, endsAt - Date.now()));
  const output: string[] = [];
  for await (const chunk of tests.stdout!.pipeThrough(new TextDecoderStream())) {
    output.push(chunk);
    write(chunk);
  }
  clearTimeout(limit);
  return countTests(output.join(""), await tests.exited === 0);
}

/** Pure code is tested without any database; whoever changes it should not wait for one. */
export function needsPostgres(path: string): boolean {
  return !/^(\.\/)?tests\/unit(\/|$)/.test(path);
}
