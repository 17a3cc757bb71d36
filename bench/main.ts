/**
 * `deno task bench <name> [--runs N] [--data DIR]`: measures, prints a table, and last one line of JSON.
 *
 * @module
 */
import { parseFlags, UsageError } from "../local/cli/flags.ts";
import { runTask } from "../local/cli/run_task.ts";
import { auditBench } from "./audit.ts";
import { evaluateBench } from "./evaluate.ts";
import { fieldsBench } from "./fields.ts";
import { growthBench } from "./growth.ts";
import { reconcileBench } from "./reconcile.ts";
import { rulesBench } from "./rules.ts";
import { sweepBench } from "./sweep.ts";
import { writePathBench } from "./write_path.ts";
import type { Bench } from "./support/bench.ts";
import { describeMachine } from "./support/machine.ts";
import { medianFigures, printTable, record } from "./support/report.ts";

const benches: readonly Bench[] = [
  auditBench,
  rulesBench,
  evaluateBench,
  fieldsBench,
  growthBench,
  reconcileBench,
  sweepBench,
  writePathBench,
];

const help = `Measures.

  deno task bench <name> [flags]

${benches.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join("\n")}

  --runs <number>    how often; the figures are medians. Default 1
  --data <dir>       a folder of real data, for the benches that measure on it
  --record           add the figures to bench/results.md
  --help             this text`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, { boolean: ["help", "record"], string: ["runs", "data"], words: true });
  if (flags["help"]) {
    console.log(help);
    return 0;
  }
  const bench = benches.find(({ name }) => name === flags._[0]);
  if (bench === undefined || flags._.length > 1) {
    throw new UsageError(`Which bench? ${benches.map(({ name }) => name).join(", ")}. See --help.`);
  }
  const runs = Number(flags["runs"] ?? 1);
  if (!Number.isSafeInteger(runs) || runs < 1) {
    throw new UsageError(`--runs is a whole number, not "${flags["runs"]}".`);
  }
  const data = typeof flags["data"] === "string" ? flags["data"] : null;
  if (bench.needsData && data === null) throw new UsageError(`${bench.name} needs --data DIR. See --help.`);
  const results = await bench.run({ runs, data, log: (line) => console.error(line) });
  results.forEach((result, index) => {
    if (results.length > 1) console.log(`Run ${index + 1}`);
    printTable(result);
  });
  const figures = medianFigures(results);
  const machine = await describeMachine();
  console.log(machine);
  if (flags["record"] === true) await record(bench.name, figures, runs, machine);
  console.log(JSON.stringify({ bench: bench.name, figures }));
  return 0;
}

if (import.meta.main) await runTask(main);
