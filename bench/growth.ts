import postgres, { type Sql } from "postgres";
import { startTestCluster } from "../local/test_cluster.ts";
import { createRecords, growRules } from "./growth/tables.ts";
import { Evaluator, writeSingly } from "./growth/work.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { median } from "./support/statistics.ts";

const SIZES = [10_000, 100_000, 1_000_000] as const;
const RULES = [10, 100, 300] as const;
/** Of one run: each size in turn, so that what else the machine does falls on all alike. */
const TURNS = 7;

interface Place {
  readonly records: number;
  readonly sql: Sql;
  readonly evaluator: Evaluator;
}

interface Cost {
  readonly write: number;
  readonly evaluate: number;
}

/** What a write and an evaluation cost as records and rules become more: a database of its own for each number of records. */
export const growthBench: Bench = {
  name: "growth",
  about: "cost of a write and of an evaluation with 10,000 to 1,000,000 records and 10 to 300 rules",
  needsData: false,
  async run({ runs, log }) {
    const results: BenchRun[] = [];
    for (let run = 0; run < runs; run++) {
      log(`Run ${run + 1} of ${runs} …`);
      const { cluster, stop } = await startTestCluster();
      const places: Place[] = [];
      try {
        for (const records of SIZES) places.push(await createPlace(cluster, records, log));
        results.push(await measure(places, log));
      } finally {
        await Promise.all(places.map(({ sql }) => sql.end({ timeout: 1 })));
        await stop();
      }
    }
    return results;
  },
};

async function createPlace(
  { adminUrl, url }: { readonly adminUrl: string; readonly url: string },
  records: number,
  log: (line: string) => void,
): Promise<Place> {
  log(`${records.toLocaleString("en")} records …`);
  const name = `growth_${records}`;
  const at = (from: string, database: string) => from.replace(/\/postgres$/, `/${database}`);
  const admin = postgres(at(adminUrl, "template1"), { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database ${name} template postgres owner postgres`);
  await admin.end();
  const sql = postgres(at(url, name), { max: 1, onnotice: () => {}, connection: { statement_timeout: 0 } });
  await createRecords(sql, records);
  await sql.unsafe(`create sequence bench.next_id start ${records + 1}`);
  return { records, sql, evaluator: new Evaluator(sql) };
}

async function measure(places: readonly Place[], log: (line: string) => void): Promise<BenchRun> {
  const costs = new Map<string, Cost>();
  let before = 2;
  for (const rules of RULES) {
    log(`${rules} rules …`);
    for (const { sql, evaluator } of places) {
      await growRules(sql, before, rules);
      await settle(sql, rules === RULES[0]);
      // Learns the rules.
      await evaluator.judge(1000);
    }
    before = rules;
    const turns = places.map(() => ({ write: [] as number[], evaluate: [] as number[] }));
    for (let turn = 0; turn < TURNS; turn++) {
      for (const [index, { sql, records, evaluator }] of places.entries()) {
        turns[index]!.write.push(await writeSingly(sql, records));
        await evaluator.drain();
        turns[index]!.evaluate.push(await evaluator.judge(records));
      }
    }
    for (const [index, { records }] of places.entries()) {
      const { write, evaluate } = turns[index]!;
      costs.set(`${records} ${rules}`, { write: median(write), evaluate: median(evaluate) });
    }
  }
  return report(costs);
}

/** The first sweep judges what was loaded; what the load and the new rules have queued is taken as done. */
async function settle(sql: Sql, isFirst: boolean): Promise<void> {
  await sql`delete from governance_private.change_queue`;
  await sql`delete from governance_private.bulk_changes`;
  for (;;) {
    if (!isFirst) break;
    const [row] = await sql`select governance_private.advance_sweep() as moved`;
    if (!row!["moved"]) break;
    await sql`delete from governance_private.change_queue`;
  }
  await sql`delete from governance.runs`;
  await sql`vacuum analyze`;
}

function report(costs: ReadonlyMap<string, Cost>): BenchRun {
  const cost = (records: number, rules: number) => costs.get(`${records} ${rules}`)!;
  const worst = (of: keyof Cost) =>
    Math.max(...RULES.map((rules) => cost(1_000_000, rules)[of] / cost(10_000, rules)[of]));
  const figures = { write_1m_vs_10k: worst("write"), evaluate_1m_vs_10k: worst("evaluate") };
  const lines = (name: string, of: keyof Cost) =>
    RULES.flatMap((rules) =>
      SIZES.map((records) =>
        [
          `${name}, ${records.toLocaleString("en")} records, ${rules} rules`,
          `${cost(records, rules)[of].toFixed(0)} µs`,
        ] as const
      )
    );
  return {
    figures,
    table: [
      ...lines("a write", "write"),
      ...lines("an evaluation", "evaluate"),
      [
        "a write, 1,000,000 / 10,000",
        figures.write_1m_vs_10k.toFixed(2),
        "the worst of all numbers of rules; target at most 1.3",
      ],
      [
        "an evaluation, 1,000,000 / 10,000",
        figures.evaluate_1m_vs_10k.toFixed(2),
        "the worst; target at most 1.3",
      ],
    ],
  };
}
