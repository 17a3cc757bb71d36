import type { Sql } from "postgres";
import { keepRunning, openListener, type Running } from "../process/mod.ts";
import { minuteOf } from "./clock.ts";
import type { Job } from "./job.ts";
import { Launcher } from "./launcher.ts";

/** Where the worker finds the jobs. */
export interface CronWorkerOptions {
  /** Connection string of the superuser, in the database that has the extension. */
  readonly adminUrl: string;
  /** Default 32. */
  readonly maxRunningJobs?: number;
  readonly log?: (message: string) => void;
}

/** A running worker. */
export type CronWorker = Running;

/**
 * Runs the jobs of `cron.job` as pg_cron does. Changes of jobs count from their commit on. When Postgres goes away, the
 * worker reconnects for as long as it takes; runs that were open become failed, missed ones are not repeated.
 */
export function startCronWorker(options: CronWorkerOptions): CronWorker {
  const { adminUrl, maxRunningJobs = 32, log = () => {} } = options;
  let reboot = true;
  return keepRunning({
    name: "pg_cron",
    log,
    async run({ signal, wake, wait }) {
      let changed = true;
      const listener = await openListener(adminUrl, "pg_cron", "pg_cron launcher", () => {
        changed = true;
        wake();
      });
      listener.lost.catch(wake);
      const launcher = new Launcher({ adminUrl, sql: listener.sql, maxRunningJobs, log, onEnded: wake });
      try {
        while (!signal.aborted && !await exists(listener.sql)) {
          await Promise.race([wait(1000), listener.lost]);
        }
        if (signal.aborted) return;
        await launcher.details.failOpenRuns();
        while (!signal.aborted) {
          if (changed) {
            changed = false;
            launcher.setJobs(await readJobs(listener.sql), { reboot });
            reboot = false;
          }
          launcher.launch(Date.now());
          await Promise.race([wait(untilNext(launcher)), listener.lost]);
        }
      } finally {
        await launcher.stop();
        await listener.close();
      }
    },
  });
}

/** Milliseconds to the next minute or to the next job with an interval, whichever comes first. */
function untilNext(launcher: Launcher): number {
  const now = Date.now();
  const next = Math.min(minuteOf(now) + 60_000, launcher.nextInterval());
  return Math.max(1, next - now);
}

async function readJobs(sql: Sql): Promise<Job[]> {
  const [extension] = await sql`select to_regclass('cron.job') is not null as exists`;
  if (!extension?.["exists"]) return [];
  return await sql<
    Job[]
  >`select jobid, schedule, command, database, username, active from cron.job order by jobid`;
}

async function exists(sql: Sql): Promise<boolean> {
  const [row] = await sql`select to_regclass('cron.job') is not null as exists`;
  return row?.["exists"] === true;
}
