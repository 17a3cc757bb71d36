import { type FileFault, type RuleFile, sortFaults } from "../../shared/rules_files/mod.ts";
import { type Call, type ImportOptions, importRules, type RuleFault, type Told } from "./product.ts";
import type { RulesFolder } from "./read_folder.ts";

/** What taking a folder in would do. */
export interface Comparison {
  readonly told: Told;
  readonly rules: readonly RuleFile[];
  /** The file of each rule that was given. */
  readonly files: readonly string[];
  /** Every fault, of the files and of the rules in them. */
  readonly faults: readonly FileFault[];
}

/**
 * Asks the product what taking in a folder's rules would do, those of one organization where that is meant. Of files
 * with faults it is asked for the others.
 */
export async function compare(call: Call, folder: RulesFolder, options: ImportOptions): Promise<Comparison> {
  const read = folder.files.filter(({ rule }) => rule !== undefined && isMeant(rule, options.orgId));
  const rules = read.map(({ rule }) => rule!);
  const own = [...folder.faults, ...folder.files.flatMap(({ faults }) => faults)];
  const told = await importRules(call, rules, {
    ...options,
    // A rule whose file cannot be read is not missing.
    retireMissing: options.retireMissing && own.length === 0,
    dryRun: true,
  });
  return {
    told,
    rules,
    files: read.map(({ file }) => file),
    faults: sortFaults([
      ...own,
      ...told.faults.map((fault) => placeFault(folder, read.map(({ file }) => file), fault)),
    ]),
  };
}

/** Whether a rule is one of an organization's; empty text: of all organizations; undefined: whosoever it is. */
export function isMeant(rule: RuleFile, orgId: string | undefined): boolean {
  return orgId === undefined || (rule.org_id ?? "") === orgId;
}

/** Where in which file a fault is that the product names by rule and pointer. */
export function placeFault(folder: RulesFolder, files: readonly string[], fault: RuleFault): FileFault {
  const file = fault.index === null ? undefined : files[fault.index];
  const read = folder.files.find((one) => one.file === file);
  if (file === undefined || read === undefined) {
    return { file: `(no file has ${fault.rule_key})`, line: 1, column: 1, message: fault.message };
  }
  const message = fault.message.replace(/\.$/, "");
  return {
    file,
    ...read.placeOf(fault.at),
    message: `${fault.at === "" ? "" : `${fault.at.slice(1)}: `}${message}`,
  };
}

/** Whether taking the folder in would change anything. */
export function wouldChange({ told }: Comparison, { retireMissing }: ImportOptions): boolean {
  return told.rules.some(({ outcome }) =>
    outcome === "new" || outcome === "changed" || (outcome === "missing" && retireMissing)
  );
}
