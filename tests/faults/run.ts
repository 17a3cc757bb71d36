import { delay } from "@std/async/delay";
import type { Sql } from "postgres";
import { startNetWorker } from "../../local/pg_net/mod.ts";
import type { Arena } from "./arena.ts";
import { checkAudit } from "./checker/audit.ts";
import { checkDeadlocks } from "./checker/deadlocks.ts";
import { checkGuard } from "./checker/guard.ts";
import { checkIssueHistory, checkIssues } from "./checker/issues.ts";
import { checkReversal } from "./checker/reversal.ts";
import { checkQueue, compareStock, takeStock } from "./checker/stillness.ts";
import { withPatience } from "./patience.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { Random } from "./random.ts";
import { setScene } from "./scene/scene.ts";
import { changeRule, repair, touch } from "./workload/governing.ts";
import { startingRows, work } from "./workload/work.ts";
import { Writer } from "./workload/writer.ts";

const MAX_DRAIN_MS = 60_000;

/** What one run came to. */
export interface RunReport {
  readonly seed: number;
  /** What must be true and was not. */
  readonly findings: readonly string[];
  /** How often what happened. */
  readonly counts: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** What a run is told. */
export interface RunOptions {
  readonly seed: number;
  /** Breaks the product on purpose, so that the checker has something to find. */
  readonly sabotage?: (sql: Sql) => Promise<void>;
  /** Parts of the plan in place of what the seed draws. */
  readonly plan?: Partial<Plan>;
}

/**
 * One run: a database of its own, writers and evaluators at work while everything around them fails, and at the end, when
 * nothing fails any more, the question whether everything is true that must be. The seed fixes what is tried; how processes
 * meet is theirs.
 */
export async function runOnce(arena: Arena, options: RunOptions): Promise<RunReport> {
  const started = performance.now();
  const random = new Random(options.seed);
  const plan = { ...drawPlan(random.fork()), ...options.plan };
  await using database = await arena.createDatabase();
  const { sql } = database;
  const findings: string[] = [];
  await setScene(sql, { edgeUrl: arena.edge.url, versionsFrom: database.number * 100_000 });
  await options.sabotage?.(sql);
  await startingRows(sql, random.fork());

  const faultSql = database.connectWorkers(4);
  const [workSql, workAdmin] = [database.connectWorkers(8), database.connectWorkers(2, "supabase_admin")];
  const faultRandom = random.fork();
  const writers = Array.from(
    { length: plan.writers },
    () => new Writer(workSql, workAdmin, random.fork(), findings),
  );
  await arena.edge.evaluators.ready();
  arena.edge.begin({
    sql: database.connect(8),
    plan,
    random: faultRandom,
    touch: (entity, keys) => touch(faultSql, faultRandom, entity, keys),
    changeRule: () => changeRule({ sql: faultSql, random: faultRandom }).catch(() => {}),
  });
  const net = startNetWorker({ adminUrl: database.adminUrl, pauseMs: 40 });
  const clock = tick(sql);
  const stages: Record<string, number> = {};
  let stageBegan = performance.now();
  const stage = (name: string) => {
    stages[`seconds: ${name}`] = Math.round((performance.now() - stageBegan) / 100) / 10;
    stageBegan = performance.now();
  };
  try {
    await work(writers, plan, () => arena.postgres.restart("immediate"));
    stage("work");
    arena.edge.calm();
    await database.endWork();
    await insist(() => repair(sql));
    await arena.edge.evaluators.ready();
    if (plan.replicaWrites) await sql`select governance_private.sweep_all()`;
    findings.push(...await drained(sql));
    stage("drain");
    findings.push(...await checkQueue(sql), ...await checkIssues(sql), ...await checkIssueHistory(sql));
    findings.push(...await checkAudit(sql), ...await checkGuard(sql));
    findings.push(...checkDeadlocks(await arena.log(), database.name));
    stage("check");
    if (findings.length === 0) findings.push(...await checkTwice(sql, random));
    stage("check twice");
  } catch (error) {
    findings.push(`the run broke: ${error instanceof Error ? error.stack : error}`);
  } finally {
    clock.stop();
    await net.stop();
    await arena.edge.end();
  }
  const counts: Record<string, number> = { ...arena.edge.counts, ...stages };
  for (const writer of writers) {
    for (const [what, count] of Object.entries(writer.counts)) counts[what] = (counts[what] ?? 0) + count;
  }
  return { seed: options.seed, findings, counts, seconds: (performance.now() - started) / 1000 };
}

/** A second evaluation of everything changes nothing; what is undone stays undone. */
async function checkTwice(sql: Sql, random: Random): Promise<string[]> {
  const before = await takeStock(sql);
  await sql`select governance_private.sweep_all()`;
  const late = await drained(sql);
  const findings = [...late, ...compareStock(before, await takeStock(sql))];
  findings.push(...await checkReversal(sql, random));
  return [...findings, ...await drained(sql), ...await checkIssues(sql), ...await checkAudit(sql)];
}

/** What the schedule does every ten seconds, five times a second: a run has no minutes. */
function tick(sql: Sql): { stop(): void } {
  let isOver = false;
  (async () => {
    while (!isOver) {
      await withPatience(sql`select governance_private.drain()`, 3000).catch(() => {});
      await delay(200);
    }
  })();
  return { stop: () => isOver = true };
}

/** Waits until nothing is queued, leased or swept; a finding where that never comes. */
async function drained(sql: Sql): Promise<string[]> {
  let status: Record<string, number> = {};
  for (const end = Date.now() + MAX_DRAIN_MS; Date.now() < end; await delay(40)) {
    const [row] = await sql`select governance.queue_status() as status`;
    status = row!.status;
    if (status["pending"]! + status["leased"]! + status["sweeps"]! === 0) return [];
  }
  return [`the queue never became empty: ${JSON.stringify(status)}`];
}

/** Tries until it works: what is in the way passes. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      await withPatience(work());
      return;
    } catch (error) {
      if (tries === 20) throw error;
      await delay(200);
    }
  }
}
