import type { TestCounts } from "../cli/test_counts.ts";
import type { PostgresVersion } from "../postgres/mod.ts";
import { type StartedTestCluster, startTestCluster } from "../test_cluster.ts";
import type { TestFolder } from "./find_folders.ts";
import { needsPostgres, runFiles, type RunOptions } from "./run_files.ts";

/**
 * Runs folders of tests, several at a time, each runner on a throw-away Postgres of its own. What a folder writes is
 * shown whole when it ends, that of failed ones once more at the end of all; a single folder is shown as it runs.
 */
export async function runFolders(
  folders: readonly TestFolder[],
  jobs: number,
  options: RunOptions & { readonly version: PostgresVersion },
): Promise<TestCounts> {
  const waiting = [...folders];
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failed: { name: string; output: string }[] = [];
  const runner = async () => {
    let started: StartedTestCluster | undefined;
    try {
      for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
        if (Date.now() >= options.endsAt) {
          total.failed++;
          failed.push({ name: folder.name, output: "not run: the time was over\n" });
          continue;
        }
        if (needsPostgres(folder.name)) started ??= await startTestCluster(options.version);
        const began = performance.now();
        const output: string[] = [];
        const counts = await runFiles(folder.paths, started?.cluster, options, (text) => {
          output.push(text);
          if (folders.length === 1) show(text);
        });
        for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
        if (counts.failed > 0) failed.push({ name: folder.name, output: output.join("") });
        if (folders.length > 1) {
          show(output.join(""));
          const seconds = ((performance.now() - began) / 1000).toFixed(0);
          const done = folders.length - waiting.length;
          show(
            `${folder.name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s (${done} of ${folders.length})\n\n`,
          );
        }
      }
    } finally {
      await started?.stop();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, folders.length)) }, runner));
  if (folders.length > 1) {
    for (const { name, output } of failed) show(`\n${name} failed:\n${output}`);
  }
  if (Date.now() >= options.endsAt) show("The tests did not end in time.\n");
  return total;
}

function show(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
