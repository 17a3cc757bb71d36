/** A schedule as pg_cron understands it: Vixie cron's five fields in GMT, an interval of seconds, or at every start. */
export type Schedule =
  | { readonly kind: "seconds"; readonly seconds: number }
  | { readonly kind: "reboot" }
  | {
    readonly kind: "fields";
    readonly minutes: ReadonlySet<number>;
    readonly hours: ReadonlySet<number>;
    readonly daysOfMonth: ReadonlySet<number>;
    readonly lastDayOfMonth: boolean;
    readonly months: ReadonlySet<number>;
    readonly daysOfWeek: ReadonlySet<number>;
    /** A day must match both fields where one of them begins with `*`, else either. */
    readonly bothDays: boolean;
    /** Its minute or hour begins with `*`: such a job is not caught up with after the clock jumped. */
    readonly wild: boolean;
  };

const shorthands: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const monthNames = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const dayNames = "sun mon tue wed thu fri sat sun".split(" ");

/** Parses what `cron.schedule` has accepted; undefined for anything else, which then never runs. */
export function parseSchedule(text: string): Schedule | undefined {
  const seconds = Number(text.trim().toLowerCase().match(/^(\d{1,4})\s*seconds?$/)?.[1]);
  if (seconds >= 1 && seconds <= 59) return { kind: "seconds", seconds };
  if (/^@(reboot|restart)$/.test(text.trim())) return { kind: "reboot" };
  const fields = (shorthands[text.trim()] ?? text.trim()).split(/[ \t]+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (fields.length !== 5 || !minute || !hour || !dayOfMonth || !month || !dayOfWeek) return undefined;

  const lastDayOfMonth = dayOfMonth === "$";
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const daysOfMonth = lastDayOfMonth ? new Set<number>() : parseField(dayOfMonth, 1, 31);
  const months = parseField(month, 1, 12, monthNames);
  const daysOfWeek = parseField(dayOfWeek, 0, 7, dayNames);
  if (!minutes || !hours || !daysOfMonth || !months || !daysOfWeek) return undefined;
  if (daysOfWeek.has(7)) daysOfWeek.add(0);
  const star = (field: string) => field.startsWith("*");
  return {
    kind: "fields",
    minutes,
    hours,
    daysOfMonth,
    lastDayOfMonth,
    months,
    daysOfWeek,
    bothDays: star(dayOfMonth) || star(dayOfWeek),
    wild: star(minute) || star(hour),
  };
}

function parseField(
  field: string,
  low: number,
  high: number,
  names: readonly string[] = [],
): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const item of field.split(",")) {
    const match = item.match(/^(\*|[A-Za-z]+|\d{1,4})(?:-([A-Za-z]+|\d{1,4}))?(?:\/(\d{1,4}))?$/);
    const [, from = "", to, step] = match ?? [];
    if (!match || Number(step ?? 1) < 1 || (step !== undefined && from !== "*" && to === undefined)) {
      return undefined;
    }
    const number = (text: string) =>
      /^\d/.test(text) ? Number(text) : names.indexOf(text.toLowerCase()) + low;
    const first = from === "*" ? low : number(from);
    const last = from === "*" ? high : to === undefined ? first : number(to);
    for (let n = first; n <= last; n += Number(step ?? 1)) {
      if (n < low || n > high) return undefined;
      numbers.add(n);
    }
  }
  return numbers;
}

/** Whether a schedule of fields names this minute, given as milliseconds since the epoch, in GMT. */
export function isDue(schedule: Schedule, minute: number): boolean {
  if (schedule.kind !== "fields") return false;
  const time = new Date(minute);
  const tomorrow = new Date(minute + 86_400_000);
  const dayOfMonth = schedule.daysOfMonth.has(time.getUTCDate()) ||
    (schedule.lastDayOfMonth && tomorrow.getUTCDate() === 1);
  const dayOfWeek = schedule.daysOfWeek.has(time.getUTCDay());
  return schedule.minutes.has(time.getUTCMinutes()) &&
    schedule.hours.has(time.getUTCHours()) &&
    schedule.months.has(time.getUTCMonth() + 1) &&
    (schedule.bothDays ? dayOfMonth && dayOfWeek : dayOfMonth || dayOfWeek);
}
