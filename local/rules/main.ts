/**
 * `deno task rules export|import|diff`: rules as YAML files that are reviewed in git.
 *
 * @module
 */
import { type FileFault, type RuleFile, sortFaults } from "../../shared/rules_files/mod.ts";
import { runTask } from "../cli/run_task.ts";
import { compare, type Comparison, isMeant, placeFault, wouldChange } from "./compare.ts";
import { connect } from "./connect.ts";
import { help, type Options, readOptions } from "./options.ts";
import { type Call, exportRules, importRules, ProductError } from "./product.ts";
import { readFolder, type RulesFolder } from "./read_folder.ts";
import { tellComparison, tellExport, tellFaults } from "./report.ts";
import { planExport, writeFolder } from "./write_folder.ts";

/** Runs a command line; returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, (name) => Deno.env.get(name) || undefined);
  if (options === undefined) {
    console.log(help);
    return 0;
  }
  try {
    const folder = await readFolder(options.dir);
    const connection = await connect(options.target);
    try {
      return await (options.verb === "export" ? runExport : runCompare)(connection.call, folder, options);
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!(error instanceof ProductError)) throw error;
    console.error(error.message);
    return 3;
  }
}

async function runExport(call: Call, folder: RulesFolder, options: Options): Promise<number> {
  const { dir, orgId, prune, withoutVersion } = options;
  const rules = (await exportRules(call, orgId)).map((rule) =>
    withoutVersion ? { ...rule, version: undefined } : rule
  );
  const changes = planExport(folder, rules, (rule) => isMeant(rule, orgId));
  const files = [...changes.written.keys()];
  const inTheWay = folder.faults.filter(({ file }) =>
    files.some((one) => one === file || one.startsWith(`${file}/`))
  );
  if (inTheWay.length > 0) return refuse(options, inTheWay);
  // What a person has begun to write and is no rule yet is theirs.
  const unread = folder.files.filter(({ file, rule }) => rule === undefined && changes.written.has(file));
  if (unread.length > 0 && !options.force) return refuse(options, unread.flatMap(({ faults }) => faults));
  await writeFolder(dir, changes, prune);
  const { written, gone, unchanged } = changes;
  console.log(
    options.json
      ? JSON.stringify({ written: [...written.keys()], gone, unchanged })
      : tellExport(dir, changes, prune),
  );
  return 0;
}

async function runCompare(call: Call, folder: RulesFolder, options: Options): Promise<number> {
  const compared = await compare(call, folder, options);
  if (compared.faults.length > 0) return refuse(options, compared.faults);
  const changes = wouldChange(compared, options);
  if (!options.json) console.log(tellComparison(compared, options.retireMissing));
  if (options.verb === "diff" || !changes) {
    if (options.json) console.log(JSON.stringify({ ...compared.told, files: compared.files }));
    return options.verb === "diff" && changes ? 1 : 0;
  }
  if (!options.yes && !(Deno.stdin.isTerminal() && confirm("Import this?"))) {
    console.error("Nothing was imported: --yes imports without asking.");
    return 1;
  }
  const told = await importRules(call, asShown(compared), { ...options, dryRun: false });
  if (!told.is_saved) {
    return refuse(options, sortFaults(told.faults.map((fault) => placeFault(folder, compared.files, fault))));
  }
  console.log(options.json ? JSON.stringify({ ...told, files: compared.files }) : "Imported.");
  return 0;
}

/** The rules to import, so that one which is changed between the showing and the writing is stale, version line or not. */
function asShown({ rules, told }: Comparison): RuleFile[] {
  const shown = new Map(told.rules.map(({ index, version }) => [index, version]));
  return rules.map((rule, index) => ({ ...rule, version: rule.version ?? shown.get(index) }));
}

function refuse({ dir, json }: Options, faults: readonly FileFault[]): number {
  if (json) console.log(JSON.stringify({ is_saved: false, faults }));
  console.error(tellFaults(dir, faults));
  return 2;
}

if (import.meta.main) await runTask(main);
