import type { Sql } from "postgres";
import type { Job, Outcome } from "./job.ts";

/** What `cron.job_run_details` records of runs. */
export class RunDetails {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** After a crash nothing will finish what was under way. */
  async failOpenRuns(): Promise<void> {
    await this.#sql`
      update cron.job_run_details set status = 'failed', return_message = 'server restarted'
      where status in ('starting', 'running')`;
  }

  /** Returns the run's id. */
  async starting(job: Job): Promise<string> {
    const [row] = await this.#sql`
      insert into cron.job_run_details (jobid, database, username, command, status)
      values (${job.jobid}, ${job.database}, ${job.username}, ${job.command}, 'starting')
      returning runid`;
    return row?.["runid"] as string;
  }

  async running(runId: string, pid: number): Promise<void> {
    await this.#sql`
      update cron.job_run_details set status = 'running', job_pid = ${pid}, start_time = clock_timestamp()
      where runid = ${runId}`;
  }

  async ended(runId: string, { status, message }: Outcome): Promise<void> {
    await this.#sql`
      update cron.job_run_details
      set status = ${status}, return_message = ${message}, end_time = clock_timestamp(),
        start_time = coalesce(start_time, clock_timestamp())
      where runid = ${runId}`;
  }
}
