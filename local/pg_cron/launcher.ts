import type { Sql } from "postgres";
import { minuteOf, stepClock } from "./clock.ts";
import { executeJob, type Execution } from "./execute.ts";
import type { Job } from "./job.ts";
import { RunDetails } from "./run_details.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

/** What a launcher works with. */
export interface LauncherOptions {
  readonly adminUrl: string;
  readonly sql: Sql;
  readonly maxRunningJobs: number;
  readonly log: (message: string) => void;
  /** Called when a run has ended, so that one that fell due meanwhile starts right after. */
  readonly onEnded: () => void;
}

interface Task {
  job: Job;
  schedule: Schedule | undefined;
  /** Runs that fell due and have not started. */
  pending: number;
  running: boolean;
  lastStart: number;
  execution: Execution | undefined;
}

/** Keeps, for every job, how often it fell due and whether it runs, and starts what may start. */
export class Launcher {
  readonly details: RunDetails;
  readonly #options: LauncherOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #ending = new Set<Promise<void>>();
  #lastMinute = minuteOf(Date.now());
  #stopped = false;

  constructor(options: LauncherOptions) {
    this.#options = options;
    this.details = new RunDetails(options.sql);
  }

  /** Takes over the table's present content; a job that is gone or inactive is cancelled where it runs. */
  setJobs(jobs: readonly Job[], { reboot }: { reboot: boolean }): void {
    const active = new Map(jobs.filter((job) => job.active).map((job) => [job.jobid, job]));
    for (const [id, task] of this.#tasks) {
      if (active.has(id)) continue;
      task.execution?.cancel();
      this.#tasks.delete(id);
    }
    for (const job of active.values()) {
      const schedule = parseSchedule(job.schedule);
      const known = this.#tasks.get(job.jobid);
      if (known) {
        known.job = job;
        known.schedule = schedule;
        continue;
      }
      const pending = reboot && schedule?.kind === "reboot" ? 1 : 0;
      // an interval begins when the job becomes known, so its first run comes one interval later
      this.#tasks.set(job.jobid, {
        job,
        schedule,
        pending,
        running: false,
        lastStart: Date.now(),
        execution: undefined,
      });
    }
  }

  /** Notes what fell due and starts what may start. */
  launch(now: number): void {
    const step = stepClock(this.#lastMinute, now);
    this.#lastMinute = step.lastMinute;
    for (const task of this.#tasks.values()) {
      const { schedule } = task;
      if (schedule?.kind === "fields") task.pending += step.runs(schedule);
      // of an interval job that is late only one run is kept, as the real one does
      if (
        schedule?.kind === "seconds" && task.pending === 0 && now - task.lastStart >= schedule.seconds * 1000
      ) {
        task.pending = 1;
      }
    }
    for (const task of this.#tasks.values()) {
      if (task.pending > 0 && !task.running && this.#ending.size < this.#options.maxRunningJobs) {
        this.#start(task, now);
      }
    }
  }

  /** When the next job with an interval falls due; infinity where none waits. */
  nextInterval(): number {
    const times = [...this.#tasks.values()].map(({ schedule, lastStart, pending }) =>
      schedule?.kind === "seconds" && pending === 0 ? lastStart + schedule.seconds * 1000 : Infinity
    );
    return Math.min(Infinity, ...times);
  }

  /** Cancels what runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { execution } of this.#tasks.values()) execution?.cancel();
    await Promise.all(this.#ending);
  }

  #start(task: Task, now: number): void {
    task.pending -= 1;
    task.running = true;
    task.lastStart = now;
    const ending = this.#run(task)
      .catch((error) => this.#options.log(`pg_cron: job ${task.job.jobid}: ${(error as Error).message}`))
      .finally(() => {
        task.running = false;
        task.execution = undefined;
        this.#ending.delete(ending);
        this.#options.onEnded();
      });
    this.#ending.add(ending);
  }

  async #run(task: Task): Promise<void> {
    const { job } = task;
    const runId = await this.details.starting(job);
    if (this.#stopped) return;
    const execution = executeJob(this.#options.adminUrl, job);
    task.execution = execution;
    const pid = await execution.pid.catch(() => undefined);
    task.lastStart = Date.now();
    if (pid !== undefined && !this.#stopped) await this.details.running(runId, pid);
    const outcome = await execution.outcome;
    // what a stop ends stays open and becomes failed at the next start, as in the real one
    if (!this.#stopped) await this.details.ended(runId, outcome);
  }
}
