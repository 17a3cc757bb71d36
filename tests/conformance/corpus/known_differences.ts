import { z } from "zod";

const schema = z.strictObject({
  about: z.string(),
  differences: z.array(z.strictObject({
    /** "file: name" of a case. */
    case: z.string(),
    execution: z.string(),
    reason: z.string().min(10),
  })),
});

export type KnownDifference = z.infer<typeof schema>["differences"][number];

/** The entries of `known_differences.json`. */
export function readKnownDifferences(): readonly KnownDifference[] {
  return schema.parse(
    JSON.parse(Deno.readTextFileSync(new URL("../known_differences.json", import.meta.url))),
  ).differences;
}

/** What a run of the corpus came to: the failures that nobody knew of, and the known ones that do not fail any more. */
export function judgeDifferences(
  failures: ReadonlyMap<string, readonly string[]>,
  ran: { readonly cases: Iterable<string>; readonly executions: readonly string[] },
  differences: readonly KnownDifference[] = readKnownDifferences(),
): string[] {
  const cases = new Set(ran.cases);
  const asked = differences.filter((entry) =>
    cases.has(entry.case) && ran.executions.includes(entry.execution)
  );
  const known = new Set(asked.map((entry) => `${entry.execution} | ${entry.case}`));
  return [
    ...[...failures].filter(([id]) => !known.has(id)).map(([id, details]) =>
      `${id}\n    ${details.join("\n    ")}`
    ),
    ...[...known].filter((id) => !failures.has(id)).map((id) =>
      `${id}\n    is a known difference that passes now`
    ),
  ];
}

/** Failures by execution and case. */
export class Failures extends Map<string, string[]> {
  note(execution: string, caseId: string, detail: string): void {
    const id = `${execution} | ${caseId}`;
    this.set(id, [...this.get(id) ?? [], detail]);
  }
}
