/**
 * `deno task fuzz --runs N --seed S`: random rules on random records, judged by every execution, until two disagree.
 *
 * @module
 */
import postgres from "postgres";
import { parseFlags, UsageError } from "../../local/cli/flags.ts";
import { runTask } from "../../local/cli/run_task.ts";
import { startTestCluster } from "../../local/test_cluster.ts";
import { fuzz, fuzzFixes, fuzzUnique } from "./fuzz/fuzz.ts";
import { createTrial } from "./trial/tables.ts";

/** One pair of a fix for so many of a verdict: a fix is written twice. */
const FIXES_PART = 10;
/** Of unique rules every record is written by itself. */
const UNIQUE_PART = 10;

const help =
  `Judges random rules on random records in TypeScript, in the write and in the table scan, and corrects
random records by random fix rules in evaluate and in the write.

  deno task fuzz [flags]

  --runs <number>    pairs of a rule and a record; default 1000000; a tenth as many of a unique rule, and of a fix rule
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
  const sql = postgres(cluster.url, { max: 1, onnotice: () => {}, connection: { statement_timeout: 0 } });
  try {
    await createTrial(sql);
    const verdicts = await fuzz(sql, { runs, seed, progress: teller() });
    const unique = await fuzzUnique(sql, { runs: Math.ceil(runs / UNIQUE_PART), seed, progress: teller() });
    const fixes = await fuzzFixes(sql, { runs: Math.ceil(runs / FIXES_PART), seed, progress: teller() });
    const cases = [...verdicts.cases, ...unique.cases, ...fixes.cases];
    for (const found of cases) console.log(found);
    const seconds = Math.round((performance.now() - started) / 1000);
    const end = cases.length === 0 ? "no disagreement" : `${cases.length} rules disagree`;
    console.log(
      `${verdicts.pairs.toLocaleString("en")} pairs in ${verdicts.rounds} rounds, ` +
        `${unique.pairs.toLocaleString("en")} of unique rules in ${unique.rounds}, ${
          fixes.pairs.toLocaleString("en")
        } of fixes in ${fixes.rounds}, ${seconds} s, seed ${seed}: ${end}.`,
    );
    return cases.length === 0 ? 0 : 1;
  } finally {
    await sql.end({ timeout: 1 });
    await stop();
  }
}

/** Tells how far a run is, every hundred thousand pairs. */
function teller(): (pairs: number) => void {
  let told = 0;
  return (pairs) => {
    if (pairs - told < 100_000) return;
    told = pairs;
    console.error(`${pairs.toLocaleString("en")} pairs …`);
  };
}

function wholeNumber(name: string, given: unknown, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(`--${name} is a whole number, not "${given}".`);
}

if (import.meta.main) await runTask(main);
