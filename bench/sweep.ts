import postgres, { type Sql } from "postgres";
import { startTestCluster } from "../local/test_cluster.ts";
import { createLeads, findByHand, findRuleByRule, sweep } from "./sweep/leads.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { median } from "./support/statistics.ts";

const ROWS = 1_000_000;
/** Of one run: each variant in turn, so that what else the machine does falls on all alike. */
const TURNS = 3;

/** One sweep of a million leads by twenty rules, against the same predicates in one query and in a query each. */
export const sweepBench: Bench = {
  name: "sweep",
  about: "a million leads, twenty rules: a sweep, the predicates in one query by hand, a query per rule",
  needsData: false,
  async run({ runs, log }) {
    const { cluster, stop } = await startTestCluster();
    const sql = postgres(cluster.url, { max: 1, onnotice: () => {} });
    try {
      log(`Writing ${ROWS.toLocaleString("en")} leads …`);
      await createLeads(sql, ROWS);
      const first = await timed(() => sweep(sql));
      const results: BenchRun[] = [];
      for (let run = 0; run < runs; run++) {
        log(`Run ${run + 1} of ${runs} …`);
        results.push(await measure(sql, first));
      }
      return results;
    } finally {
      await sql.end({ timeout: 1 });
      await stop();
    }
  },
};

async function measure(sql: Sql, first: number): Promise<BenchRun> {
  const variants = { sweep, byHand: findByHand, ruleByRule: findRuleByRule };
  const times: Record<keyof typeof variants, number[]> = { sweep: [], byHand: [], ruleByRule: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const name of ["byHand", "sweep", "ruleByRule"] as const) {
      await sql`truncate bench.found`;
      times[name].push(await timed(() => variants[name](sql)));
    }
  }
  const [daily, byHand, ruleByRule] = [median(times.sweep), median(times.byHand), median(times.ruleByRule)];
  const [issues] =
    await sql`select count(*)::int as count from governance.data_quality_issues where status = 'open'`;
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
  const figures = {
    sweep_vs_handwritten: daily / byHand,
    sweep_vs_query_per_rule: daily / ruleByRule,
    first_sweep_vs_handwritten: first / byHand,
    sweep_seconds: daily / 1000,
  };
  return {
    figures,
    table: [
      ["a sweep, issues kept", seconds(daily), `${issues!.count.toLocaleString("en")} open issues stand`],
      ["the first sweep", seconds(first), "opens them"],
      ["one query by hand", seconds(byHand), "keys and rules into a table"],
      ["a query per rule", seconds(ruleByRule)],
      ["sweep / by hand", figures.sweep_vs_handwritten.toFixed(2), "target at most 1.3"],
      ["sweep / query per rule", figures.sweep_vs_query_per_rule.toFixed(2), "target at most 0.33"],
    ],
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
