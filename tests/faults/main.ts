/**
 * `deno task faults --runs N --seed S`: random work on the product while everything around it fails, and a checker that
 * knows what must be true all the same.
 *
 * @module
 */
import { parseFlags, UsageError } from "../../local/cli/flags.ts";
import { runTask } from "../../local/cli/run_task.ts";
import { openArena } from "./arena.ts";
import { runOnce } from "./run.ts";
import { noticed, SABOTAGES } from "./sabotage.ts";

const help =
  `Runs random work while evaluators are killed, doorbells dropped, answers lost and Postgres stopped, and checks
what must be true all the same.

  deno task faults [flags]

  --runs <number>  default 100
  --seed <number>  of the first run, the next has the next; default: random, and told
  --sabotage       break the product on purpose, in every way that is known: the checker has to notice each
  --go-on          do not end at the first run with a finding
  --verbose        how often what happened, of each run
  --help           this text`;

async function main(args: readonly string[]): Promise<number> {
  const flags = parseFlags(args, {
    boolean: ["help", "go-on", "sabotage", "verbose"],
    string: ["runs", "seed"],
  });
  if (flags["help"]) {
    console.log(help);
    return 0;
  }
  const runs = wholeNumber("runs", flags["runs"], 100);
  const seed = wholeNumber("seed", flags["seed"], crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1);
  if (flags["sabotage"]) return await sabotage();
  const started = performance.now();
  const failing: number[] = [];
  const totals: Record<string, number> = {};
  let ran = 0;
  await using arena = await openArena();
  for (let run = 0; run < runs && (failing.length === 0 || flags["go-on"]); run++) {
    const report = await runOnce(arena, { seed: seed + run });
    ran++;
    for (const [what, count] of Object.entries(report.counts)) totals[what] = (totals[what] ?? 0) + count;
    console.log(
      `seed ${report.seed}: ${
        report.findings.length === 0 ? "true" : `${report.findings.length} findings`
      }, ${report.seconds.toFixed(1)} s`,
    );
    for (const finding of report.findings.slice(0, 20)) console.log(`  ${finding}`);
    if (flags["verbose"]) console.log(report.counts);
    if (report.findings.length > 0) failing.push(report.seed);
  }
  const minutes = (performance.now() - started) / 60_000;
  for (const what of Object.keys(totals).sort()) {
    console.log(`  ${String(totals[what]).padStart(7)}  ${what}`);
  }
  console.log(`  ${String(arena.edge.evaluators.kills).padStart(7)}  evaluators killed`);
  console.log(
    `${ran} runs from seed ${seed} in ${minutes.toFixed(1)} minutes: ${
      failing.length === 0 ? "everything held" : `seeds ${failing.join(", ")} failed`
    }.`,
  );
  return failing.length === 0 ? 0 : 1;
}

async function sabotage(): Promise<number> {
  await using arena = await openArena();
  let missed = 0;
  for (const one of SABOTAGES) {
    const told = await noticed(arena, one);
    if (told === null) missed++;
    console.log(
      `${told === null ? "MISSED" : "noticed"}: ${one.name}${
        told === null ? "" : `\n  ${told.slice(0, 300)}`
      }`,
    );
  }
  return missed === 0 ? 0 : 1;
}

function wholeNumber(name: string, given: unknown, otherwise: number): number {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(`--${name} is a whole number, not "${given}".`);
}

if (import.meta.main) await runTask(main);
