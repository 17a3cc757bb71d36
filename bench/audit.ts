import type { Sql } from "postgres";
import { createTables, empty, keptBytes, SOURCE_ROWS, type Variant, VARIANTS } from "./audit/tables.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { withDurableCluster } from "./support/durable_cluster.ts";
import { median } from "./support/statistics.ts";

/** Of one run: each variant in turn, so that what else the machine does falls on all alike. */
const TURNS = 5;
const SINGLE_ROWS = 500;
/** How often each record is updated, one column of twenty each time. */
const UPDATES = 3;
const UNDONE = 10_000;

/**
 * What audit costs a write: this one, none, and a row-level trigger that keeps whole images, on a cluster that syncs its commits.
 *
 * - `insert_vs_rowlevel`, `update_vs_rowlevel`: rows a second of a bulk statement (20,000 records), ours to theirs, the write itself included.
 * - `insert_cost_`, `update_cost_vs_rowlevel`: the same of the time alone that audit adds to a write without any; always the larger of the two.
 * - `single_…`: statements of one record, where the commit and the round trip are most of the time. Ours also queues the record for evaluation.
 * - `…_vs_lean`: against the leanest row-level trigger there is, which looks up no key and keeps no way to find a record under an older table.
 * - `bytes_vs_rowlevel`: kept of an insert and three updates of one column, with indexes.
 */
export const auditBench: Bench = {
  name: "audit",
  about: "inserts, updates of one of twenty columns and bytes: this audit, none, and row-level whole images",
  needsData: false,
  run({ runs, log }) {
    return withDurableCluster(1, async (admin, [sql]) => {
      await admin`create extension if not exists "uuid-ossp" with schema extensions`;
      await createTables(sql!);
      const results: BenchRun[] = [];
      for (let run = 0; run < runs; run++) {
        log(`Run ${run + 1} of ${runs} …`);
        results.push(await measure(admin, sql!));
      }
      return results;
    });
  },
};

/** Rows a second, and bytes that were kept. */
type Taken = Record<
  "inserts" | "updates" | "singleInserts" | "singleUpdates" | "insertBytes" | "updateBytes",
  number
>;

async function measure(admin: Sql, sql: Sql): Promise<BenchRun> {
  const turns: Record<Variant, Taken[]> = { bare: [], governed: [], rowlevel: [], lean: [] };
  await admin`checkpoint`;
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const variant of turn % 2 === 0 ? VARIANTS : [...VARIANTS].reverse()) {
      const taken = await takeTurn(admin, sql, variant);
      // The first turn warms up.
      if (turn > 0) turns[variant].push(taken);
    }
  }
  const of = (variant: Variant, what: keyof Taken) => median(turns[variant].map((taken) => taken[what]));
  const rate = (what: keyof Taken, to: Variant = "rowlevel") => of("governed", what) / of(to, what);
  /** What audit adds to a row's time, ours against theirs. */
  const cost = (what: keyof Taken) =>
    (1 / of("rowlevel", what) - 1 / of("bare", what)) / (1 / of("governed", what) - 1 / of("bare", what));
  const bytes = (variant: Variant) => of(variant, "insertBytes") + of(variant, "updateBytes");
  const figures = {
    insert_vs_rowlevel: rate("inserts"),
    update_vs_rowlevel: rate("updates"),
    bytes_vs_rowlevel: bytes("governed") / bytes("rowlevel"),
    insert_cost_vs_rowlevel: cost("inserts"),
    update_cost_vs_rowlevel: cost("updates"),
    single_insert_vs_rowlevel: rate("singleInserts"),
    single_update_vs_rowlevel: rate("singleUpdates"),
    insert_vs_lean: rate("inserts", "lean"),
    update_vs_lean: rate("updates", "lean"),
    insert_bytes_vs_rowlevel: of("governed", "insertBytes") / of("rowlevel", "insertBytes"),
    update_bytes_vs_rowlevel: of("governed", "updateBytes") / of("rowlevel", "updateBytes"),
    undo_ms: await undoMilliseconds(admin, sql),
  };
  const rows = SOURCE_ROWS.toLocaleString("en");
  const line = (name: string, what: keyof Taken) =>
    VARIANTS.map((variant) => [`${name}, ${variant}`, `${of(variant, what).toFixed(0)} rows/s`] as const);
  const perRow = (name: string, what: keyof Taken, events: number) =>
    VARIANTS.slice(1).map((variant) =>
      [
        `${name}, ${variant}`,
        `${(of(variant, what) / events).toFixed(0)} bytes`,
        "an event, with indexes",
      ] as const
    );
  return {
    figures,
    table: [
      ...line(`${rows} inserts at once`, "inserts"),
      ...line(`${rows} updates at once`, "updates"),
      ...line("single inserts, 1 client", "singleInserts"),
      ...line("single updates, 1 client", "singleUpdates"),
      ...perRow("kept of inserts", "insertBytes", SOURCE_ROWS),
      ...perRow("kept of updates", "updateBytes", SOURCE_ROWS * UPDATES),
      [`undo of ${UNDONE.toLocaleString("en")} updates`, `${figures.undo_ms.toFixed(0)} ms`],
      ["inserts / row-level", figures.insert_vs_rowlevel.toFixed(2), "rows a second; target 5"],
      ["updates / row-level", figures.update_vs_rowlevel.toFixed(2), "rows a second; target 3"],
      [
        "bytes / row-level",
        figures.bytes_vs_rowlevel.toFixed(2),
        `of an insert and ${UPDATES} updates; target at most 0.33`,
      ],
    ],
  };
}

/** How long it takes to take back what one statement did to many records. */
async function undoMilliseconds(admin: Sql, sql: Sql): Promise<number> {
  await empty(admin, "governed");
  await sql`insert into bench.governed select * from bench.source where id <= ${UNDONE}`;
  const [made] =
    await sql`with made as (update bench.governed set status = 'lost', amount = amount + 1 returning 1)
    select pg_current_xact_id()::text as transaction, count(*) from made`;
  return await timed(() =>
    sql`select governance.undo(jsonb_build_object('transaction', ${made!["transaction"]}::text))`
  );
}

async function takeTurn(admin: Sql, sql: Sql, variant: Variant): Promise<Taken> {
  await empty(admin, variant);
  const inserts = await timed(() => sql.unsafe(`insert into bench.${variant} select * from bench.source`));
  const insertBytes = await keptBytes(admin, variant);
  let updates = 0;
  for (let n = 0; n < UPDATES; n++) {
    updates += await timed(() => sql.unsafe(`update bench.${variant} set amount = amount + 1`));
  }
  const updateBytes = await keptBytes(admin, variant) - insertBytes;
  await empty(admin, variant);
  const [insert, update] = [
    `insert into bench.${variant} select * from bench.source where id = $1`,
    `update bench.${variant} set amount = amount + 1 where id = $1`,
  ];
  const singly = (text: string) =>
    timed(async () => {
      for (let row = 1; row <= SINGLE_ROWS; row++) await sql.unsafe(text, [row], { prepare: true });
    });
  const singleInserts = await singly(insert);
  const singleUpdates = await singly(update);
  return {
    inserts: SOURCE_ROWS * 1000 / inserts,
    updates: UPDATES * SOURCE_ROWS * 1000 / updates,
    singleInserts: SINGLE_ROWS * 1000 / singleInserts,
    singleUpdates: SINGLE_ROWS * 1000 / singleUpdates,
    insertBytes,
    updateBytes,
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
