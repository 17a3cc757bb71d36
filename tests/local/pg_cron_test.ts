import { assert, assertEquals, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { isDue, parseSchedule, startCronWorker } from "../../local/pg_cron/mod.ts";
import { stepClock } from "../../local/pg_cron/clock.ts";
import { eventually, startPlatform } from "./platform.ts";

function startWorker(adminUrl: string) {
  const worker = startCronWorker({ adminUrl });
  return { [Symbol.asyncDispose]: () => worker.stop() };
}

Deno.test("cron.schedule accepts what pg_cron accepts, and names what it refuses", async () => {
  await using platform = await startPlatform();
  const { sql } = platform;
  const accepted = [
    "* * * * *",
    "*/5 1-3 1,15 jan-mar/2 mon",
    "0 0 $ * *",
    "59 23 31 12 7",
    "1 seconds",
    "59 seconds",
    "30 second",
    "@daily",
    "@reboot",
  ];
  const refused = [
    "",
    "* * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 8",
    "1/5 * * * *",
    "*/0 * * * *",
    "0 seconds",
    "60 seconds",
    "1 minutes",
    "@sometimes",
    "a * * * *",
  ]; // deno-fmt-ignore
  for (const schedule of accepted) {
    await sql`select cron.schedule(${schedule}, 'select 1')`;
    assert(parseSchedule(schedule), schedule);
  }
  for (const schedule of refused) {
    await assertRejects(
      () => sql`select cron.schedule(${schedule}, 'select 1')`.execute(),
      Error,
      `invalid schedule: ${schedule}`,
    );
    assertEquals(parseSchedule(schedule), undefined, schedule);
  }
});

Deno.test("a schedule names its minutes in GMT, with $ for the last day of a month", () => {
  const due = (schedule: string, time: string) => isDue(parseSchedule(schedule)!, Date.parse(time));
  assert(due("*/15 * * * *", "2026-11-23T10:45Z"));
  assert(!due("*/15 * * * *", "2026-11-23T10:46Z"));
  assert(due("0 0 $ * *", "2026-02-28T00:00Z"));
  assert(!due("0 0 $ * *", "2028-02-28T00:00Z"));
  assert(due("0 0 $ * *", "2028-02-29T00:00Z"));
  assert(due("0 9 1 * mon", "2026-11-23T09:00Z"), "either day field, where neither is a star");
  assert(!due("0 9 */2 * mon", "2026-11-24T09:00Z"), "both day fields, where one begins with a star");
  assert(due("0 0 * * 7", "2026-11-22T00:00Z"), "7 is Sunday");
});

Deno.test("a clock that jumps makes up for fixed times only", () => {
  const at = (time: string) => Date.parse(time);
  const fixed = parseSchedule("10 3 * * *")!;
  const wild = parseSchedule("* * * * *")!;
  const late = stepClock(at("2026-11-23T03:00Z"), at("2026-11-23T03:03:20Z"));
  assertEquals([late.runs(fixed), late.runs(wild)], [0, 3]);
  const jumped = stepClock(at("2026-11-23T03:00Z"), at("2026-11-23T04:00Z"));
  assertEquals([jumped.runs(fixed), jumped.runs(wild)], [1, 1]);
  const back = stepClock(at("2026-11-23T04:00Z"), at("2026-11-23T03:10Z"));
  assertEquals([back.runs(fixed), back.runs(wild), back.lastMinute], [0, 1, at("2026-11-23T04:00Z")]);
  const slept = stepClock(at("2026-11-22T03:00Z"), at("2026-11-23T09:00Z"));
  assertEquals([slept.runs(fixed), slept.runs(wild)], [0, 1]);
});

Deno.test("a job with an interval of seconds runs as its owner and its run is recorded", async () => {
  await using platform = await startPlatform();
  const { sql } = platform;
  await using _worker = startWorker(platform.server.url("supabase_admin"));
  await sql`create table public.ran (who text, path text, at timestamptz default clock_timestamp())`;
  const scheduled = Date.now();
  await sql`select cron.schedule('tick', '1 seconds', $$
    insert into public.ran select session_user || '/' || current_user, current_setting('search_path')$$)`;
  const runs = await eventually(async () => {
    const rows = await sql`
      select status, return_message, username, database, job_pid > 0 as pid, end_time >= start_time as ordered
      from cron.job_run_details where status = 'succeeded' order by runid`;
    return rows.length >= 3 ? rows : undefined;
  });
  assert(Date.now() - scheduled >= 2900, "the first run comes one interval after the job is known");
  assertEquals({ ...runs[0] }, {
    status: "succeeded",
    return_message: "INSERT 0 1",
    username: "postgres",
    database: "postgres",
    pid: true,
    ordered: true,
  });
  const [ran] = await sql`select who, path from public.ran`;
  assertEquals({ ...ran }, { who: "postgres/postgres", path: '"$user", public, extensions' });
});

Deno.test("a job never overlaps itself, and one that fell due meanwhile runs right after", async () => {
  await using platform = await startPlatform();
  const { sql } = platform;
  await using _worker = startWorker(platform.server.url("supabase_admin"));
  await sql`select cron.schedule('slow', '1 seconds', 'select pg_sleep(1.6)')`;
  const runs = await eventually(async () => {
    const rows = await sql`
      select extract(epoch from start_time - lag(end_time) over (order by runid))::float as gap
      from cron.job_run_details where status = 'succeeded' order by runid`;
    return rows.length >= 3 ? rows : undefined;
  }, 15);
  for (const { gap } of runs.slice(1)) assert(gap > 0 && gap < 0.5, `${gap} s between end and next start`);
});

Deno.test("the statements of a job are one transaction, and a failed run says why", async () => {
  await using platform = await startPlatform();
  const { sql } = platform;
  await using _worker = startWorker(platform.server.url("supabase_admin"));
  await sql`create table public.ran (n int)`;
  await sql`select cron.schedule('broken', '1 seconds', 'insert into public.ran values (1); select 1 / 0')`;
  const run = await eventually(async () => {
    const [row] =
      await sql`select status, return_message, end_time from cron.job_run_details where status = 'failed'`;
    return row;
  });
  assertEquals(run["return_message"], "ERROR:  division by zero\n");
  assertEquals((await sql`select * from public.ran`).length, 0);
});

Deno.test("a job that is unscheduled while it runs is cancelled, and never runs again", async () => {
  await using platform = await startPlatform();
  const { sql } = platform;
  await using _worker = startWorker(platform.server.url("supabase_admin"));
  await sql`select cron.schedule('long', '1 seconds', 'select pg_sleep(60)')`;
  const statuses = async () =>
    (await sql`select status from cron.job_run_details`).map((row) => row["status"]);
  await eventually(async () => (await statuses()).includes("running") || undefined);
  await sql`select cron.unschedule('long')`;
  const run = await eventually(async () => {
    const [row] = await sql`select return_message from cron.job_run_details where status = 'failed'`;
    return row;
  });
  assertEquals(run["return_message"], "job canceled");
  await delay(1500);
  assertEquals(await statuses(), ["failed"]);
});

Deno.test("runs that were open when Postgres crashed become failed, and jobs go on", async () => {
  await using platform = await startPlatform();
  const { sql } = platform;
  await using _worker = startWorker(platform.server.url("supabase_admin"));
  await sql`select cron.schedule('long', '1 seconds', 'select pg_sleep(3)')`;
  await eventually(async () => {
    const [row] = await sql`select from cron.job_run_details where status = 'running'`;
    return row;
  });
  await platform.server.restart("immediate");
  const run = await eventually(async () => {
    const [row] = await sql`select status, return_message from cron.job_run_details order by runid limit 1`
      .catch(() => []);
    return row?.["status"] === "failed" ? row : undefined;
  });
  assertEquals(run["return_message"], "server restarted");
  await eventually(async () => {
    const [row] = await sql`select from cron.job_run_details where status = 'succeeded'`.catch(() => []);
    return row;
  });
});

Deno.test("a role sees, changes and schedules its own jobs alone", async () => {
  await using platform = await startPlatform();
  const { sql, admin } = platform;
  await admin`select cron.schedule('theirs', '* * * * *', 'select 1')`;
  await sql`select cron.schedule('mine', '* * * * *', 'select 1')`;
  assertEquals((await sql`select jobname from cron.job`).map((row) => row["jobname"]), ["theirs", "mine"]);
  await assertRejects(
    () => sql`select cron.unschedule(1)`.execute(),
    Error,
    "permission denied for table job",
  );
  await assertRejects(
    () => sql`select cron.unschedule('theirs')`.execute(),
    Error,
    "could not find valid entry",
  );
  await assertRejects(
    () =>
      sql`select cron.schedule_in_database('x', '* * * * *', 'select 1', 'postgres', 'supabase_admin')`
        .execute(),
    Error,
    "must be superuser to create a job for another role",
  );
  await sql`select cron.schedule('mine', '5 * * * *', 'select 2')`;
  const [job] = await sql`select jobid, schedule, command from cron.job where jobname = 'mine'`;
  assertEquals({ ...job }, { jobid: "2", schedule: "5 * * * *", command: "select 2" });
  await sql`grant usage on schema cron to service_role`;
  await sql.begin(async (sql) => {
    await sql`set local role service_role`;
    await sql`select cron.schedule('service', '* * * * *', 'select 1')`;
  });
  const [other] = await admin`select username from cron.job where jobname = 'service'`;
  assertEquals(other?.["username"], "service_role");
});
