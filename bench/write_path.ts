import type { Sql } from "postgres";
import type { Bench, BenchRun } from "./support/bench.ts";
import { withDurableCluster } from "./support/durable_cluster.ts";
import { median } from "./support/statistics.ts";
import { createTables, empty, SOURCE_ROWS, type Variant, VARIANTS } from "./write_path/tables.ts";
import { insertAll, writeSingly } from "./write_path/work.ts";

const CLIENTS = 8;
const ROWS_ALONE = 500;
/** So many that what a connection prepares once, after the tables were emptied, counts for little. */
const ROWS_EACH = 1000;
/** Of one run: each variant in turn, so that what else the machine does falls on all alike. */
const TURNS = 5;
/** The usual way is so slow that a tenth of the rows and one turn tell enough. */
const USUAL_SHARE = 0.1;

/** What governance costs a write: governed, bare, a trigger that does the least, and the usual Supabase way, on a cluster that syncs its commits. */
export const writePathBench: Bench = {
  name: "write-path",
  about: "10 block rules, capture and audit: 50,000-row inserts and single rows against a bare table",
  needsData: false,
  run({ runs, log }) {
    return withDurableCluster(CLIENTS, async (admin, clients) => {
      await createTables(clients[0]!);
      const results: BenchRun[] = [];
      for (let run = 0; run < runs; run++) {
        log(`Run ${run + 1} of ${runs} …`);
        results.push(await measure(admin, clients));
      }
      return results;
    });
  },
};

type Rates = Record<"bulk" | "insertsAlone" | "updatesAlone" | "inserts" | "updates" | "single", number>;

async function measure(admin: Sql, clients: readonly Sql[]): Promise<BenchRun> {
  const turns: Record<Variant, Rates[]> = { bare: [], governed: [], lean: [], usual: [] };
  await admin`checkpoint`;
  for (let turn = 0; turn <= TURNS; turn++) {
    const order = turn % 2 === 0 ? VARIANTS : [...VARIANTS].reverse();
    for (const variant of order) {
      if (variant === "usual" && turn !== 1) continue;
      const rates = await takeTurn(admin, clients, variant);
      // The first turn warms up.
      if (turn > 0) turns[variant].push(rates);
    }
  }
  const rate = (variant: Variant, of: keyof Rates) => median(turns[variant].map((rates) => rates[of]));
  const ratio = (of: keyof Rates, to: Variant = "bare") => rate("governed", of) / rate(to, of);
  const figures = {
    bulk_vs_bare: ratio("bulk"),
    single_vs_bare: ratio("single"),
    lean_vs_bare: rate("lean", "single") / rate("bare", "single"),
    single_vs_lean: ratio("single", "lean"),
    bulk_vs_usual: ratio("bulk", "usual"),
  };
  const line = (name: string, of: keyof Rates) =>
    VARIANTS.map((variant) =>
      [
        `${name}, ${variant}`,
        `${rate(variant, of).toFixed(0)} rows/s`,
        variant === "bare" ? "" : `${(rate(variant, of) / rate("bare", of)).toFixed(2)} of bare`,
      ] as const
    );
  return {
    figures,
    table: [
      ...line(`${SOURCE_ROWS.toLocaleString("en")} rows at once`, "bulk"),
      ...line("single inserts, 1 client", "insertsAlone"),
      ...line("single updates, 1 client", "updatesAlone"),
      ...line(`single inserts, ${CLIENTS} clients`, "inserts"),
      ...line(`single updates, ${CLIENTS} clients`, "updates"),
      ["bulk / bare", figures.bulk_vs_bare.toFixed(2), "target at least 0.5"],
      [
        "single / bare",
        figures.single_vs_bare.toFixed(2),
        "inserts and updates of 8 clients; target at least 0.75",
      ],
      ["single, lean / bare", figures.lean_vs_bare.toFixed(2), "the least that a trigger costs here"],
      ["single / lean", figures.single_vs_lean.toFixed(2), ""],
      ["bulk / usual", figures.bulk_vs_usual.toFixed(1), "target at least 4"],
    ],
  };
}

async function takeTurn(admin: Sql, clients: readonly Sql[], variant: Variant): Promise<Rates> {
  const share = variant === "usual" ? USUAL_SHARE : 1;
  const rows = Math.round(SOURCE_ROWS * share);
  const [rowsAlone, rowsEach] = [ROWS_ALONE * share, ROWS_EACH * share];
  const fresh = () => empty(admin, variant);
  await fresh();
  const bulk = await insertAll(clients[0]!, variant, rows);
  await fresh();
  const alone = await writeSingly([clients[0]!], variant, rowsAlone);
  await fresh();
  const together = await writeSingly(clients, variant, rowsEach);
  const written = CLIENTS * rowsEach;
  return {
    bulk: rows * 1000 / bulk,
    insertsAlone: rowsAlone * 1000 / alone.inserts,
    updatesAlone: rowsAlone * 1000 / alone.updates,
    inserts: written * 1000 / together.inserts,
    updates: written * 1000 / together.updates,
    single: 2 * written * 1000 / (together.inserts + together.updates),
  };
}
