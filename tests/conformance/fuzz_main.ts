/**
 * `deno task fuzz --runs N --seed S`: random rules on random records, judged by every execution, until two disagree.
 *
 * @module
 */
import postgres from "postgres";
import { parseFlags, UsageError } from "../../local/cli/flags.ts";
import { runTask } from "../../local/cli/run_task.ts";
import { startTestCluster } from "../../local/test_cluster.ts";
import { fuzz } from "./fuzz/fuzz.ts";
import { createTrial } from "./trial/tables.ts";

const help = `Judges random rules on random records in TypeScript, in the write and in the table scan.

  deno task fuzz [flags]

  --runs <number>    pairs of a rule and a record; default 1000000
  --seed <number>    where to begin; default: random, and told
  --help             this text

Ends at the first round in which two disagree, with the smallest cases found, in the form of the corpus.`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, { boolean: ["help"], string: ["runs", "seed"] });
  if (flags["help"]) {
    console.log(help);
    return 0;
  }
  const runs = wholeNumber("runs", flags["runs"], 1_000_000);
  const seed = wholeNumber("seed", flags["seed"], crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1);
  const started = performance.now();
  const { cluster, stop } = await startTestCluster();
  const sql = postgres(cluster.url, { max: 1, onnotice: () => {} });
  try {
    await createTrial(sql);
    let told = 0;
    const report = await fuzz(sql, {
      runs,
      seed,
      progress: (pairs) => {
        if (pairs - told < 100_000) return;
        told = pairs;
        console.error(`${pairs.toLocaleString("en")} pairs …`);
      },
    });
    for (const found of report.cases) console.log(found);
    const seconds = Math.round((performance.now() - started) / 1000);
    const end = report.cases.length === 0 ? "no disagreement" : `${report.cases.length} rules disagree`;
    console.log(
      `${
        report.pairs.toLocaleString("en")
      } pairs in ${report.rounds} rounds, ${seconds} s, seed ${seed}: ${end}.`,
    );
    return report.cases.length === 0 ? 0 : 1;
  } finally {
    await sql.end({ timeout: 1 });
    await stop();
  }
}

function wholeNumber(name: string, given: unknown, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(`--${name} is a whole number, not "${given}".`);
}

if (import.meta.main) await runTask(main);
