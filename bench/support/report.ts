import { bold, gray } from "@std/fmt/colors";
import type { BenchRun } from "./bench.ts";
import { median, rounded } from "./statistics.ts";

/** The median of every figure over the runs. */
export function medianFigures(runs: readonly BenchRun[]): Record<string, number> {
  const names = [...new Set(runs.flatMap(({ figures }) => Object.keys(figures)))];
  return Object.fromEntries(names.map((name) => [
    name,
    rounded(median(runs.flatMap(({ figures }) => figures[name] ?? []))),
  ]));
}

/** Prints a run's table. */
export function printTable({ table }: BenchRun): void {
  const width = (column: 0 | 1) => Math.max(0, ...table.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  for (const [name, value, note = ""] of table) {
    console.log(`  ${name.padEnd(first)}  ${bold(value.padStart(second))}  ${gray(note)}`.trimEnd());
  }
}

const RESULTS = new URL("../results.md", import.meta.url);

/** Adds the figures to `bench/results.md`, newest first below the heading of the bench. */
export async function record(
  name: string,
  figures: Record<string, number>,
  runs: number,
  machine: string,
): Promise<void> {
  const text = await Deno.readTextFile(RESULTS);
  const heading = `## ${name}\n`;
  const date = new Date().toISOString().slice(0, 10);
  const shown = Object.entries(figures).map(([key, value]) => `\`${key}\` ${value}`).join(", ");
  const line = `- ${date}, median of ${runs}, ${machine}: ${shown}\n`;
  await Deno.writeTextFile(
    RESULTS,
    text.includes(heading)
      ? text.replace(`${heading}\n`, `${heading}\n${line}`)
      : `${text.trimEnd()}\n\n${heading}\n${line}`,
  );
}
