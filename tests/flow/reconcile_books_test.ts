import { assert, assertEquals } from "@std/assert";
import type { Sql } from "postgres";
import { advanceAll } from "../db/reconcile/support.ts";
import { createTestDatabase } from "../helpers/database.ts";
import { keepCopy, mendBooks } from "./books/keep_copy.ts";
import { makeBooks } from "./books/make_books.ts";
import { plantBreaks, type Planted, PLANTED_CLASSES } from "./books/plant_breaks.ts";

const JOBS = ["pipeline", "billing", "eligibility"] as const;

/** Queues every job for the organization and advances until all are done. */
async function reconcile(sql: Sql, org: string): Promise<void> {
  for (const job of JOBS) await sql`select governance.request_reconciliation(${job}, ${org})`;
  await advanceAll(sql, 2000);
  const failed = await sql`select job, error from governance.runs where status = 'failed'`;
  assertEquals([...failed], []);
}

/** The open breaks as they were planted: settlements by their day. */
async function found(sql: Sql): Promise<Planted[]> {
  const rows = await sql`
    select b.break_class, case when b.step = 'billing_settlements' then b.record_key || ' ' || substr(i.discriminator, length(b.break_class) + 2) else b.record_key end as record_key
    from governance.breaks b join governance.data_quality_issues i on i.id = b.issue_id where b.status = 'open'`;
  return rows.map(({ break_class, record_key }) => ({ break_class, record_key }));
}

const sorted = (breaks: readonly Planted[]) =>
  breaks.map(({ break_class, record_key }) => `${break_class} ${record_key}`).sort();

Deno.test("in books of 10,000 members and 24 months every planted break is found and none is invented, twice nothing changes, and mending closes all", async () => {
  await using database = await createTestDatabase();
  const { sql } = database;
  const one = database.connect();
  // Nothing of this is about the hooks: the books are written without them, and nothing in them is in flight.
  await one`select governance.pause(entity_type, 'making books') from governance.entities`;
  await one`update governance.reconcile_jobs set settle_window = '0'`;
  const org = await makeBooks(one, { members: 10_000, months: 24, seed: 0.42 });

  await reconcile(sql, org);
  assertEquals(sorted(await found(sql)), []);

  await keepCopy(one);
  const planted = await plantBreaks(one, org, 42);
  await reconcile(sql, org);
  const [truth, seen] = [sorted(planted), sorted(await found(sql))];
  assertEquals({
    missed: truth.filter((key) => !seen.includes(key)),
    invented: seen.filter((key) => !truth.includes(key)),
  }, { missed: [], invented: [] });
  assertEquals(seen.length, truth.length);

  const classes =
    await sql`select c.break_class from governance.break_classes c join governance.reconcile_steps s using (step) where s.job = any (${[
      ...JOBS,
    ]})`;
  // The two that no other break of the file can stand beside have tests of their own.
  const alone = ["file-shrank", "file-incomplete"];
  assertEquals(
    classes.map(({ break_class }) => break_class).filter((name) => !PLANTED_CLASSES.includes(name)).sort(),
    alone.sort(),
  );

  const state = () =>
    sql`select id, status, message, observed, occurrence_count, (select count(*) from governance.data_quality_issue_events e where e.issue_id = i.id) as events
    from governance.data_quality_issues i order by id`;
  const before = await state();
  await reconcile(sql, org);
  assertEquals([...await state()], [...before]);

  await mendBooks(one);
  await reconcile(sql, org);
  assertEquals(sorted(await found(sql)), []);
  const [left] =
    await sql`select count(*)::int as open from governance.data_quality_issues where status <> 'fixed' and rule_key like 'system-break-%'`;
  assertEquals(left!.open, 0);
  const summaries =
    await sql`select distinct on (job) job, summary from governance.runs where org_id = ${org} order by job, created_at desc`;
  for (const { summary } of summaries) assert(summary.includes("everything agrees. Mended since:"), summary);
});
