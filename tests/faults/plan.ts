import type { Random } from "./random.ts";

/** What happens to one call of the database. */
export type CallFault =
  | "none"
  | "request-lost"
  | "answer-lost"
  | "slow-before"
  | "slow-after"
  | "killed-before"
  | "killed-during"
  | "killed-after"
  | "record-touched"
  | "rule-changed";

/** What happens to one doorbell. */
export type BellFault = "none" | "dropped" | "doubled" | "delayed";

/** What a run does to its product, drawn from the seed. */
export interface Plan {
  readonly calls: Readonly<Record<CallFault, number>>;
  readonly bells: Readonly<Record<BellFault, number>>;
  /** So many kills at most: each costs the start of a process. */
  readonly maxKills: number;
  /** After so many operations Postgres is stopped at once; null: never. */
  readonly crashAfter: number | null;
  /** Operations of each writer. */
  readonly operations: number;
  readonly writers: number;
  /** Writes that no trigger sees. */
  readonly replicaWrites: boolean;
}

/** Kinds of trouble differ from run to run, so that each also meets the product alone. */
export function drawPlan(random: Random): Plan {
  const often = (weight: number) => random.chance(0.75) ? weight : 0;
  return {
    calls: {
      "none": 80,
      "request-lost": often(3),
      "answer-lost": often(6),
      "slow-before": often(2),
      "slow-after": often(3),
      "killed-before": often(1),
      "killed-during": often(3),
      "killed-after": often(2),
      "record-touched": often(12),
      "rule-changed": often(2),
    },
    bells: { "none": 40, "dropped": often(30), "doubled": often(15), "delayed": often(15) },
    maxKills: random.between(1, 3),
    crashAfter: random.chance(0.5) ? random.between(15, 70) : null,
    operations: 30,
    writers: 4,
    replicaWrites: random.chance(0.3),
  };
}
