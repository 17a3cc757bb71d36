import { isDue, type Schedule } from "./schedule.ts";

const minuteMs = 60_000;

/** The minute that a time lies in. */
export function minuteOf(time: number): number {
  return time - time % minuteMs;
}

/** Where the clock was when schedules were last looked at, and what it did since. */
export interface ClockStep {
  /** The last minute that counts as looked at after this step. */
  readonly lastMinute: number;
  /** How often a schedule fell due in this step. */
  runs(schedule: Schedule): number;
}

/**
 * Vixie cron's rules for a clock that jumps, as pg_cron follows them: a few minutes late, every minute counts; up to
 * three hours late, fixed times are caught up with and wild ones run once; back by less than that, fixed times are not
 * repeated; beyond, only the present minute counts.
 */
export function stepClock(lastMinute: number, now: number): ClockStep {
  const current = minuteOf(now);
  const passed = (current - lastMinute) / minuteMs;
  const between = Array.from(
    { length: Math.max(0, Math.min(passed, 180)) },
    (_, i) => lastMinute + (i + 1) * minuteMs,
  );
  const wild = (schedule: Schedule) => schedule.kind === "fields" && schedule.wild;
  const count = (schedule: Schedule, minutes: readonly number[]) =>
    minutes.filter((minute) => isDue(schedule, minute)).length;

  if (passed === 0) return { lastMinute, runs: () => 0 };
  if (passed > 0 && passed <= 5) return { lastMinute: current, runs: (schedule) => count(schedule, between) };
  if (passed > 5 && passed <= 180) {
    return { lastMinute: current, runs: (schedule) => count(schedule, wild(schedule) ? [current] : between) };
  }
  if (passed < 0 && passed > -180) {
    return { lastMinute, runs: (schedule) => wild(schedule) ? count(schedule, [current]) : 0 };
  }
  return { lastMinute: current, runs: (schedule) => count(schedule, [current]) };
}
