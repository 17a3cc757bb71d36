/** What one run of a bench came to. */
export interface BenchRun {
  /** Lines of a table for people: a name, a value with its unit, and what it means. */
  readonly table: readonly (readonly [name: string, value: string, note?: string])[];
  /** Figures by name; the medians over all runs are what counts. */
  readonly figures: Readonly<Record<string, number>>;
}

/** One bench. It measures and never judges: targets stand in its notes. */
export interface Bench {
  readonly name: string;
  readonly about: string;
  /** Whether it takes `--data DIR`. */
  readonly needsData: boolean;
  /** Prepares what is slow to prepare, and runs as often as it is asked to. */
  run(options: BenchOptions): Promise<readonly BenchRun[]>;
}

export interface BenchOptions {
  readonly runs: number;
  readonly data: string | null;
  /** Says what is going on. */
  readonly log: (line: string) => void;
}
