import type { ExportRow } from "./sales_export.ts";

/**
 * Accounts in an order in which each parent that is in the export comes before its subsidiaries. Accounts that are each
 * other's parents come last, as they stand.
 */
export function parentsFirst(rows: readonly ExportRow<"accounts">[]): readonly ExportRow<"accounts">[] {
  const names = new Set(rows.map((row) => row.account));
  const ordered: ExportRow<"accounts">[] = [];
  const placed = new Set<string>();
  let waiting = rows;
  while (waiting.length > 0) {
    const isReady = ({ subsidiary_of }: ExportRow<"accounts">) =>
      subsidiary_of === null || !names.has(subsidiary_of) || placed.has(subsidiary_of);
    const ready = waiting.filter(isReady);
    if (ready.length === 0) return [...ordered, ...waiting];
    waiting = waiting.filter((row) => !isReady(row));
    ordered.push(...ready);
    for (const row of ready) placed.add(row.account);
  }
  return ordered;
}
