/**
 * `deno task advisors`: the lints of hosted Supabase's advisors on a fresh database, compared with the findings that are
 * listed and justified in `docs/advisors.json`. A finding that is not listed fails, and so does one that is listed but
 * not found any more. `--write` rewrites the list and keeps its reasons; a lint without a reason fails, too.
 *
 * @module
 */
import { join } from "@std/path";
import { z } from "zod";
import { parseFlags } from "../cli/flags.ts";
import { runTask } from "../cli/run_task.ts";
import { runSupabaseCli } from "../migrations/mod.ts";
import { projectDir } from "../state/mod.ts";
import { withMigratedDatabase } from "./migrated_database.ts";

const listFile = "docs/advisors.json";

const Findings = z.object({
  results: z.array(z.object({
    name: z.string(),
    level: z.string(),
    detail: z.string(),
    cacheKey: z.string(),
    metadata: z.object({ schema: z.string(), name: z.string() }).partial().nullish(),
  })),
});
type Finding = z.infer<typeof Findings>["results"][number];

/** Says something about a database's use, of which a fresh one has none. */
const aboutUse = ["unused_index"];

/** Per lint: why its findings are right as they are, and the objects that it finds. */
const List = z.record(z.string(), z.object({ why: z.string(), objects: z.array(z.string()) }));
type List = z.infer<typeof List>;

async function findings(): Promise<Finding[]> {
  const { success, stdout, stderr } = await withMigratedDatabase((url) =>
    runSupabaseCli([
      "db",
      "advisors",
      `--remote=${url}?sslmode=disable`,
      "--level",
      "info",
      "--output-format",
      "json",
    ], projectDir)
  );
  if (!success) throw new Error(`The advisors could not be run:\n${stderr}\n${stdout}`);
  return Findings.parse(JSON.parse(stdout)).results.filter(({ name }) => !aboutUse.includes(name));
}

function objectOf({ metadata, cacheKey }: Finding): string {
  if (!metadata?.schema || !metadata.name) return cacheKey;
  // partitions are made for the months ahead of whenever this runs
  return `${metadata.schema}.${metadata.name.replace(/_\d{6}$/, "_yyyymm")}`;
}

function listOf(found: readonly Finding[], known: List): List {
  const list: Record<string, { why: string; objects: string[] }> = {};
  for (const finding of [...found].sort((a, b) => a.name < b.name ? -1 : 1)) {
    const entry = list[finding.name] ??= { why: known[finding.name]?.why ?? "", objects: [] };
    if (!entry.objects.includes(objectOf(finding))) entry.objects.push(objectOf(finding));
  }
  for (const entry of Object.values(list)) entry.objects.sort();
  return list;
}

async function main(args: readonly string[]): Promise<number> {
  const { write } = parseFlags(args, { boolean: ["write"] });
  const file = join(projectDir, listFile);
  const known = List.parse(JSON.parse(await Deno.readTextFile(file).catch(() => "{}")));
  const found = await findings();
  const list = listOf(found, known);
  if (write) {
    await Deno.writeTextFile(file, `${JSON.stringify(list, null, 2)}\n`);
    console.log(`${listFile} written.`);
    return 0;
  }
  const faults: string[] = [];
  for (const finding of found) {
    if (known[finding.name]?.objects.includes(objectOf(finding))) continue;
    faults.push(`new: ${finding.level} ${finding.name}: ${finding.detail}`);
  }
  for (const [name, { why, objects }] of Object.entries(known)) {
    if (why.trim() === "") faults.push(`unjustified: ${name} has no reason`);
    for (const object of objects) {
      if (!list[name]?.objects.includes(object)) {
        faults.push(`gone: ${name} of ${object} is not found any more`);
      }
    }
  }
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) {
    console.error(
      `\nMend these, or justify them in ${listFile} and docs/security.md (--write adds them to the list).`,
    );
    return 1;
  }
  console.log(`${found.length} findings, all of them listed in ${listFile}.`);
  return 0;
}

if (import.meta.main) await runTask(main);
