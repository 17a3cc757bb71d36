import postgres, { type Sql } from "postgres";
import { startTestCluster } from "../local/test_cluster.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { median } from "./support/statistics.ts";

const RECORDS = 1_000_000;
/** Of each comparison: each way in turn, so that what else the machine does falls on all alike. */
const TURNS = 3;
const PLANTED = [0, 100, 10_000] as const;

/** What one comparison came to, beside one full outer join over the same two tables. */
interface Comparison {
  readonly planted: number;
  readonly missed: number;
  readonly invented: number;
  readonly ms: number;
  /** The join, and its differences made issues in the same way. */
  readonly joinMs: number;
  /** The join alone, which tells nobody. */
  readonly bareJoinMs: number;
  readonly chunks: number;
  readonly longestMs: number;
}

/** A million records against a million of another system, in chunks, beside one full outer join over both. */
export const reconcileBench: Bench = {
  name: "reconcile",
  about: "1,000,000 against 1,000,000 records with 0, 100 and 10,000 planted differences",
  needsData: false,
  async run({ runs, log }) {
    const { cluster, stop } = await startTestCluster();
    const sql = postgres(cluster.url, { max: 1, onnotice: () => {} });
    try {
      await createTables(sql, log);
      const results: BenchRun[] = [];
      for (let run = 0; run < runs; run++) {
        const comparisons: Comparison[] = [];
        for (const planted of PLANTED) {
          log(`Run ${run + 1} of ${runs}: ${planted.toLocaleString("en")} differences …`);
          comparisons.push(await compare(sql, planted));
        }
        results.push(report(comparisons));
      }
      return results;
    } finally {
      await sql.end({ timeout: 1 });
      await stop();
    }
  },
};

async function createTables(sql: Sql, log: (line: string) => void): Promise<void> {
  log(`Making ${RECORDS.toLocaleString("en")} records …`);
  await sql.unsafe(`
    select governance.register_organization('acme', 'Acme');
    -- Each difference is looked for by its own issue; beyond the limit they would only be counted.
    update governance_private.queue_settings set issues_per_sweep = ${RECORDS};
    create schema bench;
    create table bench.ours (
      id uuid primary key default gen_random_uuid(), org_id text not null, external_id text not null,
      name text, amount numeric(14, 2), due_on date, status text, unique (org_id, external_id));
    insert into bench.ours (org_id, external_id, name, amount, due_on, status)
      select 'acme', 'INV-' || lpad((n::bigint * 7919 % ${RECORDS})::text, 8, '0'), 'Customer ' || n % 5000, (n % 100000) / 100.0,
        date '2024-01-01' + n % 700, (array['open', 'paid', 'void'])[1 + n % 3]
      from generate_series(1, ${RECORDS}) n;
    select governance.register_entity('bench_record', 'bench.ours', 'external_id');
    create table bench.theirs (external_id text primary key, name text, amount numeric(14, 2), due_on date, status text);`)
    .simple();
}

/** Plants the differences in theirs, a third of each kind, and lets both ways look for them. */
async function compare(sql: Sql, planted: number): Promise<Comparison> {
  await sql`truncate bench.theirs`;
  await sql`insert into bench.theirs select external_id, name, amount, due_on, status from bench.ours`;
  const step = planted === 0 ? RECORDS + 1 : Math.floor(RECORDS / planted);
  await sql.unsafe(`
    create temp table picked as select external_id, row_number() over (order by external_id) / ${step} % 3 as kind
      from (select external_id, row_number() over (order by external_id) as n from bench.ours) x where n % ${step} = 0;
    update bench.theirs t set amount = t.amount + 0.01 from picked p where p.external_id = t.external_id and p.kind = 0;
    delete from bench.theirs t using picked p where p.external_id = t.external_id and p.kind = 1;
    update bench.theirs t set external_id = 'OTHER-' || t.external_id from picked p where p.external_id = t.external_id and p.kind = 2;`)
    .simple();
  await sql`vacuum analyze bench.theirs`;
  const [extract] = await sql`select governance.begin_extract('acme', 'bench_record', 'ledger', 'external_id',
    ${["name", "amount", "due_on", "status"]}) as id`;
  await stage(sql, extract!.id);
  await sql`vacuum analyze governance_private.extract_rows`;
  await sql`vacuum analyze bench.ours`;

  const times: Record<"bare" | "joined" | "ours", number[]> = { bare: [], joined: [], ours: [] };
  let [chunks, longestMs] = [0, 0];
  for (let turn = 0; turn < TURNS; turn++) {
    await sql`set work_mem = '64MB'`;
    times.bare.push((await timed(() => sql.unsafe(`select count(*) from (${joinSql}) x`))).ms);
    await forgetIssues(sql);
    times.joined.push((await timed(() => join(sql, extract!.id))).ms);
    await sql`reset work_mem`;
    await forgetIssues(sql);
    await sql`select governance.reconcile_extract(${extract!.id})`;
    chunks = 0;
    times.ours.push(
      (await timed(async () => {
        for (;;) {
          const { ms, value } = await timed(() =>
            sql`select governance.advance_reconciliation() as advanced`
          );
          longestMs = Math.max(longestMs, ms);
          if (value[0]!.advanced === null) return;
          chunks++;
        }
      })).ms,
    );
  }
  const [truth] = await sql`
    with truth as (
      select kind, external_id from picked where kind < 2
      union all select 1, external_id from picked where kind = 2
      union all select 2, 'OTHER-' || external_id from picked where kind = 2
    ), found as (
      select case b.break_class when 'differs-there' then 0 when 'missing-there' then 1 else 2 end as kind, i.observed ->> 'key' as external_id
      from governance.breaks b join governance.data_quality_issues i on i.id = b.issue_id where b.status = 'open'
    )
    select (select count(*) from (select * from truth except select * from found) x)::int as missed,
      (select count(*) from (select * from found except select * from truth) x)::int as invented`;
  await sql`drop table picked`;
  return {
    planted,
    missed: truth!.missed,
    invented: truth!.invented,
    ms: median(times.ours),
    joinMs: median(times.joined),
    bareJoinMs: median(times.bare),
    chunks,
    longestMs,
  };
}

