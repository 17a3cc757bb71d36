/** Runs what `cron.schedule` schedules, as pg_cron's launcher does. */
export { isDue, parseSchedule, type Schedule } from "./schedule.ts";
export { type CronWorker, type CronWorkerOptions, startCronWorker } from "./worker.ts";
