/** What one execution says of one rule and one record. */
export type Outcome =
  | { readonly kind: "pass" }
  | { readonly kind: "violation"; readonly message: string }
  | { readonly kind: "unevaluated"; readonly message: string };

const PASS: Outcome = { kind: "pass" };

/** What one execution says of every rule and every record; what it does not mention passes. */
export class Verdicts {
  readonly #said = new Map<string, Outcome>();

  note(ruleKey: string, recordKey: string, outcome: Outcome): void {
    this.#said.set(`${ruleKey} ${recordKey}`, outcome);
  }

  of(ruleKey: string, recordKey: string): Outcome {
    return this.#said.get(`${ruleKey} ${recordKey}`) ?? PASS;
  }

  /** What was said of the rules with this ending, under their names without it. */
  ofTwins(ending: string): Verdicts {
    const twins = new Verdicts();
    for (const [pair, outcome] of this.#said) {
      const [ruleKey, recordKey] = pair.split(" ") as [string, string];
      if (ruleKey.endsWith(ending)) twins.note(ruleKey.slice(0, -ending.length), recordKey, outcome);
    }
    return twins;
  }

  /** The pairs about which more is said than that they pass, as "rule record". */
  pairs(): Iterable<string> {
    return this.#said.keys();
  }
}

/**
 * Whether two executions agree. SQL has no third outcome: what TypeScript calls unevaluated does not violate in SQL.
 */
export function agree(left: Outcome, right: Outcome): boolean {
  const [a, b] = [left, right].map((said) => said.kind === "unevaluated" ? PASS : said) as [Outcome, Outcome];
  return a.kind === b.kind && (a.kind !== "violation" || b.kind !== "violation" || a.message === b.message);
}

/** An outcome as a reader wants it. */
export function describe(outcome: Outcome): string {
  return outcome.kind === "pass" ? "pass" : `${outcome.kind} ${JSON.stringify(outcome.message)}`;
}