/** One full outer join, and its differences made issues in the product's way. */
async function join(sql: Sql, extract: string): Promise<void> {
  await sql.unsafe(
    `
    with run as (
      insert into governance.runs (job, org_id, reason, status, started_at) values ('extract', 'acme', 'bench', 'cancelled', now()) returning *
    ), suspects as (
      select array_agg(row(d.id::text, d.key, d.id is not null, d.is_there)::governance_private.suspect) as found from (${joinSql}) d
    )
    select governance_private.save_breaks(run, governance_private.judge_suspects(x, coalesce(found, '{}')))
    from run, suspects, governance.extracts x where x.id = $1`,
    [extract],
  );
}

/** Each way opens its issues in a table that has none. */
async function forgetIssues(sql: Sql): Promise<void> {
  await sql`delete from governance.data_quality_issues`;
  await sql`vacuum analyze governance.data_quality_issues`;
}

/** Through the product's own staging, 20,000 rows a call. */
async function stage(sql: Sql, extract: string): Promise<void> {
  for (let from = 0; from < RECORDS; from += 20_000) {
    await sql`select governance.add_extract_rows(${extract}, rows) from (
      select jsonb_agg(t) as rows from (select * from bench.theirs order by external_id offset ${from} limit 20000) t) x`;
  }
}

/** What somebody would write: one full outer join over both, field by field. */
const joinSql =
  `select o.id, coalesce(o.external_id, t.external_id) as key, t.external_id is not null as is_there
  from bench.ours o full join bench.theirs t on t.external_id = o.external_id
  where (o.external_id, o.name, o.amount, o.due_on, o.status) is distinct from (t.external_id, t.name, t.amount, t.due_on, t.status)`;

async function timed<T>(work: () => PromiseLike<T>): Promise<{ ms: number; value: T }> {
  const from = performance.now();
  const value = await work();
  return { ms: performance.now() - from, value };
}

function report(comparisons: readonly Comparison[]): BenchRun {
  const sum = (pick: (comparison: Comparison) => number) =>
    comparisons.reduce((total, comparison) => total + pick(comparison), 0);
  const ratios = comparisons.map(({ ms, joinMs }) => ms / joinMs);
  const figures = {
    missed: sum(({ missed }) => missed),
    invented: sum(({ invented }) => invented),
    vs_outer_join: Math.max(...ratios),
    ...Object.fromEntries(comparisons.map(({ planted }, n) => [`vs_outer_join_${planted}`, ratios[n]!])),
    vs_bare_join_0: comparisons[0]!.ms / comparisons[0]!.bareJoinMs,
    longest_chunk_ms: Math.max(...comparisons.map(({ longestMs }) => longestMs)),
  };
  return {
    figures,
    table: [
      ...comparisons.map(({ planted, ms, joinMs, bareJoinMs, chunks, missed, invented }, n) =>
        [
          `${planted.toLocaleString("en")} differences`,
          `${(ms / 1000).toFixed(2)} s`,
          `${ratios[n]!.toFixed(2)} × one outer join with its issues (${(joinMs / 1000).toFixed(2)} s), ` +
          `${(ms / bareJoinMs).toFixed(2)} × the join alone (${
            (bareJoinMs / 1000).toFixed(2)
          } s); ${chunks} chunks; ` +
          `missed ${missed}, invented ${invented}`,
        ] as const
      ),
      ["worst ratio", figures.vs_outer_join.toFixed(2), "target at most 1.5"],
      ["longest chunk", `${figures.longest_chunk_ms.toFixed(0)} ms`, "the API's statements end after 8 s"],
    ],
  };
}
