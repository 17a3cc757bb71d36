import { type FileFault, formatFault } from "../../shared/rules_files/mod.ts";
import type { Comparison } from "./compare.ts";
import type { FolderChanges } from "./write_folder.ts";

/** What importing would do, in words; what stays as it is, is only counted. */
export function tellComparison({ told, files }: Comparison, retireMissing: boolean): string {
  const lines: string[] = [];
  const missing: string[] = [];
  for (const { index, rule_key, org_id, outcome, sentence, changes, warnings } of told.rules) {
    const name = `${rule_key}${org_id === null ? "" : ` of ${org_id}`}`;
    if (outcome === "missing") missing.push(name);
    if (outcome !== "new" && outcome !== "changed") continue;
    lines.push(`${index === null ? name : files[index]}: ${outcome}`);
    if (outcome === "new" && sentence !== null) lines.push(`  ${sentence}`);
    lines.push(...changes.map((change) => `  ${change}`));
    lines.push(...warnings.map(({ certainty, message }) => `  warning (${certainty}): ${message}`));
  }
  if (missing.length > 0) {
    const fate = retireMissing ? "would be deprecated" : "stay as they are; --retire-missing deprecates them";
    lines.push(`No file has these ${missing.length} rules, which ${fate}: ${missing.join(", ")}`);
  }
  const count = (outcome: string) => told.rules.filter((rule) => rule.outcome === outcome).length;
  lines.push(
    `${count("new")} new, ${count("changed")} changed, ${count("unchanged")} unchanged, ${
      count("missing")
    } only in the database.`,
  );
  return lines.join("\n");
}

/** Every fault on a line of its own. */
export function tellFaults(dir: string, faults: readonly FileFault[]): string {
  const lines = faults.map((fault) =>
    fault.file.startsWith("(") ? `${fault.file}: ${fault.message}` : `${dir}/${formatFault(fault)}`
  );
  return [...lines, `${faults.length} ${faults.length === 1 ? "fault" : "faults"}; nothing was written.`]
    .join("\n");
}

/** What an export did. */
export function tellExport(dir: string, { written, gone, unchanged }: FolderChanges, prune: boolean): string {
  const lines = [...written.keys()].map((file) => `${dir}/${file}: written`);
  lines.push(
    ...gone.map((file) =>
      `${dir}/${file}: ${prune ? "removed" : "there is no such rule; --prune removes it"}`
    ),
  );
  const removed = prune ? `, ${gone.length} removed` : "";
  return [...lines, `${written.size} written, ${unchanged} unchanged${removed}.`].join("\n");
}
