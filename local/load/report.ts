import { format } from "./progress.ts";
import type { RuleFinding } from "./findings.ts";
import type { LoadResult } from "./load_sales.ts";

const shownRefusals = 10;

/** What a load did and what the rules said, for people. */
export function toText(result: LoadResult): string {
  const { organization, written, alreadyThere, refused, fixed, issues, queue, seconds, recordsPerSecond } =
    result;
  const total = sum(Object.values(written));
  const parts = Object.entries(written).map(([table, count]) => `${format(count)} ${table}`).join(", ");
  return [
    "",
    `Organization  ${organization.name} (${organization.id})`,
    total === 0
      ? `Written       nothing: all ${format(alreadyThere)} records were there already`
      : `Written       ${format(total)}: ${parts}${
        alreadyThere > 0 ? `; ${format(alreadyThere)} were there already` : ""
      }`,
    `Blocked       ${format(refused.length)}`,
    ...refused.slice(0, shownRefusals).map(({ table, external_id, reason }) =>
      `  ${table} "${external_id}": ${reason}`
    ),
    ...(refused.length > shownRefusals ? [`  … and ${format(refused.length - shownRefusals)} more`] : []),
    `Fixed         ${format(fixed)}`,
    `Issues        ${format(sum(issues.map((issue) => issue.count)))}`,
    ...issues.flatMap(ruleLines),
    `Queue         ${queue.pending} waiting, ${queue.leased} leased, ${queue.dead} dead`,
    `Time          ${seconds.toFixed(1)} s, ${
      format(Math.round(recordsPerSecond))
    } records a second, written and evaluated`,
    "",
  ].join("\n");
}

/** The same as one line of JSON. */
export function toJson(result: LoadResult): string {
  return JSON.stringify({
    organization: result.organization,
    written: sum(Object.values(result.written)),
    written_by_table: result.written,
    already_there: result.alreadyThere,
    blocked: result.refused.length,
    fixed: result.fixed,
    issues: result.issues,
    queue: { pending: result.queue.pending, leased: result.queue.leased, dead: result.queue.dead },
    seconds: round(result.seconds),
    records_per_second: round(result.recordsPerSecond),
  });
}

function ruleLines({ rule_key, severity, count, suggested, example, suggestions }: RuleFinding): string[] {
  const values = suggestions.slice(0, 3).map(({ value, count }) => `"${value}" ${format(count)}×`).join(", ");
  return [
    `  ${format(count).padStart(7)}  ${severity.padEnd(8)} ${rule_key}`,
    `           for example: ${example}`,
    ...(suggested > 0 ? [`           suggested for ${format(suggested)}: ${values}`] : []),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
