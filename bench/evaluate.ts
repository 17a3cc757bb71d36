import { delay } from "@std/async/delay";
import postgres, { type Sql } from "postgres";
import { type Stack, startStack } from "../local/stack.ts";
import { createGoverned, insertDeals } from "./evaluate/tables.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { median, percentile } from "./support/statistics.ts";

const RECORDS = 20_000;
const WRITES_PER_SECOND = 50;
const SECONDS = 20;
const POLL_MS = 20;

/** From committed to all issues written, on the whole stack: 20,000 records at once, then a steady trickle. */
export const evaluateBench: Bench = {
  name: "evaluate",
  about: "20,000 changed records with 30 rules, and 50 writes a second, until the issues are written",
  needsData: false,
  async run({ runs, log }) {
    const results: BenchRun[] = [];
    for (let run = 0; run < runs; run++) {
      log(`Run ${run + 1} of ${runs}: a new stack …`);
      const stack = await startStack({ port: 0, ephemeral: true, seed: false });
      const sql = postgres(stack.dbUrl, { max: 6, onnotice: () => {} });
      try {
        await createGoverned(sql);
        await untilQuiet(sql);
        results.push(await measure(stack, sql, log));
      } finally {
        await sql.end({ timeout: 1 });
        await stack.stop();
      }
    }
    return results;
  },
};

async function measure(stack: Stack, sql: Sql, log: (line: string) => void): Promise<BenchRun> {
  log(`${RECORDS.toLocaleString("en")} records …`);
  await sql.unsafe(insertDeals(1, RECORDS));
  const from = performance.now();
  await untilQuiet(sql);
  const seconds = (performance.now() - from) / 1000;
  const [{ issues, fixes } = { issues: 0, fixes: 0 }] = await sql<{ issues: number; fixes: number }[]>`
    select (select count(*)::int from governance.data_quality_issues where entity_type = 'bench_deal') as issues,
      (select count(*)::int from governance.fixes where entity_type = 'bench_deal') as fixes`;
  log(`${WRITES_PER_SECOND} writes a second for ${SECONDS} s …`);
  const latencies = await trickle(sql);
  const stats = stack.functions.stats().find(({ name }) => name === "evaluate")!;
  const figures = {
    records_per_s: RECORDS / seconds,
    p95_write_to_issue_ms: percentile(latencies, 0.95),
    p50_write_to_issue_ms: median(latencies),
    cpu_ms_per_call_max: stats.maxCpuMs,
  };
  return {
    figures,
    table: [
      [
        "records a second",
        figures.records_per_s.toFixed(0),
        `${issues} issues, ${fixes} fixes; target 1,500`,
      ],
      ["write to issue, 95 %", `${figures.p95_write_to_issue_ms.toFixed(0)} ms`, "target below 2,000"],
      ["write to issue, 50 %", `${figures.p50_write_to_issue_ms.toFixed(0)} ms`],
      ["CPU a call, at most", `${stats.maxCpuMs.toFixed(0)} ms`, `${stats.calls} calls; target below 1,500`],
    ],
  };
}

/** Writes records that violate a rule, each in a transaction of its own; returns how long each waited for its issue. */
async function trickle(sql: Sql): Promise<readonly number[]> {
  const total = WRITES_PER_SECOND * SECONDS;
  const written = new Map<string, number>();
  const latencies: number[] = [];
  const started = performance.now();
  const watching = (async () => {
    while (latencies.length < total) {
      const rows = await sql<{ record_key: string }[]>`
        select record_key from governance.data_quality_issues
        where entity_type = 'bench_deal' and rule_key = 'bench-phone-international' and record_key = any (${[
        ...written.keys(),
      ]})`;
      for (const { record_key } of rows) {
        latencies.push(performance.now() - written.get(record_key)!);
        written.delete(record_key);
      }
      await delay(POLL_MS);
    }
  })();
  const writes: Promise<void>[] = [];
  for (let index = 0; index < total; index++) {
    await delay(Math.max(0, started + index * 1000 / WRITES_PER_SECOND - performance.now()));
    // Numbers that end in 3 have a phone number that violates.
    const id = RECORDS * 10 + index * 10 + 3;
    writes.push(
      sql.unsafe(insertDeals(id, id)).then(() => {
        written.set(String(id), performance.now());
      }),
    );
  }
  await Promise.all(writes);
  await watching;
  return latencies;
}

async function untilQuiet(sql: Sql): Promise<void> {
  for (;;) {
    const [row] = await sql`select governance.queue_status() as status`;
    const { pending, leased, sweeps } = row!["status"];
    if (pending + leased + sweeps === 0) return;
    await delay(POLL_MS);
  }
}
