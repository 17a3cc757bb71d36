import postgres, { type Sql } from "postgres";
import { startTestCluster } from "../local/test_cluster.ts";
import { createTables, type Variant, VARIANTS } from "./rules/tables.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { median } from "./support/statistics.ts";

const ROWS = 50_000;
const SINGLE_ROWS = 1_000;
/** Of one run: each variant in turn, so that what else the machine does falls on all alike. */
const TURNS = 5;
const DYNAMIC_SHARE = 0.1;

/** Ten block rules: compiled by us, written by hand, and executed dynamically. */
export const rulesBench: Bench = {
  name: "rules",
  about: "ten block rules, compiled, by hand and dynamic: 50,000-row inserts and single rows",
  needsData: false,
  async run({ runs, log }) {
    const { cluster, stop } = await startTestCluster();
    const sql = postgres(cluster.url, { max: 1, onnotice: () => {} });
    try {
      await createTables(sql);
      const results: BenchRun[] = [];
      for (let run = 0; run < runs; run++) {
        log(`Run ${run + 1} of ${runs} …`);
        results.push(await measure(sql));
      }
      return results;
    } finally {
      await sql.end({ timeout: 1 });
      await stop();
    }
  },
};

async function measure(sql: Sql): Promise<BenchRun> {
  const bulk = await takeTurns(sql, insertAll, ROWS);
  const single = await takeTurns(sql, insertSingly, SINGLE_ROWS);
  const ratio = (times: Readonly<Record<Variant, number>>, to: Variant) => times.compiled / times[to];
  const guard = (times: Readonly<Record<Variant, number>>, variant: Variant, rows: number) =>
    (times[variant] - times.bare) * 1000 / rows;
  const figures = {
    compiled_vs_handwritten: Math.max(ratio(bulk, "handwritten"), ratio(single, "handwritten")),
    compiled_vs_handwritten_bulk: ratio(bulk, "handwritten"),
    compiled_vs_handwritten_single: ratio(single, "handwritten"),
    compiled_vs_dynamic: Math.max(ratio(bulk, "dynamic"), ratio(single, "dynamic")),
    compiled_vs_dynamic_bulk: ratio(bulk, "dynamic"),
    compiled_vs_dynamic_single: ratio(single, "dynamic"),
    guard_us_per_row_compiled: guard(bulk, "compiled", ROWS),
    guard_us_per_row_handwritten: guard(bulk, "handwritten", ROWS),
  };
  return {
    figures,
    table: [
      ...VARIANTS.map((variant) =>
        [
          `${ROWS.toLocaleString("en")} rows, ${variant}`,
          `${bulk[variant].toFixed(0)} ms`,
          `${guard(bulk, variant, ROWS).toFixed(2)} µs a row over bare`,
        ] as const
      ),
      ...VARIANTS.map((variant) =>
        [
          `a single row, ${variant}`,
          `${(single[variant] * 1000 / SINGLE_ROWS).toFixed(0)} µs`,
          `${guard(single, variant, SINGLE_ROWS).toFixed(0)} µs over bare`,
        ] as const
      ),
      [
        "compiled / by hand",
        figures.compiled_vs_handwritten.toFixed(2),
        "the worse of both; target at most 1.3",
      ],
      ["compiled / dynamic", figures.compiled_vs_dynamic.toFixed(2), "the worse of both; target at most 0.2"],
    ],
  };
}

/** The median milliseconds of each variant. The dynamic one, far slower, goes once and with a tenth of the rows. */
async function takeTurns(
  sql: Sql,
  work: (sql: Sql, variant: Variant, rows: number) => Promise<void>,
  rows: number,
): Promise<Readonly<Record<Variant, number>>> {
  const times: Record<Variant, number[]> = { bare: [], compiled: [], handwritten: [], dynamic: [] };
  for (let turn = 0; turn <= TURNS; turn++) {
    const order = turn % 2 === 0 ? VARIANTS : [...VARIANTS].reverse();
    for (const variant of order) {
      if (variant === "dynamic" && turn !== 1) continue;
      await sql.unsafe(`truncate bench.${variant}`);
      const from = performance.now();
      const share = variant === "dynamic" ? DYNAMIC_SHARE : 1;
      await work(sql, variant, rows * share);
      // The first turn warms up.
      if (turn > 0) times[variant].push((performance.now() - from) / share);
    }
  }
  return {
    bare: median(times.bare),
    compiled: median(times.compiled),
    handwritten: median(times.handwritten),
    dynamic: median(times.dynamic),
  };
}

async function insertAll(sql: Sql, variant: Variant, rows: number): Promise<void> {
  await sql.unsafe(`insert into bench.${variant} select * from bench.source where id <= ${rows}`);
}

/** Statement by statement inside of the server, so that the network does not drown the difference. */
async function insertSingly(sql: Sql, variant: Variant, rows: number): Promise<void> {
  await sql.unsafe(`do $$ declare s bench.source; begin
    for s in select * from bench.source order by id limit ${rows} loop
      insert into bench.${variant} values (s.*);
    end loop; end $$`);
}
